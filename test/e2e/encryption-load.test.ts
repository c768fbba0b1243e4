// Rotation of the encryption key of real processes while events are published: nothing is refused, and everything is delivered
// at its first attempt, also after a process was killed in the middle of a rotation.
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { runCommand } from '../support/command-line.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

/** Many processes start one after the other, each in seconds on a busy machine. */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

/** More than one step of the rotation. */
const endpointCount = 150;

let folder: string;
let receiver: Receiver;
let clients: ApiClient[] = [];
let processes: ServerProcess[] = [];
beforeEach(async () => {
  folder = temporaryFolder();
  receiver = await startReceiver();
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all(processes.map((one) => one.kill()));
  clients = [];
  processes = [];
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(settings: Record<string, string>): Promise<[ServerProcess, ApiClient]> {
  const server = await startServer(folder, {
    CARILLON_ADMIN_KEY: keySettings.CARILLON_ADMIN_KEY,
    ...settings,
  });
  const client = createApiClient(server.url, server.adminKey, 8);
  processes.push(server);
  clients.push(client);
  return [server, client];
}

/** Half of them get no events: only their rotation is of interest. */
async function fill(client: ApiClient, count: number): Promise<void> {
  await client.call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  const create = (n: number) =>
    client.call('POST', '/tenants/acme/endpoints', {
      url: `${receiver.url}/${n}`,
      eventTypes: [n < 3 ? '*' : 'never'],
      headers: [{ name: 'X-Key', value: `header-value-${n}`, secret: true }],
    });
  for (let n = 0; n < count; n += 10) {
    const made = await Promise.all(Array.from({ length: 10 }, (_, at) => create(n + at)));
    expect(made.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201));
  }
}

/** Publishes until it is stopped. Returns how many were accepted; each must be. */
function publish(client: ApiClient): { stop(): Promise<number> } {
  let isRunning = true;
  let accepted = 0;
  const loop = async (): Promise<void> => {
    while (isRunning) {
      const { status, body } = await client.call('POST', '/tenants/acme/events', {
        type: 'paid',
        payload: {},
      });
      expect(status, JSON.stringify(body)).toBe(202);
      accepted++;
    }
  };
  const loops = [loop(), loop()];
  return {
    async stop() {
      isRunning = false;
      await Promise.all(loops);
      return accepted;
    },
  };
}

async function expectDelivered(client: ApiClient, count: number): Promise<void> {
  await vi.waitFor(() => expect(receiver.requests.length).toBeGreaterThanOrEqual(3 * count), {
    timeout: 30_000,
    interval: 100,
  });
  expect(receiver.requests).toHaveLength(3 * count);
  for (const { path, headers } of receiver.requests) {
    expect(headers['x-key']).toBe(`header-value-${path.slice(1)}`);
  }
  await vi.waitFor(
    async () => {
      const { body } = await client.call('GET', '/tenants/acme/deliveries?state=pending');
      expect(body.data).toEqual([]);
    },
    { timeout: 20_000, interval: 100 },
  );
}

const run = (args: string[], url?: string) =>
  runCommand(args, {
    cwd: folder,
    environment: {
      PATH: process.env['PATH'] ?? '',
      CARILLON_ADMIN_KEY: keySettings.CARILLON_ADMIN_KEY,
      DATABASE_URL: `sqlite:${join(folder, 'carillon.db')}`,
      ...(url === undefined ? {} : { CARILLON_SERVER: url }),
    },
  });

test('SQLite with a key file: a new key, a rotation that is killed and one that ends, and the older key taken away', async () => {
  const file = join(folder, 'encryption.key');
  const [first, filling] = await start({});
  await fill(filling, endpointCount);
  await first.terminate();
  expect(await run(['keys', 'new-encryption-key', '--json'])).toMatchObject({ code: 0 });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const [newest, oldest, ...others] = readFileSync(file, 'utf8').trim().split(',');
  expect([newest, oldest].map((key) => Buffer.from(key ?? '', 'base64').length)).toEqual([32, 32]);
  expect([others, newest === oldest]).toEqual([[], false]);

  const [second, steps] = await start({});
  expect((await steps.call('POST', '/encryption/rotate')).body).toMatchObject({ resealed: 100 });
  await second.kill();
  const [third, client] = await start({});
  const doctor = await run(['doctor'], third.url);
  expect(doctor.out).toMatch(/the older key [0-9a-f]{8} encrypts \d+ secrets/);
  const load = publish(client);
  const rotated = await run(['keys', 'rotate-encryption', '--json'], third.url);
  const accepted = await load.stop();
  expect(rotated, rotated.error).toMatchObject({ code: 0 });
  expect(JSON.parse(rotated.out)).toEqual({ examined: 301, resealed: 201, remaining: 0 });
  expect(accepted).toBeGreaterThan(5);
  await expectDelivered(client, accepted);
  expect((await run(['doctor'], third.url)).out).toMatch(/the older key [0-9a-f]{8} is needed no more/);
  await third.terminate();
  const [, last] = await start({ CARILLON_ENCRYPTION_KEY: newest ?? '' });
  await last.call('POST', '/tenants/acme/events', { type: 'paid', payload: {} });
  await expectDelivered(last, accepted + 1);
});
