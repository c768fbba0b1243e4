// Each command that changes something is an entry of the audit log: a command without a case here does not compile, unless the
// list in core/commands.ts says why it is none.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuditedCommandName, isAudited } from '#core/commands.ts';
import { boot, type Harness, testKeys } from '../support/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await boot({ CARILLON_PAUSED: 'true' });
  for (const [id, dialect] of Object.entries(dialectOf)) {
    await admin('POST', '/tenants', { id, name: id, dialect });
  }
});
afterAll(() => harness.close());

const dialectOf = { acme: 'standard', chip: 'chip', spritz: 'spritz' };
const at = '/tenants/acme';
const url = 'https://shop.example/hooks';
const range = { since: '2020-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' };
const ownPage = { 'sec-fetch-site': 'same-origin' };

/** Must succeed. */
async function admin(method: string, path: string, body?: object): Promise<any> {
  const answered = await harness.admin(method, path, body);
  expect(answered.status, `${method} ${path} ${JSON.stringify(answered.body)}`).toBeLessThan(300);
  return answered.body;
}

async function ask(method: string, path: string, options: object): Promise<any> {
  const answered = await harness.call(method, path, options);
  expect(answered.status, `${method} ${path} ${JSON.stringify(answered.body)}`).toBeLessThan(300);
  return answered;
}

const makeEndpoint = async (): Promise<string> =>
  (await admin('POST', `${at}/endpoints`, { url, eventTypes: ['*'] })).id;
const makeDelivery = async (): Promise<string> => {
  await makeEndpoint();
  await admin('POST', `${at}/events`, { type: 'order.paid', payload: {} });
  return (await admin('GET', `${at}/deliveries`)).data[0].id;
};
const makeReplay = async (): Promise<string> =>
  (await admin('POST', `${at}/replays`, { states: ['exhausted'], ...range })).id;
const makeKey = (): Promise<any> => admin('POST', '/keys', { name: 'a key', scopes: ['read'] });
const makeSession = (): Promise<any> => admin('POST', `${at}/portal-sessions`, { mode: 'live' });
const makeAlert = async (): Promise<string> =>
  (
    await admin('POST', '/alerts', {
      name: 'ops',
      types: ['endpoint.failing'],
      via: { kind: 'webhook', url },
    })
  ).id;
const signIn = async (): Promise<string> => {
  const body = { key: testKeys.adminKeys[0] };
  const { headers } = await ask('POST', '/console/session', { headers: ownPage, body });
  return String(headers['set-cookie']).split(';')[0] ?? '';
};
const openPortal = async (): Promise<unknown> => {
  const { id, url: link } = await makeSession();
  return ask('POST', '/portal/api/session', { body: { id, secret: new URL(link).hash.slice(1) } });
};
const tokenOf = async (tenant: string): Promise<string> =>
  (await admin('POST', `/tenants/${tenant}/credentials`, { mode: 'live', kind: 'bearer' })).token;

/** A request that carries out the command, with what it needs before it. */
const cases: Readonly<Record<AuditedCommandName, () => Promise<unknown>>> = {
  createTenant: () => admin('POST', '/tenants', { id: 'new', name: 'New', dialect: 'standard' }),
  changeTenant: () => admin('PATCH', at, { name: 'Another' }),
  async removeTenant() {
    await admin('POST', '/tenants', { id: 'gone', name: 'Gone', dialect: 'standard' });
    await admin('DELETE', '/tenants/gone');
  },
  createCredential: () => admin('POST', `${at}/credentials`, { mode: 'live' }),
  async removeCredential() {
    const { id } = await admin('POST', `${at}/credentials`, { mode: 'live' });
    await admin('DELETE', `${at}/credentials/${id}`);
  },
  createEndpoint: makeEndpoint,
  changeEndpoint: async () => admin('PATCH', `${at}/endpoints/${await makeEndpoint()}`, { description: 'a' }),
  removeEndpoint: async () => admin('DELETE', `${at}/endpoints/${await makeEndpoint()}`),
  async purgeEndpoint() {
    await makeDelivery();
    const { data } = await admin('GET', `${at}/endpoints`);
    await admin('POST', `${at}/endpoints/${data[0].id}/purge`);
  },
  rotateSecret: async () => admin('POST', `${at}/endpoints/${await makeEndpoint()}/rotate-secret`, {}),
  revealSecret: async () => admin('POST', `${at}/endpoints/${await makeEndpoint()}/secret/reveal`),
  checkEndpoint: async () => admin('POST', `${at}/endpoints/${await makeEndpoint()}/check`),
  setTenantSecret: async () =>
    ask('POST', '/v1/integrator/webhook-secret', {
      token: await tokenOf('spritz'),
      body: { secret: 'whsec_0123456789abcdef' },
    }),
  rotateTenantSecret: () => admin('POST', '/tenants/spritz/rotate-secret', {}),
  async revealTenantSecret() {
    await admin('POST', '/tenants/spritz/rotate-secret', {});
    await admin('POST', '/tenants/spritz/secret/reveal', {});
  },
  getTenantSecret: async () => ask('GET', '/api/v1/public_key/', { token: await tokenOf('chip') }),
  setEventType: () => admin('PUT', '/event-types/order.paid', { description: 'An order is paid.' }),
  async removeEventType() {
    await admin('PUT', '/event-types/order.gone', {});
    await admin('DELETE', '/event-types/order.gone');
  },
  redeliver: async () => admin('POST', `${at}/deliveries/${await makeDelivery()}/redeliver`),
  cancelDelivery: async () => admin('POST', `${at}/deliveries/${await makeDelivery()}/cancel`),
  createReplay: makeReplay,
  stopReplay: async () => admin('DELETE', `${at}/replays/${await makeReplay()}`),
  createBackfill: async () =>
    admin('POST', `${at}/endpoints/${await makeEndpoint()}/backfill`, { since: range.since }),
  createKey: makeKey,
  removeKey: async () => admin('DELETE', `/keys/${(await makeKey()).id}`),
  startConsoleSession: signIn,
  endConsoleSession: async () =>
    ask('DELETE', '/console/session', { headers: { ...ownPage, cookie: await signIn() } }),
  createPortalSession: makeSession,
  openPortalSession: openPortal,
  removePortalSession: async () => admin('DELETE', `${at}/portal-sessions/${(await makeSession()).id}`),
  async removePortalSessions() {
    await makeSession();
    await admin('DELETE', `${at}/portal-sessions`);
  },
  async rotateEncryption() {
    await makeEndpoint();
    const newer = new Uint8Array(32).fill(2);
    await harness.restart({ ...testKeys, encryptionKeys: [newer, ...testKeys.encryptionKeys] });
    await admin('POST', '/encryption/rotate');
  },
  createAlert: makeAlert,
  changeAlert: async () => admin('PATCH', `/alerts/${await makeAlert()}`, { name: 'another' }),
  removeAlert: async () => admin('DELETE', `/alerts/${await makeAlert()}`),
  snoozeAlert: async () => {
    const until = new Date(harness.clock.now() + 60_000).toISOString();
    await admin('POST', `/alerts/${await makeAlert()}/snooze`, { until });
  },
  resume: () => admin('POST', '/resume'),
};

test.each(Object.entries(cases))('%s is in the audit log', async (command, act) => {
  expect(isAudited(command as AuditedCommandName)).toBe(true);
  const count = async (): Promise<number> => (await admin('GET', `/audit?command=${command}`)).data.length;
  const before = await count();
  await act();
  expect(await count()).toBeGreaterThan(before);
});
