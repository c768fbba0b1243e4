// An import of a catalogue: what a document would change, and setting that, type by type, as `carillon event-types import` does.
import { readAllPages } from '#contract/all-pages.ts';
import { compare, type Difference } from '#contract/event-types-difference.ts';
import { type Content, placeOf, readEventTypes } from '#contract/event-types-document.ts';
import type { JsonValue } from '#contract/schema.ts';
import { ApiError, call } from '#web/lib/api.ts';
import { jsonProblem } from '#web/lib/json-text.ts';

export interface Plan extends Difference {
  readonly wanted: ReadonlyMap<string, Content>;
}

/** Why a type was not set, with its place in the document. */
export interface Refusal {
  readonly place: string;
  readonly why: readonly string[];
}

export interface Imported {
  readonly set: number;
  readonly refusals: readonly Refusal[];
}

/** A catalogue at its bounds has 4 MiB; a document repeats components. */
export const documentBytesMax = 16 * 1024 * 1024;

/** Changes nothing. Throws for a document that cannot be read, with the place. */
export async function makePlan(text: string): Promise<Plan> {
  const wanted = readEventTypes(await parse(text));
  const current = await readAllPages((cursor) => call('listEventTypes', { query: { limit: 200, cursor } }));
  return { wanted, ...compare(current, wanted) };
}

/** What is refused does not keep the others from being set. */
export async function carryOut({ wanted, created, changed }: Plan): Promise<Imported> {
  const refusals: Refusal[] = [];
  const names = [...created, ...changed.map(({ name }) => name)];
  for (const name of names) {
    const refusal = await set(name, wanted.get(name) ?? {});
    if (refusal !== null) refusals.push(refusal);
  }
  return { set: names.length - refusals.length, refusals };
}

async function set(name: string, body: Partial<Content>): Promise<Refusal | null> {
  try {
    await call('setEventType', { params: { name }, body });
    return null;
  } catch (error) {
    // Others are about the server or the session: they end the import.
    if (!(error instanceof ApiError && [400, 404, 409, 413, 422].includes(error.status))) throw error;
    const fields = Object.entries(error.fields).map(([field, message]) => `${field} ${message}`);
    return { place: placeOf(name), why: fields.length === 0 ? [error.message] : fields };
  }
}

/** JSON or YAML, whose reader is loaded when it is needed. Aliases are bounded: a few lines could have billions of members. */
async function parse(text: string): Promise<JsonValue> {
  if (/^\s*[{[]/.test(text)) {
    const problem = jsonProblem(text);
    if (problem !== undefined) throw new Error(`The document ${problem}`);
    return JSON.parse(text) as JsonValue;
  }
  const yaml = await import('yaml');
  try {
    return yaml.parse(text, { maxAliasCount: 1000 }) as JsonValue;
  } catch (error) {
    throw new Error(`The document is neither JSON nor YAML: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    });
  }
}
