// Endpoints: registering, changing and removing destinations, whichever dialect or the admin API asks.
import { isDeepStrictEqual } from 'node:util';
import type {
  ChangeEndpoint,
  CommandHandlers,
  CreatedEndpoint,
  CreateEndpoint,
  EndpointPatch,
  EndpointRef,
  ListEndpoints,
  OpenEndpoint,
} from '#core/commands.ts';
import { type Endpoint, type EndpointId, goodHealth } from '#core/endpoint.ts';
import { isSelected } from '#core/event-types.ts';
import { Fault, fieldFault, unreachable } from '#core/fault.ts';
import { slotOf } from '#core/slot.ts';
import { given } from '#lib/given.ts';
import type { Dialect } from '#dialects/dialect.ts';
import type { ChangedEndpoint, EndpointChange, WaitingFilter } from '#store/store.ts';
import {
  checkEventTypes,
  checkHost,
  checkUrl,
  findEndpoint,
  keyOf,
  notFound,
  scopeOf,
} from './endpoint-checks.ts';
import type { CommandDeps, ReadDeps } from './deps.ts';
import { firstSecret } from './endpoint-secrets.ts';
import { replayMissed } from './replays.ts';
import { checkTransform } from './setting-transform.ts';
import { changeSettings, noSettings } from './settings.ts';
import { dialectOf } from './tenant-dialect.ts';

type EndpointCommands = Pick<
  CommandHandlers,
  'createEndpoint' | 'changeEndpoint' | 'removeEndpoint' | 'purgeEndpoint'
>;

export function createEndpointReads(
  deps: ReadDeps,
): Pick<CommandHandlers, 'listEndpoints' | 'findEndpoints' | 'getEndpoint'> {
  return {
    listEndpoints: (input) => list(deps, input),
    async findEndpoints({ filter, limit, cursor, ...scope }) {
      if (scope.tenant !== null) await dialectOf(deps, scope.tenant);
      return deps.store.endpoints.find(scope, filter, { limit, cursor });
    },
    async getEndpoint(input) {
      const endpoint = await findEndpoint(deps, input);
      return { endpoint, secrets: openIf(deps, endpoint, input.withSecrets) };
    },
  };
}

export function createEndpointCommands(deps: CommandDeps): EndpointCommands {
  const { store, clock, effects } = deps;
  return {
    async createEndpoint(input) {
      await checkPlace(deps, input);
      await checkTransform(deps, input.tenant, input.settings?.transform);
      return input.onTaken === 'replace' ? createOrReplace(deps, input) : create(deps, input);
    },
    changeEndpoint: (input) => change(deps, input),
    async removeEndpoint(input) {
      const removed = await store.endpoints.remove(scopeOf(input), keyOf(input), clock.now());
      if (removed === null) throw await notFound(deps, input);
      effects.invalidate([removed.id]);
      return removed;
    },
    async purgeEndpoint(input) {
      const { id } = await findEndpoint(deps, input);
      return cancel(deps, id, { isScheduledOnly: false });
    },
  };
}

/** Faults `field_invalid`, `url_refused`. */
async function checkPlace(deps: CommandDeps, { tenant, kind = 'push', url }: CreateEndpoint): Promise<void> {
  if (kind === 'pull') {
    if (url !== undefined) throw pullHasNoUrl();
  } else if (url === undefined) {
    throw fieldFault('url', 'is required, unless "kind" is "pull"', 'required');
  } else {
    await checkHost(url, await dialectOf(deps, tenant), deps);
  }
}

function pullHasNoUrl(): Fault {
  return fieldFault('url', 'must be absent: clients pull from an endpoint of kind "pull"', 'unknown');
}

async function create(deps: CommandDeps, input: CreateEndpoint): Promise<CreatedEndpoint> {
  const dialect = await dialectOf(deps, input.tenant);
  const eventTypes = checkEventTypes(input.eventTypes, dialect, deps.limits);
  const now = deps.clock.now();
  const id = deps.ids.next('ep', now, slotOf(input.tenant)) as EndpointId;
  const told = changeSettings(deps, dialect, { id, ...noSettings }, input.settings ?? {});
  const made = await firstSecret(deps, dialect, input.tenant, input.secret);
  const endpoint: Endpoint = {
    id,
    tenant: input.tenant,
    mode: input.mode,
    kind: input.kind ?? 'push',
    url: input.url ?? '',
    eventTypes,
    description: input.description ?? null,
    enabled: true,
    disabledReason: null,
    disabledAt: null,
    health: goodHealth,
    secrets: made === null ? [] : [deps.secrets.seal(id, made.secret)],
    alias: input.alias ?? dialect.endpointRules.defaultAlias?.(id) ?? null,
    attributes: { ...input.attributes, ...made?.attributes },
    metadata: input.metadata ?? {},
    ...told,
    createdAt: now,
    updatedAt: now,
    revision: 1,
  };
  const isUrlUnique = dialect.endpointRules.isUrlUnique && endpoint.kind === 'push';
  const endpointsMax = Math.min(deps.limits.endpointsMax, dialect.endpointRules.endpointsMax ?? Infinity);
  const outcome = await deps.store.endpoints.create(endpoint, { isUrlUnique, endpointsMax });
  switch (outcome) {
    case 'created':
      return {
        endpoint,
        secrets: made === null || !dialect.isSecretShared ? [] : [made.secret],
        isNew: true,
      };
    case 'url_taken':
      throw urlTaken();
    case 'alias_taken':
      // Another request created it in the meantime.
      if (input.onTaken === 'replace') return createOrReplace(deps, input);
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

/** Idempotent create: the endpoint that exists under the client's own id, if the request is the same. */
async function sameAgain(
  deps: CommandDeps,
  input: CreateEndpoint,
  eventTypes: readonly string[],
): Promise<CreatedEndpoint> {
  const endpoint = await findEndpoint(deps, {
    tenant: input.tenant,
    mode: input.mode,
    alias: input.alias ?? '',
  });
  const asked = Object.entries(input.attributes ?? {});
  const isSame =
    endpoint.url === (input.url ?? '') &&
    endpoint.description === (input.description ?? null) &&
    JSON.stringify(endpoint.eventTypes) === JSON.stringify(eventTypes) &&
    asked.every(([name, value]) => JSON.stringify(endpoint.attributes[name]) === JSON.stringify(value));
  if (!isSame) {
    throw new Fault(
      'endpoint_exists',
      'this id of yours names another endpoint already; use a new id, or change that one',
    );
  }
  return { endpoint, secrets: openIf(deps, endpoint, true), isNew: false };
}

/** Upsert: replaces the content of the endpoint with this alias in one transaction, or creates the endpoint. */
async function createOrReplace(deps: CommandDeps, input: CreateEndpoint): Promise<CreatedEndpoint> {
  const { tenant, mode, url, eventTypes, description = null, attributes = {}, metadata, settings } = input;
  const content = {
    eventTypes,
    description,
    attributes,
    ...given({ url, metadata, settings }),
  };
  const dialect = await dialectOf(deps, tenant);
  const ref: EndpointRef = { tenant, mode, alias: input.alias ?? '' };
  const now = deps.clock.now();
  const changed = await deps.store.endpoints.change(scopeOf(ref), keyOf(ref), (current) =>
    toChange(deps, dialect, current, content, now),
  );
  if (changed === null) return create(deps, input);
  return { ...(await answerChange(deps, ref, changed, true)), isNew: false };
}

async function list(deps: ReadDeps, input: ListEndpoints) {
  const { tenant, mode, limit, cursor, offset, enabled, eventType, url, knownAs } = input;
  const isWhole = input.isWhole ?? offset !== undefined;
  const page = await deps.store.endpoints.list(
    { tenant, mode },
    {
      limit,
      cursor: cursor ?? null,
      offset: offset ?? 0,
      ...given({ enabled, eventType, url, knownAs, isWhole }),
    },
  );
  const open = (endpoint: Endpoint): OpenEndpoint => ({
    endpoint,
    secrets: openIf(deps, endpoint, input.withSecrets),
  });
  return { items: page.items.map(open), nextCursor: page.nextCursor, total: page.total };
}

async function change(deps: CommandDeps, input: ChangeEndpoint): Promise<OpenEndpoint> {
  const dialect = await dialectOf(deps, input.tenant);
  if (input.patch.url !== undefined) await checkHost(input.patch.url, dialect, deps);
  await checkTransform(deps, input.tenant, input.patch.settings?.transform);
  const now = deps.clock.now();
  const changed = await deps.store.endpoints.change(scopeOf(input), keyOf(input), (current) => {
    const resolved = input.change === undefined ? {} : dialect.resolveChange?.(input.change, current);
    return toChange(deps, dialect, current, { ...input.patch, ...resolved }, now);
  });
  return answerChange(deps, input, changed, input.withSecrets);
}

/** The patch as the store takes it, checked by the rules of the server and the dialect. */
function toChange(
  deps: CommandDeps,
  dialect: Dialect,
  current: Endpoint,
  { eventTypes, enabled, attributes, settings, ...others }: EndpointPatch,
  now: number,
): EndpointChange {
  if (others.url !== undefined) {
    if (current.kind === 'pull') throw pullHasNoUrl();
    checkUrl(others.url, dialect, deps);
  }
  return {
    now,
    isUrlUnique: dialect.endpointRules.isUrlUnique,
    ...others,
    ...(eventTypes === undefined ? {} : { eventTypes: checkEventTypes(eventTypes, dialect, deps.limits) }),
    ...(attributes === undefined ? {} : { attributes: { ...current.attributes, ...attributes } }),
    ...(settings === undefined ? {} : changeSettings(deps, dialect, current, settings)),
    ...(enabled === undefined || isAsWished(current, enabled)
      ? {}
      : { enabled: { value: enabled, reason: 'requested' } }),
  };
}

async function answerChange(
  deps: CommandDeps,
  input: EndpointRef,
  changed: ChangedEndpoint | 'url_taken' | null,
  withSecrets: boolean | undefined,
): Promise<OpenEndpoint> {
  if (changed === null) throw await notFound(deps, input);
  if (changed === 'url_taken') throw urlTaken();
  const { before, after } = changed;
  deps.effects.invalidate([after.id]);
  await cancelDropped(deps, changed);
  if (after.enabled) deps.effects.notify([after.id]);
  if (after.enabled && !before.enabled) await replayMissed(deps, before);
  return { endpoint: after, secrets: openIf(deps, after, withSecrets) };
}

/** Cancels what waits and the endpoint does not receive any more, by its event types and its filter. */
async function cancelDropped(deps: CommandDeps, { before, after }: ChangedEndpoint): Promise<void> {
  const { id, eventTypes, settings } = after;
  const { filter } = settings;
  const isNarrower = !before.eventTypes.every((entry) => isSelected(eventTypes, entry));
  const isFilterNew = filter !== undefined && !isDeepStrictEqual(filter, before.settings.filter);
  if (!isNarrower && !isFilterNew) return;
  await cancel(deps, id, {
    exceptTypes: eventTypes,
    ...(isFilterNew ? { exceptMatching: filter } : {}),
    isScheduledOnly: true,
  });
}

/** Cancels what waits now. What is behind it under its ordering key is due. */
async function cancel(
  { store, clock, effects }: CommandDeps,
  id: EndpointId,
  filter: Omit<WaitingFilter, 'until'>,
): Promise<number> {
  const now = clock.now();
  const canceled = await store.deliveries.cancelWaiting(id, { ...filter, until: now }, now);
  effects.notify([id]);
  return canceled;
}

/** False for an endpoint that was disabled automatically and is now disabled on request: its reason changes. */
function isAsWished({ enabled, disabledReason }: Endpoint, wished: boolean): boolean {
  return enabled === wished && (wished || disabledReason === 'requested');
}

function openIf(deps: ReadDeps, endpoint: Endpoint, isWanted: boolean | undefined): readonly string[] {
  return isWanted === true ? deps.secrets.open(endpoint, deps.clock.now()) : [];
}

function urlTaken(): Fault {
  return new Fault('endpoint_exists', 'there is an endpoint with this URL already; change that one', {
    fields: [{ field: 'url', message: 'is registered already' }],
  });
}
