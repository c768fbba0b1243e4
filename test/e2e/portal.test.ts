// Sessions of the portal on a real database: opened once, revoked at once, and never more than their tenant, mode and permissions.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PortalRouteName, portalRoutes } from '#contract/portal-routes.ts';
import { portalPermissions } from '#core/portal.ts';
import type { TenantId } from '#core/tenant.ts';
import { dialects } from '#dialects/index.ts';
import { boot, type Harness, testKeys } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

let harness: Harness;
let receiver: Receiver;
const owners = dialects.map(({ name }) => name);
/** What each tenant has in each mode. */
interface Things {
  readonly endpoint: string;
  readonly event: string;
  readonly delivery: string;
  readonly replay: string;
  readonly check: string;
}
/** An event type of the catalogue of each tenant. */
const typeOf: Record<string, string> = {};
const things: Record<string, Record<string, Things>> = {};

beforeAll(async () => {
  harness = await boot();
  receiver = await startReceiver();
  await harness.admin('PUT', '/event-types/payment.succeeded', {});
  for (const { name, events } of dialects) {
    typeOf[name] = name === 'standard' ? 'payment.succeeded' : (events.samples[0]?.type ?? '');
    await harness.admin('POST', '/tenants', { id: name, name, dialect: name });
    const [sample] = events.samples;
    const own: Record<string, Things> = {};
    for (const mode of ['live', 'test']) {
      const at = `/tenants/${name}`;
      const eventTypes = [sample?.type];
      const url = `${receiver.url}/${name}/${mode}`;
      const { body: endpoint, status } = await harness.admin('POST', `${at}/endpoints`, {
        mode,
        url,
        eventTypes,
        metadata: { internal: 'of the platform' },
      });
      expect(status, JSON.stringify(endpoint)).toBe(201);
      const { body: event } = await harness.admin('POST', `${at}/events`, {
        type: sample?.type,
        payload: sample?.payload,
        mode,
        metadata: { internal: 'of the platform' },
      });
      await harness.turn();
      const { data } = (await harness.admin('GET', `${at}/deliveries?mode=${mode}`)).body;
      const range = { since: '2020-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' };
      const { body: replay } = await harness.admin('POST', `${at}/replays`, {
        states: ['exhausted'],
        mode,
        ...range,
      });
      const { body: check } = await harness.admin('POST', `${at}/endpoints/${endpoint.id}/check`);
      own[mode] = {
        endpoint: endpoint.id,
        event: event.id,
        delivery: data[0].id,
        replay: replay.id,
        check: check.id,
      };
    }
    things[name] = own;
  }
});
afterAll(async () => {
  await harness.close();
  await receiver.close();
});

async function link(tenant: string, fields: object): Promise<{ id: string; secret: string; url: string }> {
  const { status, body } = await harness.admin('POST', `/tenants/${tenant}/portal-sessions`, fields);
  expect(status, JSON.stringify(body)).toBe(201);
  const [, id = '', secret = ''] = /\/portal\/(pts_[0-9a-z]+)#([A-Za-z0-9_-]{43})$/.exec(body.url) ?? [];
  expect(id, body.url).toBe(body.id);
  return { id, secret, url: body.url };
}

const openLink = (body: object) => harness.call('POST', '/portal/api/session', { body });

async function enter(tenant: string, fields: object): Promise<string> {
  const { id, secret } = await link(tenant, fields);
  const { status, body } = await openLink({ id, secret });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.token;
}

const ask = (token: string, method: string, path: string, body?: unknown) =>
  harness.call(method, `/portal/api${path}`, { token, body });

describe('a session', () => {
  test('is opened once, and then known by the token of its tab alone', async () => {
    const made = await link('standard', {
      mode: 'live',
      returnUrl: 'https://app.example/x',
      theme: { accent: '#0055cc' },
    });
    const wrong = await openLink({ id: made.id, secret: `${made.secret.slice(0, -1)}.` });
    expect([wrong.status, wrong.body.code]).toEqual([401, 'key_unknown']);
    const { status, body } = await openLink({ id: made.id, secret: made.secret });
    expect([status, body.tenant, body.dialect, body.theme.accent]).toEqual([
      201,
      'standard',
      'standard',
      '#0055cc',
    ]);
    expect((await openLink({ id: made.id, secret: made.secret })).status).toBe(401);
    expect((await ask(body.token, 'GET', '/session')).body).toMatchObject({
      id: made.id,
      permissions: portalPermissions,
    });
    expect((await ask(made.secret, 'GET', '/session')).status).toBe(401);
    expect((await harness.call('GET', '/portal/api/session')).body.code).toBe('key_missing');
    for (const path of ['/admin/v1/tenants', '/v1/endpoints']) {
      expect((await harness.call('GET', path, { token: body.token })).status, path).toBe(401);
    }
    expect((await ask(testKeys.adminKeys[0], 'GET', '/endpoints')).status).toBe(401);
    const listed = JSON.stringify((await harness.admin('GET', '/tenants/standard/portal-sessions')).body);
    const logged = JSON.stringify(
      (await harness.engine.store.audit.list({}, { limit: 200, cursor: null })).items,
    );
    for (const secret of [made.secret, body.token]) {
      expect(listed).not.toContain(secret);
      expect(logged).not.toContain(secret);
    }
    expect((await ask(body.token, 'DELETE', '/session')).status).toBe(204);
    expect((await ask(body.token, 'GET', '/session')).status).toBe(401);
  });

  test('is refused from the instant that it is revoked, alone or with all of its tenant, or has ended', async () => {
    const [one, two, three] = [
      await enter('standard', { mode: 'live' }),
      await enter('standard', { mode: 'test' }),
      await enter('chip', { mode: 'test', expiresInSeconds: 300 }),
    ];
    const read = async (token: string) => (await ask(token, 'GET', '/endpoints')).status;
    const { id } = (await ask(one, 'GET', '/session')).body;
    expect((await harness.admin('DELETE', `/tenants/standard/portal-sessions/${id}`)).status).toBe(204);
    expect([await read(one), await read(two), await read(three)]).toEqual([401, 200, 200]);
    expect((await harness.admin('DELETE', `/tenants/standard/portal-sessions/${id}`)).status).toBe(404);
    await harness.admin('DELETE', '/tenants/standard/portal-sessions');
    expect([await read(two), await read(three)]).toEqual([401, 200]);
    const late = await link('chip', { mode: 'test', expiresInSeconds: 300 });
    harness.clock.advance(300_000);
    expect(await read(three)).toBe(401);
    expect((await openLink(late)).status).toBe(400);
    expect((await openLink({ id: late.id, secret: late.secret })).status).toBe(401);
  });

  test.each([
    ['too short a time', { expiresInSeconds: 299 }, 'expiresInSeconds'],
    ['too long a time', { expiresInSeconds: 86_401 }, 'expiresInSeconds'],
    ['an origin without TLS', { embedOrigins: ['http://app.example'] }, 'embedOrigins[0]'],
    [
      'an origin that would be more policy',
      { embedOrigins: ['https://a.example; script-src *'] },
      'embedOrigins[0]',
    ],
    ['an accent that cannot be read', { theme: { accent: '#ffcc00' } }, 'theme.accent'],
    [
      'an accent that cannot be read on a dark page',
      { theme: { accent: '#0055cc', colorScheme: 'dark' } },
      'theme.accent',
    ],
    ['a logo from elsewhere', { theme: { logo: 'https://a.example/logo.png' } }, 'theme.logo'],
    ['a font that would be more style', { theme: { font: 'a; } body { display: none' } }, 'theme.font'],
    ['an origin of a network without TLS', { embedOrigins: ['http://localhost.example'] }, 'embedOrigins[0]'],
    ['another permission', { permissions: ['all'] }, 'permissions[0]'],
    ['a way back that is a script', { returnUrl: 'javascript:alert(1)' }, 'returnUrl'],
  ])('is not made with %s', async (_, fields, field) => {
    const path = '/admin/v1/tenants/standard/portal-sessions';
    const body = { mode: 'live', ...fields };
    const answer = await harness.call('POST', path, { token: testKeys.adminKeys[0], body });
    expect([answer.status, answer.body.errors?.[0].field]).toEqual([400, field]);
  });
});

const names = Object.keys(portalRoutes) as PortalRouteName[];

const bodies: Partial<Record<PortalRouteName, object>> = {
  changeEndpoint: { description: 'changed' },
  rotateSecret: {},
  rotateTenantSecret: {},
  revealTenantSecret: {},
  sendTest: {},
  testFilter: { payload: {}, filter: null },
  testTransform: { payload: {}, transform: '(event) => event.payload' },
  createReplay: { states: ['exhausted'], since: '2020-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' },
};

/** Asks an operation about something of a tenant and mode. */
function call(name: PortalRouteName, token: string, of: Things, type = '') {
  const { method, path } = portalRoutes[name];
  const [, noun = ''] = path.split('/');
  const ids: Record<string, string> = {
    endpoints: of.endpoint,
    events: of.event,
    deliveries: of.delivery,
    replays: of.replay,
  };
  const query =
    name === 'readStats' ? `?endpoint=${of.endpoint}` : name === 'findDeliveries' ? `?event=${of.event}` : '';
  return ask(
    token,
    method,
    path
      .replace('{id}', ids[noun] ?? '')
      .replace('{check}', of.check)
      .replace('{name}', type) + query,
    bodies[name],
  );
}

describe.each(owners)('a session of a tenant of %s', (owner) => {
  const other = owners.find((name) => name !== owner) ?? '';
  const own = (): Things => things[owner]?.['live'] as Things;

  test.each(names)('%s needs its permission, and no other', async (name) => {
    const { permission } = portalRoutes[name];
    const permissions = portalPermissions.filter((one) => one !== permission);
    const without = await enter(owner, { mode: 'live', permissions });
    const refused = await call(name, without, own());
    expect([refused.status, refused.body.code]).toEqual([403, 'not_permitted']);
    if (name === 'removeEndpoint' || name === 'createEndpoint') return;
    const token = await enter(owner, { mode: 'live', permissions: [permission] });
    const { status, body } = await call(name, token, own(), typeOf[owner]);
    // A shared secret of the tenant is not rotated here, and the endpoint may be disabled by an earlier operation.
    // It has a check that is not finished.
    if (name === 'checkEndpoint') expect(status).toBe(429);
    else if (permission === 'secrets' || name === 'sendTest')
      expect([200, 202, 400, 409], JSON.stringify(body)).toContain(status);
    else expect(status, JSON.stringify(body)).toBeLessThan(300);
    expect(JSON.stringify(body)).not.toContain('of the platform');
  });

  test.each(names)('%s reaches nothing of another tenant or mode', async (name) => {
    const token = await enter(owner, { mode: 'live' });
    for (const foreign of [things[owner]?.['test'], things[other]?.['live']]) {
      if (foreign === undefined || name === 'createEndpoint' || name === 'createReplay') continue;
      const { status, body } = await call(name, token, foreign);
      // Those of Spritz sign with the secret of the tenant, whatever the endpoint.
      if (name === 'rotateSecret' || name === 'revealSecret') expect([400, 404]).toContain(status);
      else if (portalRoutes[name].path.includes('{id}') || name === 'readStats')
        expect(status, JSON.stringify(body)).toBe(404);
      else for (const id of Object.values(foreign)) expect(JSON.stringify(body)).not.toContain(id);
    }
  });

  test('shows an event type of the catalogue of its dialect, and of no other', async () => {
    const token = await enter(owner, { mode: 'live', permissions: ['read'] });
    const at = '/event-types/';
    const { status, body } = await ask(token, 'GET', at + typeOf[owner]);
    expect([status, body.name, body.dialect]).toEqual([200, typeOf[owner], owner]);
    const foreign = await ask(token, 'GET', `${at}${typeOf[owner]}?dialect=${other}`);
    expect([foreign.status, foreign.body.dialect]).toEqual([200, owner]);
    expect((await ask(token, 'GET', `${at}none.such`)).body.code).toBe('event_type_not_found');
  });

  test('shows and rotates the secret of its tenant and mode, where there is one, and is in the audit log', async () => {
    const token = await enter(owner, { mode: 'test', permissions: ['secrets'] });
    const isShared = dialects.find(({ name }) => name === owner)?.secretOwner === 'tenant';
    const rotated = await ask(token, 'POST', '/rotate-secret', { mode: 'live' });
    if (!isShared) {
      expect([rotated.status, rotated.body.code]).toEqual([400, 'field_invalid']);
      return;
    }
    expect([rotated.status, rotated.body.mode]).toEqual([200, 'test']);
    const revealed = await ask(token, 'POST', '/secret/reveal', { mode: 'live' });
    expect(revealed.body).toEqual(rotated.body);
    const live = await harness.admin('POST', `/tenants/${owner}/secret/reveal`, { mode: 'live' });
    expect(live.body.secret).not.toBe(rotated.body.secret);
    const { items } = await harness.engine.store.audit.list(
      { tenant: owner as TenantId },
      { limit: 3, cursor: null },
    );
    const actor = { kind: 'portal' };
    expect(items.slice(1)).toMatchObject([
      { command: 'revealTenantSecret', mode: 'test', actor },
      { command: 'rotateTenantSecret', mode: 'test', actor },
    ]);
    expect(JSON.stringify(items)).not.toContain(rotated.body.secret);
  });

  test('makes an endpoint in its own tenant and mode, and shows it to the audit log', async () => {
    const token = await enter(owner, { mode: 'test' });
    const { data: types } = (await ask(token, 'GET', '/event-types')).body;
    const body = { url: `${receiver.url}/${owner}/made`, eventTypes: [types[0]?.name ?? '*'], mode: 'live' };
    const made = await ask(token, 'POST', '/endpoints', body);
    expect([made.status, made.body.mode], JSON.stringify(made.body)).toEqual([201, 'test']);
    expect((await ask(token, 'PATCH', `/endpoints/${made.body.id}`, { metadata: { a: 'b' } })).status).toBe(
      400,
    );
    expect((await ask(token, 'DELETE', `/endpoints/${made.body.id}`)).status).toBe(204);
    const { items } = await harness.engine.store.audit.list(
      { tenant: owner as TenantId },
      { limit: 2, cursor: null },
    );
    const { id } = (await ask(token, 'GET', '/session')).body;
    expect(items).toMatchObject([
      { command: 'removeEndpoint', mode: 'test', target: made.body.id, actor: { kind: 'portal', id } },
      { command: 'createEndpoint', mode: 'test', target: made.body.id, actor: { kind: 'portal', id } },
    ]);
  });
});
