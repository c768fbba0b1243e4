// What can be done with endpoints, whichever dialect or the admin API asks.
import type {
  ChangeEndpoint,
  CommandHandlers,
  CreateEndpoint,
  EndpointKey,
  ListEndpoints,
  OpenEndpoint,
} from '#core/commands.ts';
import { type Endpoint, type EndpointId, goodHealth } from '#core/endpoint.ts';
import { Fault, unreachable } from '#core/fault.ts';
import type { Limits } from '#core/limits.ts';
import type { SecretBox } from '#core/secrets.ts';
import type { Scope, TenantId } from '#core/tenant.ts';
import type { Dialect } from '#dialects/dialect.ts';
import type { AddressRules } from '#sending/address.ts';
import type { Clock } from '#lib/clock.ts';
import type { IdSource } from '#lib/ids.ts';
import type { Random } from '#lib/random.ts';
import type { EndpointChange, Store } from '#store/store.ts';
import { checkEventTypes, checkUrl } from './endpoint-checks.ts';

type EndpointCommands = Pick<
  CommandHandlers,
  'createEndpoint' | 'listEndpoints' | 'getEndpoint' | 'changeEndpoint' | 'removeEndpoint' | 'rotateSecret'
>;

export interface EndpointsDeps {
  readonly store: Store;
  readonly dialects: ReadonlyMap<string, Dialect>;
  readonly rules: AddressRules;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly random: Random;
  readonly secrets: SecretBox;
  /** Called after each change, so that the engine sends what became due. */
  readonly onChanged: (after: Endpoint, before: Endpoint) => Promise<void>;
}

export function createEndpoints(deps: EndpointsDeps): EndpointCommands {
  const { clock } = deps;
  return {
    createEndpoint: (input) => create(deps, input),
    listEndpoints: (input) => list(deps, input),
    async getEndpoint(input) {
      const endpoint = await find(deps, input);
      return { endpoint, secrets: openIf(deps, endpoint, input.withSecrets) };
    },
    changeEndpoint: (input) => change(deps, input),
    async removeEndpoint(input) {
      const endpoint = await find(deps, input);
      const removed = await deps.store.endpoints.remove(scopeOf(input), endpoint.id, clock.now());
      if (removed === null) throw notFound(endpoint.id);
      await deps.onChanged(removed, endpoint);
      return removed;
    },
    rotateSecret: (input) => rotate(deps, input, input.overlapMs),
  };
}

async function create(deps: EndpointsDeps, input: CreateEndpoint): Promise<OpenEndpoint> {
  const dialect = await dialectOf(deps, input.tenant);
  checkUrl(input.url, dialect, deps.rules, deps.limits);
  const eventTypes = checkEventTypes(input.eventTypes, dialect, deps.limits);
  const made = dialect.secretOwner === 'endpoint' ? await dialect.createSecret(deps.random) : null;
  const now = deps.clock.now();
  const id = deps.ids.next('ep', now) as EndpointId;
  const endpoint: Endpoint = {
    id,
    tenant: input.tenant,
    mode: input.mode,
    url: input.url,
    eventTypes,
    description: input.description ?? null,
    enabled: true,
    disabledReason: null,
    disabledAt: null,
    health: goodHealth,
    secrets: made === null ? [] : [deps.secrets.seal(id, made.secret)],
    alias: input.alias ?? dialect.endpointRules.defaultAlias?.(id) ?? null,
    attributes: { ...input.attributes, ...made?.attributes },
    createdAt: now,
    updatedAt: now,
    revision: 1,
  };
  const { isUrlUnique } = dialect.endpointRules;
  const { endpointsMax } = deps.limits;
  const outcome = await deps.store.endpoints.create(endpoint, { isUrlUnique, endpointsMax });
  switch (outcome) {
    case 'created':
      return { endpoint, secrets: made === null || !dialect.isSecretShared ? [] : [made.secret] };
    case 'url_taken':
      throw urlTaken(input.url);
    case 'alias_taken':
      return sameAgain(deps, input, eventTypes);
    case 'limit_reached':
      throw new Fault(
        'endpoint_limit_reached',
        `a tenant has at most ${endpointsMax} endpoints per mode; remove one that is no longer used`,
      );
    default:
      return unreachable(outcome);
  }
}

/** The endpoint that a client has made before under its own id, if it asks for the same again. */
async function sameAgain(
  deps: EndpointsDeps,
  input: CreateEndpoint,
  eventTypes: readonly string[],
): Promise<OpenEndpoint> {
  const endpoint = await find(deps, { tenant: input.tenant, mode: input.mode, alias: input.alias ?? '' });
  const asked = Object.entries(input.attributes ?? {});
  const isSame =
    endpoint.url === input.url &&
    endpoint.description === (input.description ?? null) &&
    JSON.stringify(endpoint.eventTypes) === JSON.stringify(eventTypes) &&
    asked.every(([name, value]) => JSON.stringify(endpoint.attributes[name]) === JSON.stringify(value));
  if (!isSame) {
    throw new Fault(
      'endpoint_exists',
      'this id of yours names another endpoint already; use a new id, or change that one',
    );
  }
  return { endpoint, secrets: openIf(deps, endpoint, true) };
}

async function list(deps: EndpointsDeps, input: ListEndpoints) {
  const { tenant, mode, limit, cursor, offset, enabled, eventType } = input;
  const page = await deps.store.endpoints.list(
    { tenant, mode },
    {
      limit,
      cursor: cursor ?? null,
      offset: offset ?? 0,
      ...(enabled === undefined ? {} : { enabled }),
      ...(eventType === undefined ? {} : { eventType }),
    },
  );
  const open = (endpoint: Endpoint): OpenEndpoint => ({
    endpoint,
    secrets: openIf(deps, endpoint, input.withSecrets),
  });
  return { items: page.items.map(open), nextCursor: page.nextCursor, total: page.total };
}

async function change(deps: EndpointsDeps, input: ChangeEndpoint): Promise<OpenEndpoint> {
  const before = await find(deps, input);
  const patch = typeof input.patch === 'function' ? input.patch(before) : input.patch;
  const { url, eventTypes, description, enabled, attributes } = patch;
  const dialect = await dialectOf(deps, input.tenant);
  if (url !== undefined) checkUrl(url, dialect, deps.rules, deps.limits);
  const wanted: EndpointChange = {
    now: deps.clock.now(),
    isUrlUnique: dialect.endpointRules.isUrlUnique,
    ...(url === undefined ? {} : { url }),
    ...(eventTypes === undefined ? {} : { eventTypes: checkEventTypes(eventTypes, dialect, deps.limits) }),
    ...(description === undefined ? {} : { description }),
    ...(attributes === undefined ? {} : { attributes: { ...before.attributes, ...attributes } }),
    ...(enabled === undefined || isAsWished(before, enabled)
      ? {}
      : { enabled: { value: enabled, reason: 'requested' } }),
  };
  const endpoint = await deps.store.endpoints.change(scopeOf(input), before.id, wanted);
  if (endpoint === 'url_taken') throw urlTaken(url ?? before.url);
  if (endpoint === null) throw notFound(before.id);
  await deps.onChanged(endpoint, before);
  return { endpoint, secrets: openIf(deps, endpoint, input.withSecrets) };
}

/** What was disabled for failing is not yet disabled by request: asking for it puts that reason there. */
function isAsWished({ enabled, disabledReason }: Endpoint, wished: boolean): boolean {
  return enabled === wished && (wished || disabledReason === 'requested');
}

async function rotate(
  deps: EndpointsDeps,
  key: Scope & EndpointKey,
  overlapMs: number,
): Promise<OpenEndpoint> {
  const before = await find(deps, key);
  const dialect = await dialectOf(deps, key.tenant);
  if (dialect.secretOwner === 'tenant') {
    throw new Fault(
      'field_invalid',
      `endpoints of the dialect ${dialect.name} sign with the tenant's own secret`,
    );
  }
  const made = await dialect.createSecret(deps.random);
  const now = deps.clock.now();
  const rotated = await deps.store.endpoints.change(scopeOf(key), before.id, {
    now,
    isUrlUnique: false,
    secrets: deps.secrets.rotate(before, made.secret, now, overlapMs),
    ...(made.attributes === undefined ? {} : { attributes: { ...before.attributes, ...made.attributes } }),
  });
  if (rotated === null || rotated === 'url_taken') throw notFound(before.id);
  await deps.onChanged(rotated, before);
  return { endpoint: rotated, secrets: dialect.isSecretShared ? [made.secret] : [] };
}

/** The endpoint, or the fault for one that isn't there; a missing tenant is the better news. */
async function find(deps: EndpointsDeps, key: Scope & EndpointKey): Promise<Endpoint> {
  const scope = scopeOf(key);
  const found =
    'id' in key
      ? await deps.store.endpoints.get(scope, key.id)
      : await deps.store.endpoints.findByAlias(scope, key.alias);
  if (found !== null) return found;
  await dialectOf(deps, key.tenant);
  throw notFound('id' in key ? key.id : key.alias);
}

async function dialectOf(deps: EndpointsDeps, tenantId: TenantId): Promise<Dialect> {
  const tenant = await deps.store.tenants.get(tenantId);
  if (tenant === null) throw new Fault('tenant_not_found', `there is no tenant "${tenantId}"`);
  const dialect = deps.dialects.get(tenant.dialect);
  if (dialect === undefined)
    throw new Error(`tenant ${tenantId} speaks an unknown dialect: ${tenant.dialect}`);
  return dialect;
}

function openIf(deps: EndpointsDeps, endpoint: Endpoint, isWanted: boolean | undefined): readonly string[] {
  return isWanted === true ? deps.secrets.open(endpoint, deps.clock.now()) : [];
}

const scopeOf = ({ tenant, mode }: Scope): Scope => ({ tenant, mode });

function notFound(id: string): Fault {
  return new Fault('endpoint_not_found', `this tenant has no endpoint "${id}"`, { resourceId: id });
}

function urlTaken(url: string): Fault {
  return new Fault('endpoint_exists', `there is an endpoint with the URL ${url} already; change that one`, {
    fields: [{ field: 'url', message: 'is registered already' }],
  });
}
