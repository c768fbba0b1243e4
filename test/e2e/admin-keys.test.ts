// Keys of the admin API on a real database: what each may do, that it is revoked at once, and console sessions with it.
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { version } from '#lib/version.ts';
import { boot, type Harness, testKeys } from '../support/harness.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await boot();
  for (const id of ['acme', 'other', 'third']) {
    await harness.admin('POST', '/tenants', { id, name: id, dialect: 'standard' });
    const url = `https://shop.example/${id}`;
    await harness.admin('POST', `/tenants/${id}/endpoints`, { url, eventTypes: ['*'] });
    await harness.admin('POST', `/tenants/${id}/events`, { type: 'a', payload: {} });
  }
  await harness.turn();
});
afterEach(() => harness.close());

async function create(body: object): Promise<{ id: string; key: string; prefix: string }> {
  const { status, body: made } = await harness.admin('POST', '/keys', { name: 'a key', ...body });
  expect(status, JSON.stringify(made)).toBe(201);
  return made;
}

const call = (token: string, method: string, path: string, body?: unknown) =>
  harness.call(method, `/admin/v1${path}`, { token, body });

describe('a key', () => {
  test('is shown once, with its beginning later, and kept as a hash', async () => {
    const { id, key, prefix } = await create({ scopes: ['publish'], tenants: ['acme'] });
    expect(key).toMatch(/^adm_[A-Za-z0-9_-]{43}$/);
    expect(key.startsWith(prefix)).toBe(true);
    const { body } = await harness.admin('GET', '/keys');
    expect(body.data).toMatchObject([
      { id, prefix, scopes: ['publish'], tenants: ['acme'], lastUsedAt: null },
    ]);
    expect(JSON.stringify(body)).not.toContain(key);
    const event = { type: 'a', payload: {} };
    expect((await call(key, 'POST', '/tenants/acme/events', event)).status).toBe(202);
    expect((await call(key, 'POST', '/tenants/other/events', event)).status).toBe(404);
    expect((await call(key, 'GET', '/tenants/acme/events')).status).toBe(403);
    await expect
      .poll(async () => Date.parse((await harness.admin('GET', '/keys')).body.data[0].lastUsedAt))
      .toBe(Math.floor(harness.clock.now() / 60_000) * 60_000);
  });

  test('is refused right after it was revoked, and ends the console sessions that it opened', async () => {
    const { id, key } = await create({ scopes: ['read'] });
    const cookie = await signIn(key);
    expect((await call(key, 'GET', '/tenants')).status).toBe(200);
    expect(await readAs(cookie)).toBe(200);
    expect((await harness.admin('DELETE', `/keys/${id}`)).status).toBe(204);
    expect((await call(key, 'GET', '/tenants')).body.code).toBe('key_unknown');
    expect(await readAs(cookie)).toBe(401);
    expect((await harness.admin('DELETE', `/keys/${id}`)).body.code).toBe('key_not_found');
  });

  test('is refused after its time', async () => {
    const { key } = await create({
      scopes: ['read'],
      expiresAt: new Date(harness.clock.now() + 60_000).toISOString(),
    });
    const cookie = await signIn(key);
    expect((await call(key, 'GET', '/tenants')).status).toBe(200);
    harness.clock.advance(60_000);
    expect((await call(key, 'GET', '/tenants')).status).toBe(401);
    expect(await readAs(cookie)).toBe(401);
  });

  test('makes no key that may do more than itself', async () => {
    const { key } = await create({ scopes: ['keys', 'read'] });
    const wider = await call(key, 'POST', '/keys', { name: 'wider', scopes: ['read', 'secrets'] });
    expect(wider.body).toMatchObject({ code: 'field_invalid', errors: [{ field: 'scopes' }] });
    expect((await call(key, 'POST', '/keys', { name: 'same', scopes: ['read'] })).status).toBe(201);
    const some = await create({ scopes: ['keys', 'read'], tenants: ['acme'] });
    expect((await call(some.key, 'POST', '/keys', { name: 'x', scopes: ['read'] })).body.code).toBe(
      'not_permitted',
    );
  });

  test.each([
    ['a scope that there is not', { scopes: ['all'] }, 'scopes[0]'],
    ['no scope', { scopes: [] }, 'scopes'],
    ['a tenant that there is not', { scopes: ['read'], tenants: ['none'] }, 'tenants[0]'],
    ['a time that is past', { scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
  ])('is not made with %s', async (_, fields, field) => {
    const { status, body } = await call(testKeys.adminKeys[0], 'POST', '/keys', { name: 'a', ...fields });
    expect([status, body.errors?.[0]?.field]).toEqual([400, field]);
    expect((await harness.admin('GET', '/keys')).body.data).toEqual([]);
  });

  test('of some tenants sees nothing of the others in the lists over all', async () => {
    const { key } = await create({ scopes: ['read'], tenants: ['acme', 'third'] });
    for (const [path, count] of [
      ['/tenants', 2],
      ['/endpoints', 2],
      ['/deliveries', 2],
      ['/attempts', 2],
      ['/attention?minWaitSeconds=1', 2],
      ['/stats', 1],
      ['/feed', 2],
    ] as const) {
      if (path.startsWith('/attention')) harness.clock.advance(3_600_000);
      const { status, body } = await call(key, 'GET', path);
      expect([status, body.data.length], path).toEqual([200, count]);
      expect(JSON.stringify(body), path).not.toContain('other');
    }
    expect((await call(key, 'GET', '/deliveries?tenant=other')).status).toBe(404);
    const everything = (await harness.admin('GET', '/tenants')).body.data;
    expect(everything.map(({ id }: any) => id)).toContain('other');
  });

  test('is shown what it may do, with any scope and for any tenants', async () => {
    const { key, id } = await create({ scopes: ['publish'], tenants: ['acme'] });
    const { status, body } = await call(key, 'GET', '/whoami');
    expect([status, body.version]).toEqual([200, version]);
    expect(body).toMatchObject({
      key: { id, name: 'a key', kind: 'key' },
      scopes: ['publish'],
      tenants: ['acme'],
    });
    const root = await harness.admin('GET', '/whoami');
    expect(root.body).toMatchObject({ key: { kind: 'configuration' }, tenants: null });
    expect(JSON.stringify([body, root.body])).not.toContain(testKeys.adminKeys[0]);
    expect((await call('cak_wrong_0123456789abcdefgh', 'GET', '/whoami')).status).toBe(401);
  });

  test('does not reach a tenant that is removed', async () => {
    const { key } = await create({ scopes: ['read'], tenants: ['acme'] });
    expect((await call(key, 'GET', '/tenants/acme')).status).toBe(200);
    await harness.admin('DELETE', '/tenants/acme');
    expect((await call(key, 'GET', '/tenants')).body.data).toEqual([]);
  });
});

const own = { 'sec-fetch-site': 'same-origin' };

async function signIn(key: string): Promise<string> {
  const { status, headers } = await harness.call('POST', '/console/session', { headers: own, body: { key } });
  expect(status).toBe(200);
  return String(headers['set-cookie']).split(';')[0] ?? '';
}

const readAs = async (cookie: string): Promise<number> =>
  (await harness.call('GET', '/admin/v1/tenants', { headers: { ...own, cookie } })).status;

test('a session of the console may what its key may, and is known after a restart, until it is ended', async () => {
  const { key } = await create({ scopes: ['read'], tenants: ['acme'] });
  const cookie = await signIn(key);
  const headers = { ...own, cookie };
  const { body } = await harness.call('GET', '/console/session', { headers });
  expect(body).toMatchObject({ key: 'a key', scopes: ['read'], tenants: ['acme'] });
  const change = await harness.call('DELETE', '/admin/v1/tenants/acme', { headers });
  expect([change.status, change.body.code]).toEqual([403, 'not_permitted']);
  expect((await harness.call('GET', '/admin/v1/tenants/other', { headers })).status).toBe(404);
  await harness.restart();
  expect(await readAs(cookie)).toBe(200);
  await harness.call('DELETE', '/console/session', { headers });
  expect(await readAs(cookie)).toBe(401);
});

test('two keys of the configuration take the place of each other without a gap', async () => {
  const [old] = testKeys.adminKeys;
  const fresh = 'cak_new_0123456789abcdefghij';
  const both = await boot({}, {}, undefined, { ...testKeys, adminKeys: [fresh, old] });
  onTestFinished(() => both.close());
  const signedIn = await both.call('POST', '/console/session', { headers: own, body: { key: old } });
  const cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? '';
  for (const token of [old, fresh]) {
    expect((await both.call('GET', '/admin/v1/tenants', { token })).status).toBe(200);
  }
  expect((await both.call('GET', '/admin/v1/tenants', { headers: { ...own, cookie } })).status).toBe(200);
});
