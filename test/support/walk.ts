// docs/deploy.md as a newcomer follows it, with an installed package: serve, give a publisher a key, rotate both keys under
// load, back up, restore elsewhere, resume. Nothing that was accepted is lost.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, type TestContext } from 'vitest';
import type { InstalledPackage, RunningPackage } from './installed-package.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { startPublishing, type SteadyPublishing } from './steady-publishing.ts';

const rotated = 'the-new-key-of-the-configuration';

/** Refused anything that a publisher does not need. */
const refusals = [
  ['GET', '/tenants', 403],
  ['POST', '/tenants', 403],
  ['GET', '/tenants/acme/deliveries', 403],
  ['POST', '/tenants/acme/endpoints', 403],
  ['GET', '/audit', 403],
  ['GET', '/keys', 403],
  ['POST', '/tenants/other/events', 404],
] as const;

export async function walk(installed: InstalledPackage, { onTestFinished }: TestContext): Promise<void> {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  const database = { DATABASE_URL: 'sqlite:./walk/carillon.db' };
  const first = await installed.serve(['--port', '0'], database);
  const port = new URL(first.url).port;
  const root = readFileSync(join(installed.folder, 'walk/admin.key'), 'utf8').trim();

  const cli = (...args: readonly string[]) => installed.carillon(['--server', first.url, ...args], database);
  await cli('tenants', 'create', 'Acme', '--id', 'acme');
  await cli('tenants', 'create', 'Other', '--id', 'other');
  await cli('endpoints', 'create', 'acme', receiver.url);
  const issued = await cli('keys', 'create', 'billing', '--scope', 'publish', '--tenant', 'acme', '--json');
  const { key } = JSON.parse(issued.stdout) as { readonly key: string };
  for (const [method, path, status] of refusals) {
    const refused = await call(first.url, key, method, path, method === 'POST' ? sample('never') : undefined);
    expect([method, path, refused.status]).toEqual([method, path, status]);
  }

  const url = first.url;
  let current = root;
  const load = [
    startPublishing({ urls: () => [url], key: () => key, tenant: 'acme', publishers: 1 }),
    startPublishing({ urls: () => [url], key: () => current, tenant: 'acme', publishers: 1 }),
  ];
  const restart = async (
    server: RunningPackage,
    variables: Record<string, string>,
  ): Promise<RunningPackage> => {
    await untilAccepted(load, 20);
    expect(await server.stop()).toBe(0);
    return installed.serve(['--port', port], { ...database, ...variables });
  };
  // From the next start on another key encrypts, and two keys of the admin API are valid.
  await installed.carillon(['keys', 'new-encryption-key'], database);
  const both = await restart(first, { CARILLON_ADMIN_KEY: `${rotated},${root}` });
  current = rotated;
  await installed.carillon(['--server', url, 'keys', 'rotate-encryption'], { CARILLON_ADMIN_KEY: rotated });
  keepFirstKey(join(installed.folder, 'walk/encryption.key'));
  const renewed = await restart(both, { CARILLON_ADMIN_KEY: rotated });
  expect((await call(url, root, 'GET', '/tenants')).status).toBe(401);
  await untilAccepted(load, 20);

  // Slow from here on, so that the backup has deliveries that were not made.
  receiver.answer = () => sleep(200, 200);
  await untilAccepted(load, 20);
  const before = load.flatMap(({ accepted }) => accepted);
  const backup = join(installed.folder, 'before.db');
  await installed.carillon(['backup', backup], database);
  for (const one of load) await one.stop();
  expect(await renewed.stop()).toBe(0);
  expect(load.flatMap(({ failures }) => failures)).toEqual([]);

  await restore(installed, { backup, receiver, accepted: before });
}

interface Backup {
  readonly backup: string;
  readonly receiver: Receiver;
  /** What was accepted before the backup began. */
  readonly accepted: readonly string[];
}

/** Elsewhere: paused it sends nothing; resumed, all that the backup has is delivered in the end. */
async function restore(installed: InstalledPackage, { backup, receiver, accepted }: Backup): Promise<void> {
  const elsewhere = join(installed.folder, 'elsewhere');
  mkdirSync(elsewhere);
  copyFileSync(join(installed.folder, 'walk/encryption.key'), join(elsewhere, 'encryption.key'));
  const variables = { DATABASE_URL: `sqlite:${join(elsewhere, 'carillon.db')}`, CARILLON_ADMIN_KEY: rotated };
  await installed.carillon(['restore', backup], variables);
  receiver.answer = () => 200;
  const seen = receiver.requests.length;
  const server = await installed.serve(['--port', '0', '--paused'], variables);
  expect(await (await fetch(`${server.url}/readyz`)).json()).toMatchObject({ status: 'paused' });
  expect(await countDeliveries(server.url, 'pending')).toBeGreaterThan(0);
  expect(receiver.requests).toHaveLength(seen);
  await installed.carillon(['--server', server.url, 'resume'], variables);
  await expect.poll(() => countDeliveries(server.url, 'pending'), { timeout: 60_000 }).toBe(0);
  expect(await countDeliveries(server.url, 'exhausted')).toBe(0);
  for (const outcome of ['refused', 'unreachable']) expect(await countAttempts(server.url, outcome)).toBe(0);
  const received = new Set(receiver.requests.map(({ headers }) => headers['webhook-id']));
  expect(accepted.filter((id) => !received.has(id))).toEqual([]);
  expect(await server.stop()).toBe(0);
}

/** A start with it alone would be refused if a secret were still encrypted with the old one. */
function keepFirstKey(file: string): void {
  const keys = readFileSync(file, 'utf8').trim().split(',');
  expect(keys).toHaveLength(2);
  writeFileSync(file, `${keys[0]}\n`);
}

function sample(id: string): unknown {
  return { id, type: 'payment.paid', payload: { id } };
}

async function call(
  url: string,
  key: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  return fetch(`${url}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Resolves when each has so many more. */
async function untilAccepted(load: readonly SteadyPublishing[], count: number): Promise<void> {
  await Promise.all(load.map((one) => one.untilAccepted(count)));
}

async function countDeliveries(url: string, state: string): Promise<number> {
  const { data } = await read(url, `/tenants/acme/deliveries?state=${state}&limit=200`);
  return data.length;
}

async function countAttempts(url: string, outcome: string): Promise<number> {
  return (await read(url, `/attempts?tenant=acme&outcome=${outcome}`)).data.length;
}

async function read(url: string, path: string): Promise<{ readonly data: readonly unknown[] }> {
  const response = await call(url, rotated, 'GET', path);
  expect(response.status, path).toBe(200);
  return (await response.json()) as { readonly data: readonly unknown[] };
}
