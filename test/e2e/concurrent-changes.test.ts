// Concurrent changes of one endpoint (no lost update): every acknowledged change counts, and every acknowledged secret signs.
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { createDatabase, templateName, type TestDatabase } from '../support/postgres.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

const rounds = 50;
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

interface World {
  /** Clients of the admin API, one per process, in turn. */
  readonly clientAt: (n: number) => ApiClient;
  readonly receiver: Receiver;
  readonly endpoint: string;
}

/** Real servers with the default two threads on one store, and one endpoint that subscribes to every event type. */
async function startWorld(store: 'sqlite' | 'postgres', processes: number): Promise<World> {
  const database = store === 'postgres' ? await createDatabase(inject('postgresUrl'), templateName) : null;
  const settings = database === null ? {} : { ...keySettings, ...poolOf(database) };
  if (database !== null) cleanUps.push(() => database.drop());
  const receiver = await startReceiver();
  cleanUps.push(() => receiver.close());
  const servers: ServerProcess[] = [];
  for (let n = 0; n < processes; n++) {
    const server = await startServer(temporaryFolder(), settings);
    servers.push(server);
    cleanUps.push(() => server.kill());
  }
  const clients = servers.map(({ url, adminKey }) => createApiClient(url, adminKey));
  cleanUps.push(() => Promise.all(clients.map((client) => client.close())));
  const clientAt = (n: number): ApiClient => clients[n % clients.length] as ApiClient;
  await clientAt(0).call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  const made = await clientAt(0).call('POST', '/tenants/acme/endpoints', {
    url: `${receiver.url}/hook`,
    eventTypes: ['*'],
  });
  expect(made.status).toBe(201);
  return { clientAt, receiver, endpoint: made.body.id };
}

function poolOf({ url }: TestDatabase): Record<string, string> {
  return { DATABASE_URL: url, CARILLON_DATABASE_POOL: '4' };
}

const worlds = [
  ['on SQLite', 'sqlite', 1],
  ['on Postgres', 'postgres', 1],
  ['in two processes on one Postgres', 'postgres', 2],
] as const;

describe.each(worlds)('%s', (_where, store, processes) => {
  test(
    `each of three concurrently rotated secrets signs, ${rounds} times`,
    { timeout: 120_000 },
    async () => {
      const { clientAt, receiver, endpoint } = await startWorld(store, processes);
      for (let round = 0; round < rounds; round++) {
        const rotations = await Promise.all(
          [0, 1, 2].map((n) => clientAt(n).call('POST', `/tenants/acme/endpoints/${endpoint}/rotate-secret`)),
        );
        expect(rotations.map(({ status }) => status)).toEqual([200, 200, 200]);
        const seen = receiver.requests.length;
        await clientAt(round).call('POST', '/tenants/acme/events', { type: 'a.b', payload: { round } });
        await receiver.until(() => receiver.requests.length > seen);
        const delivered = receiver.requests[seen];
        const headers = delivered?.headers as Record<string, string>;
        for (const { body } of rotations) {
          expect(new Webhook(body.secret).verify(delivered?.body.toString() ?? '', headers)).toMatchObject({
            data: { round },
          });
        }
      }
    },
  );

  test(
    `each of three concurrent changes of different fields is kept, ${rounds} times`,
    { timeout: 120_000 },
    async () => {
      const { clientAt, receiver, endpoint } = await startWorld(store, processes);
      const path = `/tenants/acme/endpoints/${endpoint}`;
      for (let round = 0; round < rounds; round++) {
        const changes = [
          { url: `${receiver.url}/hook/${round}` },
          { eventTypes: [`type.${round}`] },
          { description: `round ${round}` },
        ];
        const answers = await Promise.all(
          changes.map((change, n) => clientAt(n).call('PATCH', path, change)),
        );
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
        const kept = await clientAt(0).call('GET', path);
        expect(kept.body).toMatchObject(Object.assign({}, ...changes) as object);
      }
    },
  );
});
