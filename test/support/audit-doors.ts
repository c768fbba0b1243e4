// Random changes through every door of the server, for the comparison of the audit log with what the store shows: the admin API
// with the key of the configuration, with another one and in the console, the command line, the portal, and the dialect.
import type { TenantId } from '#core/tenant.ts';
import type { Tenant, World } from '../contracts/dialect-world.ts';
import { testKeys } from './harness.ts';
import { runInProcess } from './in-process.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface Doors {
  readonly world: World;
  readonly tenant: Tenant;
  /** A key of the admin API with its id, and a session of the console that it opened. */
  readonly key: { readonly id: string; readonly token: string };
  readonly cookie: string;
  /** A session of the portal in the live mode. */
  readonly portal: { readonly id: string; readonly token: string };
  readonly random: SeededRandom;
}

const doorNames = ['dialect', 'root', 'key', 'console', 'cli', 'portal'] as const;
type Door = (typeof doorNames)[number];

/** A request that may be refused: method, path and body. */
type Request = readonly [method: string, path: string, body?: object];

export interface Tried {
  readonly door: Door;
  readonly what: string;
  /** What an entry has to say of the actor. */
  readonly actor: object;
  readonly status: number;
}

/** The headers of a request that a page of the console makes. */
export const ownPage = { 'sec-fetch-site': 'same-origin' };
export const hiddenValue = 'hidden-value';

const everything = { limit: 200, cursor: null };

export async function changeOnce(doors: Doors): Promise<Tried> {
  const { world, tenant, key, cookie, portal, random } = doors;
  const door = random.pick(doorNames);
  if (door === 'dialect') return changeByDialect(doors);
  const things = await findThings(doors);
  if (door === 'cli') return changeByCommandLine(doors, things);
  const [method, path, body] = random.pick(
    door === 'portal' ? portalRequests(things) : adminRequests(things),
  );
  const prefix = door === 'portal' ? '/portal/api' : '/admin/v1';
  const admitted = {
    root: { token: testKeys.adminKeys[0] },
    key: { token: key.token },
    console: { headers: { ...ownPage, cookie } },
    portal: { token: portal.token },
  };
  const actors = {
    root: { kind: 'root', isConsole: false },
    key: { kind: 'key', id: key.id, isConsole: false },
    console: { kind: 'key', id: key.id, isConsole: true },
    portal: { kind: 'portal', id: portal.id, name: tenant.id },
  };
  const answer = await world.harness.call(method, `${prefix}${path}`, { ...admitted[door], body });
  return { door, what: `${method} ${path}`, actor: actors[door], status: answer.status };
}

async function changeByDialect({ world, tenant, random }: Doors): Promise<Tried> {
  const { client } = world;
  const what = random.pick(world.operations.filter((one) => !/^(GET|HEAD) /.test(one)));
  const key = random.pick([tenant.live, tenant.test]);
  const listed = (await world.list(tenant, key)).map(client.idOf);
  const id = listed.length === 0 ? client.unknownId : random.pick(listed);
  const newId = client.newId?.();
  const { status } = await world.ask(tenant, key, what, { id, ...(newId === undefined ? {} : { newId }) });
  return { door: 'dialect', what, actor: { kind: 'credential', id: key.id, name: tenant.id }, status };
}

async function changeByCommandLine({ world, random }: Doors, things: Things): Promise<Tried> {
  const address = world.harness.engine.http.server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  const args = random.pick(commandLines(things));
  const environment = {
    CARILLON_SERVER: `http://127.0.0.1:${address.port}`,
    CARILLON_ADMIN_KEY: testKeys.adminKeys[0],
  };
  const { code } = await runInProcess([...args, '--json'], { environment });
  return {
    door: 'cli',
    what: `carillon ${args.join(' ')}`,
    actor: { kind: 'root', isConsole: false },
    status: code === 0 ? 200 : 400,
  };
}

/** Ids of what there is, or of nothing; and what differs from change to change. */
interface Things {
  readonly at: string;
  readonly tenant: string;
  readonly endpoint: string;
  readonly alert: string;
  readonly session: string;
  readonly url: string;
  readonly text: string;
}

async function findThings({ world, tenant, portal, random }: Doors): Promise<Things> {
  const { store } = world.harness.engine;
  const id = tenant.id as TenantId;
  const pick = (ids: readonly string[]): string => (ids.length === 0 ? 'none' : random.pick(ids));
  const endpoints = await store.endpoints.find({ tenant: id, mode: null }, {}, everything);
  const sessions = await store.portalSessions.list(id, everything);
  const text = String(random.fraction());
  return {
    at: `/tenants/${id}`,
    tenant: id,
    endpoint: pick(endpoints.items.map((one) => one.id)),
    alert: pick((await store.alerts.list(everything)).items.map(({ alert }) => alert.id)),
    // The one of the door stays.
    session: pick(sessions.items.map((one) => one.id).filter((one) => one !== portal.id)),
    url: `${world.receiver.url}/${text}`,
    text,
  };
}

function adminRequests({ at, endpoint, alert, session, url, text }: Things): readonly Request[] {
  const long = { a: 'x'.repeat(400), b: 'y'.repeat(400), c: 'z'.repeat(400) };
  const range = { since: '2020-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' };
  return [
    ['PATCH', at, { name: `name ${text}` }],
    ['PATCH', at, { metadata: long }],
    ['PATCH', at, { contact: { emails: [`a${text}@b.example`] } }],
    ['POST', `${at}/credentials`, { mode: 'test' }],
    ['DELETE', `${at}/credentials/none`],
    ['POST', `${at}/rotate-secret`, { mode: 'live' }],
    ['POST', `${at}/endpoints`, { url, eventTypes: ['*'] }],
    ['POST', `${at}/endpoints`, { kind: 'pull', eventTypes: ['*'] }],
    ['PATCH', `${at}/endpoints/${endpoint}`, { url, description: url }],
    [
      'PATCH',
      `${at}/endpoints/${endpoint}`,
      { headers: [{ name: 'X-A', value: hiddenValue, secret: true }] },
    ],
    ['PATCH', `${at}/endpoints/${endpoint}`, { transform: `(event) => [${text}]` }],
    ['PATCH', `${at}/endpoints/${endpoint}`, { nonsense: true }],
    ['POST', `${at}/endpoints/${endpoint}/disable`],
    ['POST', `${at}/endpoints/${endpoint}/enable`],
    ['POST', `${at}/endpoints/${endpoint}/rotate-secret`, {}],
    ['POST', `${at}/endpoints/${endpoint}/secret/reveal`],
    ['POST', `${at}/endpoints/${endpoint}/purge`],
    ['POST', `${at}/endpoints/${endpoint}/check`],
    ['DELETE', `${at}/endpoints/${endpoint}`],
    ['POST', `${at}/replays`, { states: ['exhausted'], ...range }],
    ['POST', `${at}/endpoints/${endpoint}/backfill`, { since: range.since }],
    ['POST', '/keys', { name: 'made', scopes: ['read'] }],
    ['PUT', `/event-types/type.${text.slice(-1)}`, { description: text }],
    ['DELETE', `/event-types/type.${text.slice(-1)}`],
    ['POST', '/alerts', { name: text, types: ['endpoint.disabled'], via: { kind: 'chat', url } }],
    ['POST', '/alerts', { name: text, types: ['endpoint.disabled'], via: { kind: 'webhook', url } }],
    ['PATCH', `/alerts/${alert}`, { name: `another ${text}`, via: { kind: 'chat', url } }],
    ['POST', `/alerts/${alert}/snooze`, { until: null }],
    ['DELETE', `/alerts/${alert}`],
    ['POST', `${at}/portal-sessions`, { mode: 'test' }],
    ['DELETE', `${at}/portal-sessions/${session}`],
  ];
}

function portalRequests({ endpoint, url, text }: Things): readonly Request[] {
  return [
    ['POST', '/endpoints', { url, eventTypes: ['*'] }],
    ['PATCH', `/endpoints/${endpoint}`, { url, description: text }],
    ['POST', `/endpoints/${endpoint}/disable`],
    ['POST', `/endpoints/${endpoint}/enable`],
    ['POST', `/endpoints/${endpoint}/rotate-secret`, {}],
    ['POST', `/endpoints/${endpoint}/secret/reveal`],
    ['POST', `/endpoints/${endpoint}/check`],
    ['POST', '/rotate-secret', {}],
    ['DELETE', `/endpoints/${endpoint}`],
  ];
}

function commandLines({
  tenant,
  endpoint,
  alert,
  session,
  url,
  text,
}: Things): readonly (readonly string[])[] {
  return [
    ['tenants', 'rename', tenant, `renamed ${text}`],
    ['tenants', 'change', tenant, '--metadata', `place=${text}`],
    ['tenants', 'change', tenant, '--contact-email', `b${text}@c.example`],
    ['credentials', 'create', tenant, '--mode', 'test'],
    ['keys', 'create', `by hand ${text}`, '--scope', 'read'],
    ['endpoints', 'create', tenant, url],
    ['endpoints', 'change', tenant, endpoint, '--description', text],
    ['endpoints', 'disable', tenant, endpoint],
    ['endpoints', 'enable', tenant, endpoint],
    ['endpoints', 'rotate-secret', tenant, endpoint],
    ['endpoints', 'remove', tenant, endpoint, '--yes'],
    ['event-types', 'set', `type.${text.slice(-1)}`, '--description', `by hand ${text}`],
    ['alerts', 'create', text, '--webhook', url, '--type', 'endpoint.failing'],
    ['alerts', 'create', text, '--email', `d${text}@e.example`],
    ['alerts', 'change', alert, '--window', '120'],
    ['alerts', 'remove', alert, '--yes'],
    ['portal-sessions', 'create', tenant, '--mode', 'live', '--permission', 'read'],
    ['portal-sessions', 'revoke', tenant, session, '--yes'],
  ];
}
