// What an attack has at hand: the server, its receivers, and the platform's operator who sets up its customers.
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import type { Part } from '../support/part.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { ServerProcess } from '../support/server-process.ts';
import type { BehaviourName } from './behaviours.ts';
import type { ReceiverCalls } from './receivers.ts';

export interface Stage {
  readonly server: ServerProcess;
  /** The operator's client. */
  readonly admin: ApiClient;
  readonly receivers: Part<ReceiverCalls>;
  /** URL of the receivers of the attackers. */
  readonly receiverUrl: string;
  readonly random: SeededRandom;
  /** A number of the full form, in proportion to what the server of this run has. */
  scale(count: number): number;
  log(step: string): void;
}

/** A customer of the platform. */
export interface Customer {
  readonly tenant: string;
  /** Bearer token of its own client. */
  readonly token: string;
  /** Ids. */
  readonly endpoints: readonly string[];
}

/** Event type of all that is published to the endpoints of an attacker. */
export const noise = 'noise.made';
/** Requests at once of an attacker who sets up. */
const creations = 32;

/** Creates a customer with its endpoints, which all receive `noise`. */
export async function createCustomer(
  stage: Stage,
  tenant: string,
  endpoints: { readonly count: number; readonly behaviour: BehaviourName },
): Promise<Customer> {
  const { admin, receiverUrl } = stage;
  await create(admin, '/tenants', { id: tenant, name: tenant, dialect: 'standard' });
  const { token } = await create(admin, `/tenants/${tenant}/credentials`, { mode: 'live' });
  const ids: string[] = [];
  await forAll([...Array(endpoints.count).keys()], async (number) => {
    const url = `${receiverUrl}/${endpoints.behaviour}/${tenant}-${number}`;
    const { id } = await create(admin, `/tenants/${tenant}/endpoints`, { url, eventTypes: [noise] });
    ids.push(String(id));
  });
  return { tenant, token: String(token), endpoints: ids };
}

/** Calls `work` for each item, `creations` at a time. */
export async function forAll<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const left = [...items];
  const turn = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: creations }, turn));
}

export async function create(
  admin: ApiClient,
  path: string,
  body: object,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await admin.call<Record<string, unknown>>('POST', path, body);
  if (answer.status === 201) return answer.body;
  throw new Error(`POST ${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
}

/** Publishes an event to all endpoints of each customer every `everyMs`, whether or not the server answers. */
export async function publishNoise(
  { server }: Stage,
  customers: readonly Customer[],
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  const platform = createApiClient(server.url, server.adminKey);
  const body = { type: noise, payload: { note: 'x'.repeat(300) } };
  while (!signal.aborted) {
    for (const { tenant } of customers) {
      platform.call('POST', `/tenants/${tenant}/events`, body).catch(() => {});
    }
    await sleep(everyMs, null, { signal }).catch(() => {});
  }
  await platform.close();
}
