// Pulling through kill -9: servers are killed at random, and consumers take deliveries and vanish without a word. Nothing is
// lost, and the order of every key holds. PULL_EVENTS says how many events are published.
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { createDatabase, templateName } from '../support/postgres.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

const eventCount = Number(process.env['PULL_EVENTS'] ?? 400);
const keyCount = 20;
const kills = 3;
const vanishing = 0.04;
const leaseMs = 2_000;
const timeout = 300_000 + eventCount * 100;

interface Site {
  readonly server: ServerProcess;
  readonly client: ApiClient;
}

/** Processes on one database, each of which is started again when it is killed. */
async function openCluster(size: number, settings: Record<string, string>) {
  const folder = temporaryFolder();
  const open = async (): Promise<Site> => {
    const server = await startServer(folder, settings);
    return { server, client: createApiClient(server.url, server.adminKey, 32) };
  };
  const sites: Site[] = [];
  for (let n = 0; n < size; n++) sites.push(await open());
  return {
    /** Any process: also one that is just being started. */
    any: (): ApiClient => {
      const site = sites[Math.floor(Math.random() * sites.length)];
      if (site === undefined) throw new Error('there is no process');
      return site.client;
    },
    async killOne(): Promise<void> {
      const at = Math.floor(Math.random() * sites.length);
      const site = sites[at];
      await site?.server.kill();
      await site?.client.close();
      sites[at] = await open();
    },
    async close(): Promise<void> {
      for (const { server, client } of sites) {
        await client.close();
        await server.kill();
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Repeats a call until a process answers it as it should. */
async function insist(
  call: () => Promise<{ status: number; body: any }>,
  ...statuses: readonly number[]
): Promise<any> {
  for (;;) {
    try {
      const answer = await call();
      if (statuses.includes(answer.status)) return answer.body;
    } catch {
      // The process was killed.
    }
    await sleep(50);
  }
}

async function play(size: number, settings: Record<string, string>): Promise<void> {
  const cluster = await openCluster(size, settings);
  const call = (method: string, path: string, body?: unknown) => cluster.any().call(method, path, body);
  await insist(() => call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' }), 201);
  const body = { kind: 'pull', eventTypes: ['*'] };
  const { id } = await insist(() => call('POST', '/tenants/acme/endpoints', body), 201);
  const path = `/tenants/acme/endpoints/${id}`;

  /** What was handed out of each key, in the order in which it came. */
  const handed = new Map<string, number[]>();
  let vanished = 0;
  const report = async (
    taken: readonly { delivery: string; lease: number; event: string }[],
  ): Promise<void> => {
    if (taken.length === 0) return;
    const results = taken.map((one) => ({ delivery: one.delivery, lease: one.lease, status: 200 }));
    await call('POST', `${path}/results`, { results });
  };
  const consume = async (): Promise<void> => {
    for (;;) {
      try {
        const pulled = await call('POST', `${path}/pull`, { max: 5, waitMs: 500, leaseMs });
        if (pulled.status !== 200) throw new Error(`pull answered ${pulled.status}`);
        for (const { orderingKey, event } of pulled.body.data) {
          handed.set(orderingKey, [...(handed.get(orderingKey) ?? []), Number(event.split('-')[1])]);
        }
        if (pulled.body.data.length > 0 && Math.random() < vanishing) vanished++;
        else await report(pulled.body.data);
      } catch {
        await sleep(50);
      }
      if (isPublished && (await countWaiting()) === 0) return;
    }
  };
  let isPublished = false;
  const countWaiting = async (): Promise<number> => {
    const counted = await call('GET', `${path}/counts`).catch(() => null);
    return counted?.status === 200 ? counted.body.pending : -1;
  };
  const publish = async (key: number): Promise<void> => {
    for (let n = key; n < eventCount; n += keyCount) {
      const event = { id: `event-${n}`, type: 'payment.paid', orderingKey: `key-${key}`, payload: { n } };
      await insist(() => call('POST', '/tenants/acme/events', event), 202, 200);
    }
  };
  const consumers = Array.from({ length: 6 }, consume);
  const killing = (async () => {
    for (let kill = 0; kill < kills; kill++) {
      await sleep(500 + Math.random() * 1_500);
      await cluster.killOne();
    }
  })();
  await Promise.all(Array.from({ length: keyCount }, (_, key) => publish(key)));
  isPublished = true;
  await Promise.all([...consumers, killing]);

  const all = [...handed.values()].flat();
  expect(new Set(all).size).toBe(eventCount);
  const inOrder = [...handed].filter(([, numbers]) =>
    numbers.every((n, at) => at === 0 || n >= (numbers[at - 1] ?? 0)),
  );
  expect(inOrder).toHaveLength(keyCount);
  const { data } = await insist(() => call('GET', '/tenants/acme/deliveries?state=pending&limit=10'), 200);
  expect(data).toEqual([]);
  const repeated = all.length - eventCount;
  process.stdout.write(
    `pull: ${eventCount} events, ${kills} servers killed, ${vanished} consumers vanished, 0 lost, ${repeated} handed out again\n`,
  );
  await cluster.close();
}

test('kill -9 of the server and of consumers loses nothing', { timeout }, () => play(1, {}));

test('the same with two processes on Postgres', { timeout }, async () => {
  const database = await createDatabase(inject('postgresUrl'), templateName);
  await play(2, { ...keySettings, DATABASE_URL: database.url });
  await database.drop();
});
