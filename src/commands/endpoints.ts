// What can be done with endpoints, whichever dialect or the admin API asks.
import type {
  ChangeEndpoint,
  CommandHandlers,
  CreateEndpoint,
  EndpointKey,
  EndpointPatch,
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
import type { ChangedEndpoint, EndpointChange, Store } from '#store/store.ts';
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
      const removed = await deps.store.endpoints.remove(scopeOf(input), keyOf(input), clock.now());
      if (removed === null) throw await notFound(deps, input);
      await deps.onChanged(removed, removed);
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
    metadata: {},
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
      throw urlTaken();
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
  const dialect = await dialectOf(deps, input.tenant);
  const now = deps.clock.now();
  const changed = await deps.store.endpoints.change(scopeOf(input), keyOf(input), (current) => {
    const patch = typeof input.patch === 'function' ? input.patch(current) : input.patch;
    return toChange(deps, dialect, current, patch, now);
  });
  return answerChange(deps, input, changed, input.withSecrets);
}

/** The patch as the store takes it, checked by the rules of the server and the dialect. */
function toChange(
  deps: EndpointsDeps,
  dialect: Dialect,
  current: Endpoint,
  { url, eventTypes, description, enabled, attributes }: EndpointPatch,
  now: number,
): EndpointChange {
  if (url !== undefined) checkUrl(url, dialect, deps.rules, deps.limits);
  return {
    now,
    isUrlUnique: dialect.endpointRules.isUrlUnique,
    ...(url === undefined ? {} : { url }),
    ...(eventTypes === undefined ? {} : { eventTypes: checkEventTypes(eventTypes, dialect, deps.limits) }),
    ...(description === undefined ? {} : { description }),
    ...(attributes === undefined ? {} : { attributes: { ...current.attributes, ...attributes } }),
    ...(enabled === undefined || isAsWished(current, enabled)
      ? {}
      : { enabled: { value: enabled, reason: 'requested' } }),
  };
}

async function answerChange(
  deps: EndpointsDeps,
  input: Scope & EndpointKey,
  changed: ChangedEndpoint | 'url_taken' | null,
  withSecrets: boolean | undefined,
): Promise<OpenEndpoint> {
  if (changed === null) throw await notFound(deps, input);
  if (changed === 'url_taken') throw urlTaken();
  await deps.onChanged(changed.after, changed.before);
  return { endpoint: changed.after, secrets: openIf(deps, changed.after, withSecrets) };
}

/** What was disabled for failing is not yet disabled by request: asking for it puts that reason there. */
function isAsWished({ enabled, disabledReason }: Endpoint, wished: boolean): boolean {
  return enabled === wished && (wished || disabledReason === 'requested');
}

async function rotate(
  deps: EndpointsDeps,
  input: Scope & EndpointKey,
  overlapMs: number,
): Promise<OpenEndpoint> {
  const dialect = await dialectOf(deps, input.tenant);
  if (dialect.secretOwner === 'tenant') {
    throw new Fault(
      'field_invalid',
      `endpoints of the dialect ${dialect.name} sign with the tenant's own secret`,
    );
  }
  // Made before the transaction: a key pair takes up to seconds.
  const made = await dialect.createSecret(deps.random);
  const now = deps.clock.now();
  const changed = await deps.store.endpoints.change(scopeOf(input), keyOf(input), (current) => ({
    now,
    isUrlUnique: false,
    secrets: deps.secrets.rotate(current, made.secret, now, overlapMs),
    ...(made.attributes === undefined ? {} : { attributes: { ...current.attributes, ...made.attributes } }),
  }));
  const { endpoint } = await answerChange(deps, input, changed, false);
  return { endpoint, secrets: dialect.isSecretShared ? [made.secret] : [] };
}

/** The endpoint, or the fault for one that isn't there. */
async function find(deps: EndpointsDeps, input: Scope & EndpointKey): Promise<Endpoint> {
  const found = await deps.store.endpoints.get(scopeOf(input), keyOf(input));
  if (found === null) throw await notFound(deps, input);
  return found;
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

function keyOf(input: EndpointKey): EndpointKey {
  return 'id' in input ? { id: input.id } : { alias: input.alias };
}

/** The fault for an endpoint that isn't there; where its tenant isn't either, that is the better news. */
async function notFound(deps: EndpointsDeps, input: Scope & EndpointKey): Promise<Fault> {
  await dialectOf(deps, input.tenant);
  const id = 'id' in input ? input.id : input.alias;
  return new Fault('endpoint_not_found', `this tenant has no endpoint "${id}"`, { resourceId: id });
}

function urlTaken(): Fault {
  return new Fault('endpoint_exists', 'there is an endpoint with this URL already; change that one', {
    fields: [{ field: 'url', message: 'is registered already' }],
  });
}
