// Payloads to trigger with: the examples of the catalogue, and the samples of the tenant's dialect.
import type { AdminClient } from '../client.ts';
import { ApiFailure } from '../client.ts';
import type { JsonValue } from '#contract/schema.ts';
import { readCatalogue } from '../event-types/read-catalogue.ts';
import { Failure } from '../failure.ts';
import { carillon } from '../invocation.ts';

export interface Example {
  readonly type: string;
  readonly payload: JsonValue;
}

/** One of each event type that has any, by name; those of the catalogue before the samples. */
export async function listExamples(client: AdminClient, tenant: string): Promise<readonly Example[]> {
  const { dialect } = await client.call('getTenant', { params: { tenant } });
  const found = new Map<string, JsonValue>(
    (await samplesOf(dialect)).map(({ type, payload }) => [type, payload]),
  );
  for (const { name, examples } of await readCatalogue(client, dialect)) {
    if (examples[0] !== undefined) found.set(name, examples[0]);
  }
  return [...found]
    .map(([type, payload]) => ({ type, payload }))
    .toSorted((a, b) => (a.type < b.type ? -1 : 1));
}

/** Throws `Failure` when there is none. */
export async function findExample(client: AdminClient, tenant: string, type: string): Promise<JsonValue> {
  const { dialect } = await client.call('getTenant', { params: { tenant } });
  const [example] = await examplesOf(client, dialect, type);
  if (example !== undefined) return example;
  const sample = (await samplesOf(dialect)).find((one) => one.type === type);
  if (sample !== undefined) return sample.payload;
  throw new Failure(`there is no example of the event type "${type}"`, {
    hint: `give a payload with --file, or see the types that have one: ${carillon} trigger ${tenant} --list`,
  });
}

async function examplesOf(client: AdminClient, dialect: string, type: string): Promise<readonly JsonValue[]> {
  try {
    const entry = await client.call('getEventType', { params: { name: type }, query: { dialect } });
    return entry.examples;
  } catch (error) {
    if (error instanceof ApiFailure && error.problem?.code === 'event_type_not_found') return [];
    throw error;
  }
}

/** Loaded only where they are needed: the dialects are the larger part of the program. */
async function samplesOf(dialect: string): Promise<readonly Example[]> {
  const { samplesOf: read } = await import('#app/samples.ts');
  return read(dialect);
}
