// The developer's loop through kill -9: a server, and `listen` in another process, are killed at random while events are
// published. The application gets every event, in the order of its key. LISTEN_EVENTS says how many are published: 2000 is the size
// that docs/listen.md states, and 200 what each run of the tests has time for.
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { expect, inject, test } from 'vitest';
import { createApiClient } from '../support/api-client.ts';
import { type Running, startCommand } from '../support/command-line.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { createDatabase } from '../support/postgres.ts';
import { startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

const eventCount = Number(process.env['LISTEN_EVENTS'] ?? 200);
const keyCount = 10;
/** Of listen and of the server, by turns. */
const killCount = Math.max(4, eventCount / 100);

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return String(typeof address === 'object' ? address?.port : '');
}

test.each(['SQLite', 'Postgres'])(
  'kill -9 of the server and of listen loses nothing: %s',
  { timeout: 600_000 },
  async (kind) => {
    const folder = temporaryFolder();
    const database = kind === 'Postgres' ? await createDatabase(inject('postgresUrl')) : null;
    const stored = database === null ? {} : { ...keySettings, DATABASE_URL: database.url };
    const settings = { PORT: await freePort(), ...stored };
    const application = await startReceiver();
    let server: ServerProcess = await startServer(folder, settings);
    const { url, adminKey } = server;
    const environment = { CARILLON_SERVER: url, CARILLON_ADMIN_KEY: adminKey };
    const client = createApiClient(url, adminKey, 32);

    async function insist(method: string, path: string, body: object, statuses: readonly number[]) {
      for (;;) {
        const answer = await client.call(method, path, body).catch(() => null);
        if (answer !== null && statuses.includes(answer.status)) return answer.body;
        await sleep(50);
      }
    }

    await insist('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' }, [201]);
    const listen = (): Running =>
      startCommand(['listen', application.url, '--name', 'ana'], { cwd: folder, environment });
    let listening = listen();
    await listening.untilError(/ready/);

    /** The numbers of each key in the order of their first arrival. */
    const arrived = new Map<string, number[]>();
    const secret = await secretOf(folder, environment);
    let repeated = 0;
    application.answer = ({ headers, body }) => {
      new Webhook(secret).verify(body, headers as Record<string, string>);
      const { data } = JSON.parse(body) as { data: { key: string; n: number } };
      const numbers = arrived.get(data.key) ?? [];
      if (numbers.includes(data.n)) repeated++;
      else arrived.set(data.key, [...numbers, data.n]);
      return 200;
    };
    const count = (): number => [...arrived.values()].reduce((sum, { length }) => sum + length, 0);

    const publish = async (key: number): Promise<void> => {
      for (let n = key; n < eventCount; n += keyCount) {
        const payload = { key: `key-${key}`, n };
        const event = {
          id: `event-${n}`,
          type: 'payment.paid',
          orderingKey: payload.key,
          mode: 'test',
          payload,
        };
        await insist('POST', '/tenants/acme/events', event, [200, 202]);
        await sleep(20);
      }
    };
    let kills = 0;
    const killing = (async () => {
      while (kills < killCount) {
        kills += 2;
        await sleep(300 + Math.random() * 700);
        listening.child.kill('SIGKILL');
        listening = listen();
        await sleep(300 + Math.random() * 700);
        await server.kill();
        server = await startServer(folder, settings);
        // The killed server may have been what the new `listen` was about to reach: it ends then, at its start.
        if (listening.child.exitCode !== null) listening = listen();
      }
    })();
    const startedAt = Date.now();
    await Promise.all([killing, ...Array.from({ length: keyCount }, (_, key) => publish(key))]);
    const deadline = Date.now() + 120_000;
    while (count() < eventCount && Date.now() < deadline) {
      if (listening.child.exitCode !== null) listening = listen();
      await sleep(100);
    }

    expect(count()).toBe(eventCount);
    for (const numbers of arrived.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    const { code } = await interrupt(listening);
    expect(code).toBe(0);
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    process.stdout.write(
      `listen, ${kind}: ${eventCount} events, ${kills} kills, 0 lost, ${repeated} sent again, ${seconds} s\n`,
    );
    await client.close();
    await server.kill();
    await application.close();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  },
);

async function secretOf(cwd: string, environment: Record<string, string>): Promise<string> {
  const printed = await startCommand(['listen', '--print-secret', '--name', 'ana'], { cwd, environment })
    .finished;
  expect(printed.out).toMatch(/^whsec_\S+\n$/);
  return printed.out.trim();
}

function interrupt(running: Running): Running['finished'] {
  running.child.kill('SIGINT');
  return running.finished;
}
