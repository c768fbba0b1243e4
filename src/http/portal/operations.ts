// What the portal changes of the operations of the admin API: nothing of another tenant or mode is reached or shown, and
// nothing of the platform's own data.
import type { PortalRouteName } from '#contract/portal-routes.ts';
import { settingsIn, tenantSettingsIn } from '#contract/settings.ts';
import type { Backend } from '#core/backend.ts';
import type { Origin } from '#core/audit.ts';
import { Fault, fieldFault } from '#core/fault.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { PortalFacts } from '#core/portal.ts';
import type { Page } from '#core/commands.ts';
import type { Replay } from '#core/replay.ts';

/** A request of an opened session, as its operation has read it. */
export interface PortalCall {
  readonly backend: Pick<Backend, 'run'>;
  readonly session: PortalFacts;
  readonly origin: Origin;
  /** In the tenant and mode of the session. */
  readonly input: unknown;
}

/** Endpoints whose stats one request reads; as in the contract. */
const endpointsMax = 50;

/** Checks what the tenant and the mode of an input do not bound. Returns the input that is carried out. */
export const checks: Partial<Record<PortalRouteName, (call: PortalCall) => Promise<unknown>>> = {
  explainEvent: explainOwn,
  listEventTypes: chooseCatalogue,
  getEventType: chooseCatalogue,
  getReplay: checkReplay,
  stopReplay: checkReplay,
  readStats: chooseEndpoints,
};

/** A replay belongs to a mode, or to both: those of the session's mode alone are its own. */
async function checkReplay({ backend, session, origin, input }: PortalCall): Promise<unknown> {
  const { id } = input as { readonly id: string };
  const { mode } = await backend.run('getReplay', { tenant: session.tenant, id }, origin);
  if (mode === session.mode) return input;
  throw new Fault('replay_not_found', `there is no replay "${id}"`);
}

/** Endpoints of the other mode are not named. */
async function explainOwn({ input }: PortalCall): Promise<unknown> {
  return { ...(input as object), isAnyMode: false };
}

/** That of the dialect of the tenant. */
async function chooseCatalogue({ backend, session, origin, input }: PortalCall): Promise<unknown> {
  const { dialect } = await backend.run('getTenant', { tenant: session.tenant }, origin);
  return { ...(input as object), dialect };
}

/** Stats are of endpoints, whatever their mode: of those that are named, or of all of this mode. */
async function chooseEndpoints({ backend, session, origin, input }: PortalCall): Promise<unknown> {
  const { tenant, mode } = session;
  const { endpoints } = input as { readonly endpoints: readonly EndpointId[] | null };
  for (const id of endpoints ?? []) await backend.run('getEndpoint', { tenant, mode, id }, origin);
  if (endpoints !== null) return input;
  const page = await backend.run('listEndpoints', { tenant, mode, limit: endpointsMax + 1 }, origin);
  if (page.items.length > endpointsMax) {
    throw fieldFault('endpoint', `name up to ${endpointsMax} endpoints: there are more`);
  }
  return { ...(input as object), endpoints: page.items.map(({ endpoint }) => endpoint.id) };
}

/** What of a result is the session's own to see. */
export function showOwn(name: PortalRouteName, { mode }: PortalFacts, result: unknown): unknown {
  if (name !== 'listReplays') return withoutMetadata(result);
  const page = result as Page<Replay>;
  return { ...page, items: page.items.filter((replay) => replay.mode === mode) };
}

/** Metadata is the platform's, not its customer's. */
function withoutMetadata(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMetadata);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const whole = value as Readonly<Record<string, unknown>>;
  const changed = holders.filter((name) => name in whole).map((name) => [name, withoutMetadata(whole[name])]);
  return { ...value, ...('metadata' in value ? { metadata: {} } : {}), ...Object.fromEntries(changed) };
}

/** What results have endpoints and events in. */
const holders = ['items', 'endpoint', 'event', 'stored'] as const;

/** What only the operator sets: its own data, and the proxy that guards its network. */
const operatorsOwn = [
  'metadata',
  ...Object.keys(settingsIn).filter((name) => !Object.hasOwn(tenantSettingsIn, name)),
];

export function refuseOperatorsOwn(body: unknown): void {
  if (typeof body !== 'object' || body === null) return;
  const found = operatorsOwn.find((name) => name in body);
  if (found !== undefined) throw fieldFault(found, 'is not known', 'unknown');
}
