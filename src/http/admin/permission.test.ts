// Every route of the admin API with every scope, and with a key of another tenant.
import { json } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminPrefix, type RouteName, routes } from '#contract/routes.ts';
import { type AdminKey, type KeyId, keyScopes } from '#core/access.ts';
import type { TenantId } from '#core/tenant.ts';
import { sha256Hex } from '#lib/hmac.ts';
import { createHttpServer } from '#http/server.ts';
import { eventStreamType } from '#lib/server-sent-events.ts';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { createHttpFakes, now } from '../../../test/support/http-fakes.ts';

/** Keys as the server makes them, by a name of the test's own. */
const known = new Map<string, AdminKey>();

function makeKey(name: string, more: Partial<AdminKey>): string {
  const token = `adm_${name.padEnd(43, '0')}`;
  const id = `key_${name}` as KeyId;
  const rest = { prefix: token.slice(0, 12), scopes: keyScopes, tenants: null };
  const times = { createdAt: now, expiresAt: null, lastUsedAt: null };
  known.set(sha256Hex(token), { id, name, lookup: sha256Hex(token), ...rest, ...times, ...more });
  return token;
}

const used: { readonly id: string }[] = [];
const clock = createFakeClock(now);
const { deps, asked } = createHttpFakes(
  { clock },
  {
    findKey: async ({ lookup }) => known.get(lookup) ?? null,
    noteKeyUse: async (use) => {
      used.push(use);
      return null;
    },
  },
);
let app: FastifyInstance;
beforeAll(async () => {
  app = await createHttpServer(deps);
});
afterAll(() => app.close());

const names = Object.keys(routes) as RouteName[];
/** Lists over tenants that have no filter for one. */
const withoutTenant = new Set<RouteName>(['listTenants', 'listAttention', 'findFeed']);

async function call(name: RouteName, token: string) {
  const { method, path } = routes[name];
  const url = adminPrefix + path.replace('{tenant}', 'acme').replace('{id}', 'ep_1');
  // A body that no route accepts: what is permitted is refused for that, and nothing before it looks at the body.
  const isRead = method === 'GET' || method === 'DELETE';
  const response = await app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${token}`, ...(isRead ? {} : { 'content-type': 'application/json' }) },
    ...(isRead ? {} : { payload: '{"none":1}' }),
    payloadAsStream: true,
  });
  const status = response.statusCode;
  // A stream goes on.
  if (response.headers['content-type'] === eventStreamType) {
    response.raw.res.destroy();
    return { status, code: undefined };
  }
  const body = await json(response.stream()).catch(() => null);
  return { status, code: (body as { code?: string } | null)?.code };
}

test.each(names.filter((name) => routes[name].scope === null))('%s needs no scope', async (name) => {
  expect((await call(name, makeKey('none', { scopes: [] }))).status).toBe(200);
});

describe.each(names.filter((name) => routes[name].scope !== null))('%s', (name) => {
  const { scope, path, ...kind } = routes[name];
  const isOfTenant = path.startsWith('/tenants/{tenant}');

  test.each(keyScopes)('with a key that may only %s', async (given) => {
    const { status, code } = await call(name, makeKey(`only-${given}`, { scopes: [given] }));
    if (given === scope) expect([401, 403], code).not.toContain(status);
    else expect([status, code]).toEqual([403, 'not_permitted']);
  });

  test('with a key that may all else', async () => {
    const scopes = keyScopes.filter((one) => one !== scope);
    expect(await call(name, makeKey(`not-${scope}`, { scopes }))).toEqual({
      status: 403,
      code: 'not_permitted',
    });
  });

  test('with a key of another tenant', async () => {
    const other = makeKey('other', { tenants: ['other' as TenantId] });
    const { status, code } = await call(name, other);
    if (isOfTenant) expect([status, code]).toEqual([404, 'tenant_not_found']);
    else if (!('isWide' in kind)) expect([status, code]).toEqual([403, 'not_permitted']);
    else expect(status).toBe(200);
  });
});

test('a list over tenants is asked for those of the key alone, and of one of these where it is named', async () => {
  const token = makeKey('two', { tenants: ['acme', 'other'] as TenantId[] });
  const headers = { authorization: `Bearer ${token}` };
  for (const name of names) {
    const { method, path, ...kind } = routes[name];
    if (!('isWide' in kind)) continue;
    const ask = async (query: string) => {
      const url = `${adminPrefix}${path}${query}`;
      const { raw, statusCode } = await app.inject({ method, url, headers, payloadAsStream: true });
      raw.res.destroy();
      return statusCode;
    };
    expect(await ask(''), name).toBe(200);
    expect(asked[name as 'findDeliveries'], name).toMatchObject({ tenants: ['acme', 'other'] });
    if (withoutTenant.has(name)) continue;
    expect(await ask('?tenant=acme'), name).toBe(200);
    expect(asked[name as 'findDeliveries'], name).toMatchObject({ tenant: 'acme' });
    expect(await ask('?tenant=third'), name).toBe(404);
  }
});

describe('a key', () => {
  const read = async (token: string): Promise<string> => (await call('listTenants', token)).code ?? 'ok';

  test('is refused from the instant that it expires, also when it is cached', async () => {
    const token = makeKey('short', { expiresAt: clock.now() + 1000 });
    expect(await read(token)).toBe('ok');
    clock.advance(1000);
    expect(await read(token)).toBe('key_unknown');
  });

  test('is searched for again after 10 s, when no notification has come', async () => {
    const token = makeKey('lost', {});
    expect(await read(token)).toBe('ok');
    known.delete(sha256Hex(token));
    clock.advance(9_999);
    expect(await read(token)).toBe('ok');
    clock.advance(1);
    expect(await read(token)).toBe('key_unknown');
  });

  test('has its use noted once in a minute', async () => {
    const token = makeKey('counted', {});
    clock.advance(60_000);
    used.length = 0;
    for (let count = 0; count < 5; count++) await read(token);
    const minute = Math.floor(clock.now() / 60_000) * 60_000;
    const ofKey = () => used.filter(({ id }) => id === 'key_counted');
    expect(ofKey()).toEqual([{ id: 'key_counted', at: minute }]);
    clock.advance(60_000);
    await read(token);
    expect(ofKey()).toHaveLength(2);
  });

  test('that has not the form of one is not searched for', async () => {
    const asking = createHttpFakes({}, { findKey: () => Promise.reject(new Error('asked')) });
    const server = await createHttpServer(asking.deps);
    const { statusCode } = await server.inject({
      url: '/admin/v1/tenants',
      headers: { authorization: 'Bearer adm_short' },
    });
    expect(statusCode).toBe(401);
    await server.close();
  });
});
