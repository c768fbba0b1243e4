// What the HTTP surface answers from, held in memory: enough of each room to see what it was asked.
import { pino } from 'pino';
import type { AlertId, AlertView } from '#core/alert.ts';
import type { AdminKey, ConsoleSession, KeyId } from '#core/access.ts';
import type { CatalogueEntry } from '#core/catalogue.ts';
import type {
  CommandHandlers,
  CommandInput,
  CommandName,
  CommandResult,
  EndpointKey,
  FoundAttempt,
  OpenEndpoint,
  Page,
  PublishEvent,
  ShownDelivery,
} from '#core/commands.ts';
import type { DeliveryId } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { PublishedEvent } from '#core/event.ts';
import type { EndpointCheck } from '#core/check.ts';
import type { Explanation } from '#core/explanation.ts';
import { Fault } from '#core/fault.ts';
import { defaultLimits } from '#core/limits.ts';
import type { Credential, CredentialId, Tenant, TenantId } from '#core/tenant.ts';
import type { PortalFacts } from '#core/portal.ts';
import type { FeedPage } from '#core/feed.ts';
import type { Pulled } from '#core/pull.ts';
import type { Replay } from '#core/replay.ts';
import type { HttpDeps } from '#http/deps.ts';
import { exampleAttempt, exampleDelivery, exampleEndpoint, exampleEvent, exampleNow } from './examples.ts';
import { createFakeClock } from './fake-clock.ts';

export const adminKey = 'cak_test_0123456789abcdefghij';
export const now = exampleNow;
const acme = 'acme' as TenantId;

function page<T>(...items: T[]): Page<T> {
  return { items, nextCursor: null };
}

const endpoint = exampleEndpoint({
  id: 'ep_1' as EndpointId,
  tenant: acme,
  url: 'https://shop.example/hooks',
  secrets: [{ sealed: 'sealed-secret', expiresAt: null }],
  attributes: { title: 'shop' },
});

const event = exampleEvent({
  id: 'evt-1',
  tenant: acme,
  type: 'invoice.paid',
  payload: Buffer.from('{"amount":"12.50","list":[1,null]}'),
});

export const delivery = exampleDelivery({
  id: 'dlv_1' as DeliveryId,
  tenant: acme,
  endpoint: endpoint.id,
  event: event.id,
  eventType: event.type,
  state: 'pending',
  dueAt: now,
  endedAt: null,
});

const attempt = exampleAttempt({
  id: 'att_1',
  delivery: delivery.id,
  startedAt: now,
  durationMs: 12,
  url: endpoint.url,
  outcome: 'unreachable',
  status: null,
  responseHeaders: {},
  responseBody: Buffer.from('caf\u00e9'),
  error: { code: 'timeout', message: 'no answer within 20 s' },
});

const credential: Credential = {
  id: 'crd_1' as CredentialId,
  tenant: acme,
  mode: 'live',
  kind: 'key-pair',
  lookup: 'public-key',
  sealedSecret: 'sealed-secret',
  createdAt: now,
};

const found = <T>(value: T, id: string, wanted: string, fault: () => Fault): T => {
  if (id !== wanted) throw fault();
  return value;
};

const noEvent = () => new Fault('event_not_found', 'no such event');
const noEndpoint = () => new Fault('endpoint_not_found', 'no such endpoint');
const noDelivery = () => new Fault('delivery_not_found', 'no such delivery');
const noReplay = () => new Fault('replay_not_found', 'no such replay');

/**
 * One of everything: tenant `acme`, endpoint `ep_1`, event `evt-1`, delivery `dlv_1`. `asked` holds the last input of each
 * command, `handlers` can be replaced one by one.
 */
export function createHttpFakes(replaced: Partial<HttpDeps> = {}, handled: Partial<CommandHandlers> = {}) {
  const published: { tenant: string; events: readonly PublishEvent[]; traceparent: string | null }[] = [];
  const asked: Partial<Record<CommandName, unknown>> = {};
  const sessions = new Map<string, ConsoleSession>();
  const handlers: CommandHandlers = {
    ...fakeHandlers,
    startConsoleSession: async (session) => {
      sessions.set(session.lookup, session);
      return null;
    },
    findConsoleSession: async ({ lookup }) => {
      const session = sessions.get(lookup);
      return session === undefined ? null : { session, key: null };
    },
    endConsoleSession: async ({ lookup }) => {
      sessions.delete(lookup);
      return null;
    },
    ...handled,
  };
  const run = async <C extends CommandName>(
    command: C,
    input: CommandInput<C>,
  ): Promise<CommandResult<C>> => {
    asked[command] = input;
    if (typeof input === 'object' && 'tenant' in input && input.tenant !== null) checkTenant(input.tenant);
    const handle: (input: CommandInput<C>) => Promise<CommandResult<C>> = handlers[command];
    return handle(input);
  };
  const deps: HttpDeps = {
    isShared: false,
    backend: {
      accessChanged: () => new Promise(() => {}),
      run,
      news: () => new Promise(() => {}),
      runAs: async (client, command, input) => {
        const caller = await handlers.authenticate(client);
        const { tenant: owner, mode } = caller;
        return run(command, { ...input, tenant: owner, mode });
      },
    },
    publisher: {
      publish: async (tenant, events, { traceparent }) => {
        checkTenant(tenant);
        published.push({ tenant, events, traceparent });
        return events.map(toPublished);
      },
    },
    catalogue: {
      set: (content) => run('setEventType', content),
      remove: (name) => run('removeEventType', { name }),
    },
    dialects: [],
    limits: { ...defaultLimits, authFailuresPerMinuteMax: 1_000_000 },
    connectionsMax: 1000,
    metrics: { connected: () => {}, shed: () => {}, authRefused: () => {} },
    clock: createFakeClock(now),
    log: pino({ level: 'silent' }),
    rootKeys: [adminKey],
    version: '1.2.3',
    self: {
      name: 'carillon 1.2.3 all 4711 here',
      startedAt: now,
      database: { kind: 'sqlite', name: 'sqlite:./data/carillon.db' },
      settings: [
        {
          name: 'PORT',
          value: '80',
          given: true,
          secret: false,
          default: '8480',
          meaning: 'port to listen on',
        },
      ],
    },
    pagesFolder: 'no such folder',
    readiness: async () => ({ troubles: [], isPaused: false }),
    isPublic: true,
    publicUrl: null,
    trustedProxies: ['127.0.0.0/8'],
    metricsText: async () => '# HELP up\nup 1\n',
    ...replaced,
  };
  return { deps, published, asked };
}

/** Ids that begin with `again` were published before. */
function toPublished({ id = 'evt_made', type, mode = 'live' }: PublishEvent): PublishedEvent {
  return {
    id,
    type,
    mode,
    deliveries: 3,
    filtered: 1,
    createdAt: now,
    isReplayed: id.startsWith('again'),
    unsent: null,
  };
}

function checkTenant(id: string): void {
  if (id !== 'acme') throw new Fault('tenant_not_found', `there is no tenant "${id}"`);
}

const findEndpoint = <T>(value: T, key: EndpointKey): T =>
  found(value, 'id' in key ? key.id : key.alias, 'ep_1', noEndpoint);
const open: OpenEndpoint = { endpoint, secrets: ['whsec_once', 'whsec_old'] };
const tenant: Tenant = {
  id: acme,
  name: 'Acme',
  dialect: 'standard',
  metadata: {},
  contact: null,
  createdAt: now,
};

const replay: Replay = {
  id: 'rpl_1',
  kind: 'replay',
  tenant: acme,
  mode: null,
  endpoint: null,
  states: ['held'],
  eventTypes: null,
  since: now,
  until: now,
  ratePerSecond: 5,
  includeDisabled: false,
  total: 7,
  done: 3,
  delivered: 2,
  failed: 1,
  state: 'running',
  createdAt: now,
};

const shown: ShownDelivery = {
  delivery,
  event,
  attempts: [attempt],
  behind: 'dlv_0' as DeliveryId,
  endpoint,
  attemptsMax: 10,
};

const foundAttempt: FoundAttempt = {
  ...attempt,
  tenant: acme,
  mode: 'live',
  endpoint: endpoint.id,
  event: event.id,
  eventType: event.type,
};

const key: AdminKey = {
  id: 'key_1' as KeyId,
  name: 'billing',
  lookup: 'hash-of-key',
  prefix: 'adm_5c1f0a9b',
  scopes: ['publish'],
  tenants: [acme],
  createdAt: now,
  expiresAt: null,
  lastUsedAt: now,
};
const { lookup: _, ...keyFacts } = key;
const explanation: Explanation = {
  endpoint: endpoint.id,
  url: endpoint.url,
  mode: 'live',
  delivery: null,
  reason: 'filtered',
  isRecorded: false,
  filterReasons: [{ path: 'a', message: 'is 1' }],
};

const eventType: CatalogueEntry = {
  name: 'invoice.paid',
  dialect: 'standard',
  groupName: 'Invoices',
  description: null,
  schema: { type: 'object' },
  examples: [{ amount: '12.50' }],
  deprecated: false,
  version: 3,
  createdAt: now,
  updatedAt: now,
};

const noEventType = () => new Fault('event_type_not_found', 'no such event type');
const feedPage: FeedPage = {
  tenant: null,
  items: [{ event, cursor: 'b', previous: 'a' }],
  cursor: 'c',
  isMore: false,
};

const pulled: Pulled = {
  tenant: acme,
  deliveries: [
    {
      delivery: delivery.id,
      lease: 1,
      leaseUntil: now,
      attempt: 1,
      trigger: 'schedule',
      event: event.id,
      eventType: event.type,
      orderingKey: null,
      headers: { 'webhook-id': event.id },
      body: Buffer.from('{}'),
    },
  ],
  held: [],
  nextDueAt: null,
  missed: { count: 1, since: now },
};

const portalSession: PortalFacts = {
  id: 'pts_1',
  tenant: acme,
  mode: 'live',
  permissions: ['read'],
  embedOrigins: ['https://app.example'],
  returnUrl: 'https://app.example/back',
  theme: { accent: '#0055cc' },
  createdAt: now,
  openedAt: null,
  expiresAt: now,
};

const check: EndpointCheck = {
  id: 'chk_1',
  tenant: acme,
  mode: 'live',
  endpoint: endpoint.id,
  eventType: 'carillon.test',
  payload: {},
  state: 'finished',
  items: [{ name: 'valid', result: 'passed', seen: 'It answered 200.', fix: null, durationMs: 1.5 }],
  createdAt: now,
  finishedAt: now,
};
const alertView: AlertView = {
  alert: {
    id: 'alr_1' as AlertId,
    name: 'operations',
    types: ['endpoint.failing'],
    tenants: null,
    via: { kind: 'email', to: ['ops@shop.example'] },
    windowMs: 900_000,
    enabled: true,
    snoozedUntil: null,
    createdAt: now,
    updatedAt: now,
  },
  endpoint: null,
  lastSentAt: now,
  lastError: null,
  lastErrorAt: null,
};
const noAlert = (): Fault => new Fault('alert_not_found', 'no such alert');

const fakeHandlers: CommandHandlers = {
  createTenant: async ({ id, name, dialect }) => {
    if (id === 'acme') throw new Fault('tenant_exists', 'there is one already');
    return { id: (id ?? 'ten_made') as TenantId, name, dialect, metadata: {}, contact: null, createdAt: now };
  },
  listTenants: async ({ limit }) => ({ items: [tenant], nextCursor: limit === 1 ? 'more' : null }),
  getTenant: async () => tenant,
  changeTenant: async ({ name }) => ({ ...tenant, name: name ?? tenant.name }),
  removeTenant: async () => null,
  createCredential: async ({ mode, kind = 'bearer' }) => {
    const issued =
      kind === 'bearer'
        ? ({ kind, token: 'tok_once' } as const)
        : ({ kind, key: 'public-key', secret: 'once' } as const);
    return { credential: { ...credential, mode, kind }, issued };
  },
  listCredentials: async () => page(credential, { ...credential, kind: 'bearer', lookup: 'hash-of-token' }),
  removeCredential: async ({ id }) =>
    found(null, id, 'crd_1', () => new Fault('credential_not_found', 'no such credential')),
  authenticate: async ({ proof }) => {
    if (proof.kind === 'bearer' && proof.token === 'good')
      return { tenant: acme, mode: 'live', credential: credential.id };
    throw new Fault('key_unknown', 'no such key');
  },
  createEndpoint: async () => ({ ...open, isNew: true }),
  listEndpoints: async () => ({ ...page(open), total: 1 }),
  findEndpoints: async () => page(endpoint),
  getEndpoint: async (key) => findEndpoint(open, key),
  changeEndpoint: async (input) => {
    const { enabled = true } = findEndpoint(input.patch, input);
    const disabledReason = enabled ? null : 'requested';
    const changed = { ...endpoint, enabled, disabledReason, disabledAt: enabled ? null : now } as const;
    return { endpoint: changed, secrets: [] };
  },
  removeEndpoint: async (key) => findEndpoint(endpoint, key),
  purgeEndpoint: async (key) => findEndpoint(4, key),
  rotateSecret: async (input) => findEndpoint(open, input),
  revealSecret: async (input) => findEndpoint(open, input),
  sendTest: async (key) =>
    findEndpoint(toPublished({ type: 'test', payload: {}, source: Buffer.from('{}') }), key),
  testFilter: async (input) =>
    findEndpoint({ matches: false, reasons: [{ path: 'a', message: 'is 1' }] }, input),
  testTransform: async (input) =>
    findEndpoint(
      {
        canceled: false,
        payload: { a: 1 },
        headers: { 'X-A': 'b' },
        url: 'https://receiver.example/',
        error: null,
        durationMs: 0.5,
      },
      input,
    ),
  setTenantSecret: async () => null,
  rotateTenantSecret: async () => 'whsec_tenant',
  revealTenantSecret: async () => null,
  getTenantSecret: async () => ({}),
  readFeed: async ({ tenant }) => ({ ...feedPage, tenant }),
  findFeed: async () => feedPage,
  getEvent: async ({ id }) => found({ event, deliveries: 2, filtered: 1 }, id, 'evt-1', noEvent),
  listEvents: async () => page({ event, deliveries: 2, filtered: 1 }),
  explainEvent: async ({ id }) =>
    found({ stored: { event, deliveries: 2, filtered: 1 }, ...page(explanation) }, id, 'evt-1', noEvent),
  setEventType: async (content) => ({ ...eventType, ...content }),
  removeEventType: async ({ name }) => found(null, name, 'invoice.paid', noEventType),
  getEventType: async ({ name }) => found(eventType, name, 'invoice.paid', noEventType),
  listEventTypes: async () => page(eventType),
  listTenantEventTypes: async () => page(eventType),
  readEventType: async () => null,
  readCatalogue: async () => null,
  listDeliveries: async () => page(delivery),
  listAttempts: async () => page({ attempt, delivery, event }),
  findDeliveries: async () => page(delivery),
  findAttempts: async () => page(foundAttempt),
  tailAttempts: async ({ after }) => ({
    items: after === null ? [foundAttempt] : [],
    position: 1,
    seen: [],
    isCut: false,
  }),
  listDeliveryAttempts: async ({ id }) => found(page(attempt), id, 'dlv_1', noDelivery),
  getDelivery: async ({ id }) => found(shown, id, 'dlv_1', noDelivery),
  getRequestBody: async ({ id }) => found(event.payload, id, 'dlv_1', noDelivery),
  redeliver: async ({ id }) => found(delivery, id, 'dlv_1', noDelivery),
  cancelDelivery: async ({ id }) =>
    found({ ...delivery, state: 'canceled', dueAt: null }, id, 'dlv_1', noDelivery),
  // A stream holds what it was given first, and gets nothing more.
  pullDeliveries: async (input) =>
    findEndpoint(input.held === undefined ? pulled : { ...pulled, deliveries: [] }, input),
  recordResults: async (input) =>
    findEndpoint([{ delivery: delivery.id, kind: 'recorded', state: 'pending', dueAt: now }], input),
  extendLeases: async (input) =>
    findEndpoint([{ delivery: delivery.id, isHeld: true, leaseUntil: now }], input),
  releaseLeases: async (input) =>
    findEndpoint([{ delivery: delivery.id, isHeld: false, leaseUntil: null }], input),
  createReplay: async (terms) => ({ ...replay, ...terms }),
  countReplay: async () => ({ total: 7, leftOut: 2 }),
  createBackfill: async ({ until, ...order }) => {
    findEndpoint(null, order);
    return { ...replay, kind: 'backfill', until: until ?? now };
  },
  countBackfill: async (key) => findEndpoint({ total: 7 }, key),
  listReplays: async () => page(replay),
  getReplay: async ({ id }) => found(replay, id, 'rpl_1', noReplay),
  stopReplay: async ({ id }) => found(null, id, 'rpl_1', noReplay),
  listAttention: async () =>
    page({ endpoint, troubles: ['failing', 'backlog'], waiting: 7, oldestDueAt: now }),
  countDeliveries: async (key) => findEndpoint({ pending: 1, held: 0, exhausted: 2, canceled: 3 }, key),
  checkEndpoint: async (key) => findEndpoint(check, key),
  listChecks: async (key) => findEndpoint(page(check), key),
  getCheck: async ({ check: id, ...key }) =>
    findEndpoint(
      found(check, id, check.id, () => new Fault('check_not_found', 'no such check')),
      key,
    ),
  resume: async () => true,
  createKey: async (given) => ({ key: { ...keyFacts, name: given.name }, secret: 'adm_once' }),
  listKeys: async () => page(keyFacts),
  removeKey: async ({ id }) => found(null, id, key.id, () => new Fault('key_not_found', 'no such key')),
  findKey: async () => null,
  noteKeyUse: async () => null,
  startConsoleSession: async () => null,
  findConsoleSession: async () => null,
  endConsoleSession: async () => null,
  createPortalSession: async () => ({ session: portalSession, secret: 'secret-once' }),
  listPortalSessions: async () => page(portalSession),
  openPortalSession: async () => ({ session: portalSession, token: 'pst_once' }),
  findPortalSession: async () => null,
  getPortalSession: async ({ id }) => (id === portalSession.id ? portalSession : null),
  removePortalSession: async ({ id }) =>
    found(null, id, portalSession.id, () => new Fault('session_not_found', 'no such session')),
  removePortalSessions: async () => 1,
  rotateEncryption: async () => ({ examined: 3, resealed: 2, remaining: 0, nextCursor: null }),
  createAlert: async () => ({ view: alertView, secret: null }),
  listAlerts: async () => page(alertView),
  getAlert: async ({ id }) => found(alertView, id, 'alr_1', noAlert),
  changeAlert: async ({ id }) => found(alertView, id, 'alr_1', noAlert),
  removeAlert: async ({ id }) => found(null, id, 'alr_1', noAlert),
  snoozeAlert: async ({ id, until }) =>
    found({ ...alertView, alert: { ...alertView.alert, snoozedUntil: until } }, id, 'alr_1', noAlert),
  testAlert: async ({ id }) => found({ error: 'it answered 500' }, id, 'alr_1', noAlert),
  listAudit: async () =>
    page({
      id: 'aud_1',
      at: now,
      actor: { kind: 'root', id: '01234567', name: 'configuration', isConsole: true },
      command: 'changeTenant',
      tenant: acme,
      mode: null,
      noun: 'tenant',
      target: acme,
      before: { name: 'Old' },
      after: { name: 'Acme' },
      address: '192.0.2.1',
      requestId: 'req-1',
    }),
  describeDatabase: async () => ({
    version: '3.50.4',
    schema: 26,
    sizeBytes: 4096,
    processes: [
      { name: 'carillon 1.2.3 all 4711 here', startedAt: now },
      { name: 'carillon 1.2.2 worker 1 there', startedAt: now },
      { name: null, startedAt: now },
    ],
  }),
  beginArchive: async () => null,
  noteArchived: async () => true,
  finishArchive: async () => true,
  readArchive: async () => ({ parts: [], next: null, place: 0 }),
  listArchiveTenants: async () => [],
  listArchivedFiles: async () => [],
  readStats: async () => [
    {
      start: now,
      endpoint: null,
      code: null,
      accepted: 1,
      refused: 2,
      unreachable: 3,
      p50Ms: 4,
      p95Ms: 5.5,
      p99Ms: null,
    },
  ],
};
