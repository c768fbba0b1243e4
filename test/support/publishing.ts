// A tenant, publishers that go on until they are stopped, and what has become of their deliveries.
import { expect } from 'vitest';
import { createApiClient } from './api-client.ts';
import type { Receiver } from './receiver.ts';
import type { ServerProcess } from './server-process.ts';

type Address = Pick<ServerProcess, 'url' | 'adminKey'>;

export async function createTenant({ url, adminKey }: Address, id: string): Promise<void> {
  const client = createApiClient(url, adminKey, 1);
  const { status } = await client.call('POST', '/tenants', { id, name: id, dialect: 'standard' });
  expect(status).toBe(201);
  await client.close();
}

/** A tenant with one endpoint for all events. */
export async function prepare(server: Address, receiver: Receiver): Promise<void> {
  await createTenant(server, 'acme');
  const client = createApiClient(server.url, server.adminKey, 1);
  const endpoint = { url: receiver.url, eventTypes: ['*'] };
  expect((await client.call('POST', '/tenants/acme/endpoints', endpoint)).status).toBe(201);
  await client.close();
}

/** Publishes events, one after the other on each of some connections, until it is stopped. */
export function startLoad({ url, adminKey }: ServerProcess): { accepted: string[]; stop(): Promise<void> } {
  const connections = 8;
  const client = createApiClient(url, adminKey, connections);
  const accepted: string[] = [];
  let isStopped = false;
  const publish = async (publisher: number): Promise<void> => {
    for (let place = 0; !isStopped; place++) {
      const id = `event-${publisher}-${place}`;
      const body = { id, type: 'payment.paid', payload: { id, note: 'x'.repeat(2000) } };
      expect((await client.call('POST', '/tenants/acme/events', body)).status).toBe(202);
      accepted.push(id);
    }
  };
  const done = Promise.all(Array.from({ length: connections }, (_, publisher) => publish(publisher)));
  return {
    accepted,
    async stop() {
      isStopped = true;
      await done;
      await client.close();
    },
  };
}

/** Number of deliveries by state, read from the API. */
export async function countStates({ url, adminKey }: ServerProcess): Promise<Record<string, number>> {
  const client = createApiClient(url, adminKey, 1);
  const counts: Record<string, number> = {};
  for (let cursor = ''; ;) {
    const { body } = await client.call('GET', `/tenants/acme/deliveries?limit=200${cursor}`);
    for (const { state } of body.data) counts[state] = (counts[state] ?? 0) + 1;
    if (body.nextCursor === null) break;
    cursor = `&cursor=${body.nextCursor}`;
  }
  await client.close();
  return counts;
}
