// What the HTTP surface answers from, held in memory: enough of each room to see what it was asked.
import { pino } from 'pino';
import type { Attempt } from '#core/attempt.ts';
import type { CommandHandlers, EndpointKey, OpenEndpoint, Page, PublishEvent } from '#core/commands.ts';
import type { Delivery, DeliveryId } from '#core/delivery.ts';
import { type Endpoint, type EndpointId, goodHealth } from '#core/endpoint.ts';
import type { Event, PublishedEvent } from '#core/event.ts';
import { Fault } from '#core/fault.ts';
import { defaultLimits } from '#core/limits.ts';
import type { Credential, CredentialId, Tenant, TenantId } from '#core/tenant.ts';
import type { Replay, ReplayTerms } from '#core/replay.ts';
import type { HttpDeps } from '#http/deps.ts';
import { createFakeClock } from './fake-clock.ts';

export const adminKey = 'cak_test_0123456789abcdefghij';
export const now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const acme = 'acme' as TenantId;

function page<T>(...items: T[]): Page<T> {
  return { items, nextCursor: null };
}

const endpoint: Endpoint = {
  id: 'ep_1' as EndpointId,
  tenant: acme,
  mode: 'live',
  url: 'https://shop.example/hooks',
  eventTypes: ['*'],
  description: null,
  enabled: true,
  disabledReason: null,
  disabledAt: null,
  health: goodHealth,
  secrets: [{ sealed: 'sealed-secret', expiresAt: null }],
  alias: null,
  attributes: { title: 'shop' },
  metadata: {},
  createdAt: now,
  updatedAt: now,
  revision: 1,
};

const event: Event = {
  seq: 1,
  id: 'evt-1',
  tenant: acme,
  mode: 'live',
  type: 'invoice.paid',
  payload: Buffer.from('{"amount":"12.50","list":[1,null]}'),
  orderingKey: null,
  occurredAt: now,
  createdAt: now,
  traceparent: null,
  metadata: {},
};

const delivery: Delivery = {
  id: 'dlv_1' as DeliveryId,
  tenant: acme,
  mode: 'live',
  endpoint: endpoint.id,
  event: event.id,
  eventType: event.type,
  state: 'pending',
  attempts: 1,
  orderingKey: null,
  dueAt: now,
  createdAt: now,
  endedAt: null,
};

const attempt: Attempt = {
  id: 'att_1',
  delivery: delivery.id,
  number: 1,
  startedAt: now,
  durationMs: 12,
  url: endpoint.url,
  requestHeaders: { 'content-type': 'application/json' },
  outcome: 'unreachable',
  status: null,
  responseHeaders: {},
  responseBody: Buffer.from('caf\u00e9'),
  error: { code: 'timeout', message: 'no answer within 20 s' },
};

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

/** The rooms, each with one of everything: tenant `acme`, endpoint `ep_1`, event `evt-1`, delivery `dlv_1`. */
export function createHttpFakes(replaced: Partial<HttpDeps> = {}) {
  const published: { tenant: string; events: readonly PublishEvent[]; traceparent: string | null }[] = [];
  const asked: Record<string, unknown> = {};
  const remember = <T>(name: string, input: unknown, result: T): T => {
    asked[name] = input;
    return result;
  };
  const deps: HttpDeps = {
    commands: createCommands(remember),
    tenants: createTenants(),
    credentials: {
      issue: async (tenant, mode, kind = 'bearer') => {
        checkTenant(tenant);
        const issued =
          kind === 'bearer'
            ? ({ kind, token: 'tok_once' } as const)
            : ({ kind, key: 'public-key', secret: 'once' } as const);
        return { credential: { ...credential, mode, kind }, issued };
      },
      list: async (tenant) => {
        checkTenant(tenant);
        return page(credential, {
          ...credential,
          kind: 'bearer',
          lookup: 'hash-of-token',
          sealedSecret: null,
        });
      },
      remove: async (tenant, id) => {
        checkTenant(tenant);
        found(null, id, 'crd_1', () => new Fault('credential_not_found', 'no such credential'));
      },
      authenticate: async (_dialect, proof) => {
        if (proof.kind === 'bearer' && proof.token === 'good') return { tenant: acme, mode: 'live' };
        throw new Fault('key_unknown', 'no such key');
      },
    },
    publisher: {
      publish: async (tenant, events, { traceparent }) => {
        checkTenant(tenant);
        published.push({ tenant, events, traceparent });
        return events.map(toPublished);
      },
    },
    events: {
      getEvent: async (scope, id) => {
        return remember('getEvent', scope, found({ event, deliveries: 2 }, id, 'evt-1', noEvent));
      },
      listEvents: async (scope, request) =>
        remember('listEvents', { ...scope, ...request }, page({ event, deliveries: 2 })),
    },
    replays: createReplays(remember),
    stats: {
      read: async (query) =>
        remember('stats', query, [
          { start: now, accepted: 1, refused: 2, unreachable: 3, p50Ms: 4, p95Ms: 5.5, p99Ms: null },
        ]),
    },
    dialects: [],
    limits: defaultLimits,
    clock: createFakeClock(now),
    log: pino({ level: 'silent' }),
    adminKey,
    version: '1.2.3',
    readiness: async () => [],
    isPublic: true,
    metricsText: async () => '# HELP up\nup 1\n',
    ...replaced,
  };
  return { deps, published, asked };
}

/** Ids that begin with `again` were published before. */
function toPublished({ id = 'evt_made', type, mode = 'live' }: PublishEvent): PublishedEvent {
  return { id, type, mode, deliveries: 3, createdAt: now, isReplayed: id.startsWith('again') };
}

function checkTenant(id: string): void {
  if (id !== 'acme') throw new Fault('tenant_not_found', `there is no tenant "${id}"`);
}

function createTenants(): HttpDeps['tenants'] {
  const tenant: Tenant = { id: acme, name: 'Acme', dialect: 'standard', metadata: {}, createdAt: now };
  return {
    create: async ({ id, name, dialect }) => {
      if (id === 'acme') throw new Fault('tenant_exists', 'there is one already');
      return { id: (id ?? 'ten_made') as TenantId, name, dialect, metadata: {}, createdAt: now };
    },
    get: async (id) => {
      checkTenant(id);
      return tenant;
    },
    list: async ({ limit }) => ({ items: [tenant], nextCursor: limit === 1 ? 'more' : null }),
    rename: async (id, name) => {
      checkTenant(id);
      return { ...tenant, name };
    },
    remove: async (id) => checkTenant(id),
  };
}

type Remember = <T>(name: string, input: unknown, result: T) => T;

const findEndpoint = <T>(value: T, key: EndpointKey): T =>
  found(value, 'id' in key ? key.id : key.alias, 'ep_1', noEndpoint);

function createCommands(remember: Remember): CommandHandlers {
  const open: OpenEndpoint = { endpoint, secrets: ['whsec_once', 'whsec_old'] };
  return {
    createEndpoint: async (input) => remember('createEndpoint', input, open),
    listEndpoints: async (input) => remember('listEndpoints', input, { ...page(open), total: 1 }),
    getEndpoint: async (key) => findEndpoint(open, key),
    changeEndpoint: async (input) => {
      const patch = typeof input.patch === 'function' ? input.patch(endpoint) : input.patch;
      remember('changeEndpoint', input, findEndpoint(null, input));
      const { enabled = true } = patch;
      const disabledReason = enabled ? null : 'requested';
      const changed = { ...endpoint, enabled, disabledReason, disabledAt: enabled ? null : now } as const;
      return { endpoint: changed, secrets: [] };
    },
    removeEndpoint: async (key) => findEndpoint(endpoint, key),
    rotateSecret: async (input) => remember('rotateSecret', input, findEndpoint(open, input)),
    sendTest: async (key) => findEndpoint(toPublished({ type: 'test', payload: {} }), key),
    setTenantSecret: async () => null,
    getTenantSecret: async () => ({}),
    listDeliveries: async (input) => remember('listDeliveries', input, page(delivery)),
    listAttempts: async () => page({ attempt, delivery, event }),
    getDelivery: async ({ id }) => found({ delivery, event, attempts: [attempt] }, id, 'dlv_1', noDelivery),
    redeliver: async ({ id }) => found(delivery, id, 'dlv_1', noDelivery),
  };
}

function createReplays(remember: Remember): HttpDeps['replays'] {
  const replayOf = (input: ReplayTerms): Replay => ({
    ...input,
    id: 'rpl_1',
    total: 7,
    done: 3,
    state: 'running',
    createdAt: now,
  });
  const terms: ReplayTerms = {
    tenant: acme,
    mode: null,
    endpoint: null,
    states: ['held'],
    eventTypes: null,
    since: now,
    until: now,
    ratePerSecond: 5,
  };
  return {
    create: async (input) => {
      checkTenant(input.tenant);
      return remember('createReplay', input, replayOf(input));
    },
    count: async (input) => {
      checkTenant(input.tenant);
      return remember('countReplay', input, 7);
    },
    get: async (_tenant, id) => found(replayOf(terms), id, 'rpl_1', noReplay),
    stop: async (_tenant, id) => found(undefined, id, 'rpl_1', noReplay),
  };
}
