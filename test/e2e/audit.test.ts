// The audit log compared with what the store shows, over random changes through every door (test/support/audit-doors.ts), and
// an entry of each command that has them.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type AuditEntry,
  type AuditNoun,
  markOf,
  shorten,
  showAlert,
  showEndpoint,
  showEventType,
  showPortalSession,
  showTenant,
} from '#core/audit.ts';
import { dialects } from '#dialects/index.ts';
import { isJsonObject, type JsonObject } from '#lib/json.ts';
import { dialectClients } from '../contracts/dialect-clients.ts';
import { openWorld, type Tenant } from '../contracts/dialect-world.ts';
import { changeOnce, hiddenValue, ownPage } from '../support/audit-doors.ts';
import { boot, type Harness } from '../support/harness.ts';
import { createSeededRandom } from '../support/seeded-random.ts';

const everything = { limit: 200, cursor: null };

const steps = 80;

/** Oldest first. */
async function readLog({ engine }: Harness): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for (let cursor: string | null = null; ;) {
    const page: { items: readonly AuditEntry[]; nextCursor: string | null } = await engine.store.audit.list(
      {},
      { limit: 200, cursor },
    );
    entries.push(...page.items);
    if (page.nextCursor === null) return entries.toReversed();
    cursor = page.nextCursor;
  }
}

/** Nouns whose entries say all that becomes of them: the engine changes the others as well. */
const folded: ReadonlySet<AuditNoun> = new Set([
  'tenant',
  'credential',
  'tenant-secret',
  'endpoint',
  'event-type',
  'key',
  'alert',
  'portal-session',
]);

/** What there is, as the log alone tells it. Throws where an entry does not follow from those before it. */
function fold(entries: readonly AuditEntry[]): Map<string, JsonObject> {
  const state = new Map<string, JsonObject>();
  for (const { noun, target, tenant, mode, before, after, command } of entries) {
    if (!folded.has(noun)) continue;
    const name = noun === 'tenant-secret' ? `${noun} ${tenant} ${mode}` : `${noun} ${target}`;
    const known = state.get(name);
    if (before === null) expect(known, `${command} makes ${name}`).toBeUndefined();
    else expect(known, `${command} knows ${name}`).toMatchObject(before);
    if (after === null) state.delete(name);
    else state.set(name, { ...known, ...after });
  }
  return state;
}

/** The same, as the store shows it. */
async function readState({ engine: { store } }: Harness): Promise<Map<string, JsonObject>> {
  const state = new Map<string, JsonObject>();
  const add = (name: string, shown: JsonObject): void => {
    const { after } = shorten({
      tenant: null,
      mode: null,
      noun: 'server',
      target: '',
      before: null,
      after: shown,
    });
    state.set(name, after ?? {});
  };
  for (const tenant of (await store.tenants.list(everything)).items) {
    if (tenant.id === 'operator') continue;
    add(`tenant ${tenant.id}`, showTenant(tenant));
    for (const { id, kind, mode } of (await store.credentials.list(tenant.id, everything)).items) {
      add(`credential ${id}`, { kind, mode });
    }
    for (const mode of ['live', 'test'] as const) {
      const secret = await store.tenantSecrets.get(tenant.id, mode);
      if (secret === null) continue;
      add(`tenant-secret ${tenant.id} ${mode}`, {
        mark: markOf(secret.sealed),
        attributes: secret.attributes,
      });
    }
    for (const session of (await store.portalSessions.list(tenant.id, everything)).items) {
      add(`portal-session ${session.id}`, showPortalSession(session));
    }
  }
  for (const endpoint of (await store.endpoints.find({ tenant: null, mode: null }, {}, everything)).items) {
    add(`endpoint ${endpoint.id}`, showEndpoint(endpoint));
  }
  for (const { id, name, prefix, scopes, tenants, expiresAt } of (await store.keys.list(everything)).items) {
    add(`key ${id}`, { name, prefix, scopes, tenants, expiresAt });
  }
  for (const { alert } of (await store.alerts.list(everything)).items) {
    add(`alert ${alert.id}`, showAlert(alert));
  }
  for (const type of (await store.eventTypes.list(everything)).items) {
    add(`event-type ${type.name}`, showEventType(type));
  }
  return state;
}

/** Without a server that takes mail: contacts and alerts can be set, and nothing fails in these tests. */
const mail = { CARILLON_SMTP_URL: 'smtp://127.0.0.1:9', CARILLON_MAIL_FROM: 'carillon@example.com' };

/** Operations that change nothing that the log tells of, also when they succeed. */
const silent = /purge|credentials\/none|test|ping|redeliver|DELETE \/event-types/;

describe.each(dialectClients.map((client) => [client.name, client] as const))('%s', (name, client) => {
  const dialect = dialects.find((one) => one.name === name);
  let opened: Awaited<ReturnType<typeof openWorld>>;
  beforeAll(async () => {
    if (dialect === undefined) throw new Error(`there is no dialect ${name}`);
    opened = await openWorld(dialect, client, mail);
  });
  afterAll(() => opened.close());

  test.each([1, 2])('the log says all that was changed, and no more: seed %s', async (seed) => {
    const { world } = opened;
    const { harness } = world;
    const random = createSeededRandom(seed);
    const tenant = await world.openTenant();
    const scopes = ['read', 'endpoints', 'secrets', 'replay', 'tenants', 'keys'];
    const made = (await harness.admin('POST', '/keys', { name: 'scoped', scopes })).body;
    const signedIn = await harness.call('POST', '/console/session', {
      headers: ownPage,
      body: { key: made.key },
    });
    const cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? '';
    const portal = await openPortal(harness, tenant);
    const key = { id: made.id, token: made.key };
    const doors = { world, tenant, key, cookie, portal, random };
    const used = new Set<string>();
    for (let step = 0; step < steps; step++) {
      harness.clock.advance(1000);
      const { door, actor, status, what } = await changeOnce(doors);
      const { items } = await harness.engine.store.audit.list({ since: harness.clock.now() }, everything);
      if (status >= 400) expect(items, `${what} is refused`).toEqual([]);
      for (const entry of items) {
        expect(entry.actor, what).toMatchObject(actor);
        expect(entry.requestId).not.toBeNull();
      }
      if (status < 300 && what !== client.roles.list && !silent.test(what)) {
        expect(items.length, `${what} answers ${status}`).toBeGreaterThan(0);
        used.add(door);
      }
    }
    expect([...used].toSorted()).toEqual(['cli', 'console', 'dialect', 'key', 'portal', 'root']);
    const entries = await readLog(harness);
    expect(Object.fromEntries(fold(entries))).toEqual(Object.fromEntries(await readState(harness)));
    const text = JSON.stringify(entries);
    for (const secret of [hiddenValue, made.key, cookie, portal.token, ...secretsOf(tenant)])
      expect(text).not.toContain(secret);
  });

  test('changes of everything were among them', async () => {
    const nouns = new Set((await readLog(opened.world.harness)).map(({ noun }) => noun));
    // Only some dialects have secrets of tenants.
    expect([...folded].filter((noun) => noun !== 'tenant-secret' && !nouns.has(noun))).toEqual([]);
  });
});

async function openPortal(harness: Harness, tenant: Tenant): Promise<{ id: string; token: string }> {
  const path = `/tenants/${tenant.id}/portal-sessions`;
  const { body: issued } = await harness.admin('POST', path, { mode: 'live', expiresInSeconds: 86_400 });
  const body = { id: issued.id, secret: new URL(issued.url).hash.slice(1) };
  const opened = await harness.call('POST', '/portal/api/session', { body });
  return { id: issued.id, token: opened.body.token };
}

function secretsOf(tenant: Tenant): string[] {
  return [tenant.live, tenant.test].map((key) => (key.kind === 'bearer' ? key.token : key.secret));
}

describe('the log', () => {
  let harness: Harness;
  afterEach(() => harness.close());

  test('is listed by tenant, actor, command and time, page by page, and forgets after its retention', async () => {
    harness = await boot({ CARILLON_AUDIT_RETENTION: '2h' });
    const startedAt = harness.clock.now();
    for (const id of ['a', 'b'])
      await harness.admin('POST', '/tenants', { id, name: id, dialect: 'standard' });
    harness.clock.advance(3_600_000);
    const { body: key } = await harness.admin('POST', '/keys', {
      name: 'k',
      scopes: ['tenants'],
      tenants: ['a'],
    });
    await harness.call('PATCH', '/admin/v1/tenants/a', {
      token: key.key,
      body: { name: 'new' },
      headers: { 'x-request-id': 'mine', 'x-forwarded-for': 'junk, 198.51.100.7, 10.0.0.1' },
    });
    const read = async (query: string): Promise<string[]> => {
      const { status, body } = await harness.admin('GET', `/audit${query}`);
      expect(status, JSON.stringify(body)).toBe(200);
      return body.data.map(({ command, target }: any) => `${command} ${target}`);
    };
    const all = [`changeTenant a`, `createKey ${key.id}`, 'createTenant b', 'createTenant a'];
    expect(await read('')).toEqual(all);
    expect(await read('?tenant=a')).toEqual([all[0], all[3]]);
    expect(await read(`?actor=${key.id}`)).toEqual([all[0]]);
    expect(await read('?command=createTenant')).toEqual([all[2], all[3]]);
    const later = new Date(startedAt + 1).toISOString();
    expect(await read(`?since=${later}`)).toEqual(all.slice(0, 2));
    expect(await read(`?until=${later}`)).toEqual(all.slice(2));
    const first = (await harness.admin('GET', '/audit?limit=3')).body;
    expect(await read(`?limit=3&cursor=${first.nextCursor}`)).toEqual(all.slice(3));
    expect(first.data[0]).toMatchObject({
      actor: { kind: 'key', id: key.id, name: 'k', console: false },
      before: { name: 'a' },
      after: { name: 'new' },
      address: '198.51.100.7',
      requestId: 'mine',
    });
    harness.clock.advance(3_600_001);
    await harness.engine.housekeeper.step();
    expect(await read('')).toEqual(all.slice(0, 2));
  });

  test('has an entry for what a redelivery, a cancel, a purge and a replay change, and none for publishing', async () => {
    harness = await boot();
    await harness.admin('POST', '/tenants', { id: 'a', name: 'a', dialect: 'standard' });
    const at = '/tenants/a';
    const { body: endpoint } = await harness.admin('POST', `${at}/endpoints`, {
      url: 'https://none.example/h',
      eventTypes: ['*'],
    });
    await harness.admin('POST', `${at}/events`, { type: 'x', payload: {} });
    await harness.admin('POST', `${at}/endpoints/${endpoint.id}/test`, {});
    await harness.turn();
    const [first, second] = (await harness.admin('GET', `${at}/deliveries`)).body.data;
    const before = (await readLog(harness)).length;
    await harness.admin('POST', `${at}/deliveries/${first.id}/redeliver`);
    await harness.turn();
    await harness.admin('POST', `${at}/deliveries/${first.id}/cancel`);
    await harness.admin('POST', `${at}/endpoints/${endpoint.id}/purge`);
    const terms = { states: ['canceled'], since: '2020-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' };
    const { body: replay } = await harness.admin('POST', `${at}/replays`, terms);
    await harness.admin('DELETE', `${at}/replays/${replay.id}`);
    const backfill = { since: '2020-01-01T00:00:00Z' };
    const path = `${at}/endpoints/${endpoint.id}/backfill`;
    const { body: backfilled } = await harness.admin('POST', path, backfill);
    await harness.admin('POST', path, { ...backfill, dryRun: true });
    const made = (await readLog(harness)).slice(before);
    expect(made.map(({ command, noun, target }) => [command, noun, target])).toEqual([
      ['redeliver', 'delivery', first.id],
      ['cancelDelivery', 'delivery', first.id],
      ['purgeEndpoint', 'backlog', endpoint.id],
      ['createReplay', 'replay', replay.id],
      ['stopReplay', 'replay', replay.id],
      ['createBackfill', 'replay', backfilled.id],
    ]);
    expect(made[2]?.after).toEqual({ canceled: 1 });
    expect(second.state).toBe('pending');
    expect(made.every(({ after }) => isJsonObject(after))).toBe(true);
  });
});
