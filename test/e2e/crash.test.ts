// Promises 1 and 2: every event that was answered 202 is delivered after a kill -9, with the same id and bytes.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { temporaryFolder } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startServer } from '../support/server-process.ts';

const eventCount = 5000;
const concurrency = 64;

/** Publishes until all events are accepted or the server has ended. Returns the ids of events that were answered 202. */
async function publishAll(client: ApiClient, onAccepted: (count: number) => void): Promise<Set<string>> {
  const accepted = new Set<string>();
  let next = 0;
  const publishOne = async (): Promise<void> => {
    while (next < eventCount) {
      const id = `event-${next++}`;
      const payload = { id, note: 'x'.repeat(500) };
      const { status } = await client.call('POST', '/tenants/acme/events', {
        id,
        type: 'payment.paid',
        payload,
      });
      if (status !== 202) throw new Error(`publish answered ${status}`);
      accepted.add(id);
      onAccepted(accepted.size);
    }
  };
  await Promise.allSettled(Array.from({ length: concurrency }, publishOne));
  return accepted;
}

/** Deliveries that the killed process had leased and not recorded. */
function claimedAtKill(folder: string): number {
  const database = new DatabaseSync(join(folder, 'carillon.db'));
  const row = database.prepare('select count(*) as n from deliveries_waiting where is_claimed = 1').get();
  database.close();
  return Number(row?.['n']);
}

async function prepare(client: ApiClient, receiver: Receiver, endpoints: number): Promise<void> {
  await client.call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  for (let i = 0; i < endpoints; i++) {
    const url = `${receiver.url}/${i}`;
    const { status } = await client.call('POST', '/tenants/acme/endpoints', { url, eventTypes: ['*'] });
    expect(status).toBe(201);
  }
}

const moments = Array.from({ length: 3 }, () => 1 + Math.floor(Math.random() * (eventCount - 500)));

test.each(moments)(
  'kill -9 when %i of 5,000 events are accepted loses none',
  { timeout: 120_000 },
  async (moment) => {
    const folder = temporaryFolder();
    const receiver = await startReceiver();
    const first = await startServer(folder);
    const client = createApiClient(first.url, first.adminKey, concurrency);
    await prepare(client, receiver, 2);

    let killed: Promise<void> = Promise.resolve();
    let isKilled = false;
    const accepted = await publishAll(client, (count) => {
      if (count < moment || isKilled) return;
      isKilled = true;
      killed = first.kill();
    });
    await killed;
    await client.close();
    const claimed = claimedAtKill(folder);
    const seenBefore = receiver.requests.length;

    const second = await startServer(folder);
    const keyOf = (path: string, id: unknown): string => `${path} ${String(id)}`;
    const bodies = new Map<string, string>();
    const missing = new Set([...accepted].flatMap((id) => [keyOf('/0', id), keyOf('/1', id)]));
    let read = 0;
    let duplicates = 0;
    await receiver.until(() => {
      for (; read < receiver.requests.length; read++) {
        const request = receiver.requests[read];
        if (request === undefined) break;
        const key = keyOf(request.path, request.headers['webhook-id']);
        const before = bodies.get(key);
        if (before !== undefined) {
          duplicates++;
          expect(request.body).toBe(before);
        }
        bodies.set(key, request.body);
        missing.delete(key);
      }
      return missing.size === 0;
    });
    expect(await second.terminate()).toBe(0);
    process.stdout.write(
      `killed at ${moment}: ${accepted.size} accepted, ${seenBefore} delivered before, ${claimed} in flight, ` +
        `${duplicates} duplicates, 0 lost\n`,
    );
    expect(duplicates).toBeLessThanOrEqual(claimed);
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  },
);
