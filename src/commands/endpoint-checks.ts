// Validates endpoints by the rules of the server and of the dialect.
import type { EndpointKey, EndpointRef } from '#core/commands.ts';
import type { Endpoint } from '#core/endpoint.ts';
import { everyType, isSelected, prefixOf } from '#core/event-types.ts';
import { Fault, fieldFault } from '#core/fault.ts';
import type { Limits } from '#core/limits.ts';
import type { Scope } from '#core/tenant.ts';
import type { Dialect } from '#dialects/dialect.ts';
import { judgeUrl } from '#sending/address.ts';
import type { CommandDeps, ReadDeps } from './deps.ts';
import { dialectOf } from './tenant-dialect.ts';

/** What a URL is checked with. */
type UrlRules = Pick<CommandDeps, 'rules' | 'limits'>;

/** Fault `url_refused`. */
export function checkUrl(url: string, dialect: Dialect, { rules, limits }: UrlRules): void {
  const urlLengthMax = Math.min(limits.urlLengthMax, dialect.endpointRules.urlLengthMax);
  refuse(judgeUrl(url, rules, { urlLengthMax }));
}

/** The same, and looks its host up: not to be called inside a transaction. Fault `url_refused`. */
export async function checkHost(
  url: string,
  dialect: Dialect,
  deps: UrlRules & Pick<CommandDeps, 'checkReach'>,
): Promise<void> {
  checkUrl(url, dialect, deps);
  refuse(await deps.checkReach(url));
}

function refuse(problem: string | null): void {
  if (problem === null) return;
  throw new Fault('url_refused', `url: ${problem}`, { fields: [{ field: 'url', message: problem }] });
}

/** The event types without repetitions, in the order given. Faults `event_type_unknown`, `field_invalid`. */
export function checkEventTypes(
  types: readonly string[],
  dialect: Dialect,
  limits: Limits,
): readonly string[] {
  const unique = [...new Set(types)];
  if (unique.length > limits.eventTypesMax) {
    throw fieldFault('eventTypes', `must be at most ${limits.eventTypesMax}; use "*" for all`);
  }
  const fields = unique.flatMap((type, index) => {
    const problem = checkEntry(type, dialect);
    return problem === null ? [] : [{ field: `eventTypes[${index}]`, message: problem }];
  });
  if (fields.length > 0) {
    const detail = fields.map(({ field, message }) => `${field}: ${message}`).join('; ');
    throw new Fault('event_type_unknown', detail, { fields });
  }
  return unique;
}

function checkEntry(entry: string, { events, docs }: Dialect): string | null {
  if (entry === everyType) return null;
  const prefix = prefixOf(entry);
  if (prefix === null) return events.checkType(entry);
  const { types } = docs.deliveries;
  if (types === undefined) return events.checkType(prefix);
  const isKnown = types.some((type) => isSelected([entry], type));
  return isKnown ? null : `No event type begins with "${prefix}."; there are ${types.join(', ')}.`;
}

/** Fault `endpoint_not_found`. */
export async function findEndpoint(deps: ReadDeps, input: EndpointRef): Promise<Endpoint> {
  const found = await deps.store.endpoints.get(scopeOf(input), keyOf(input));
  if (found === null) throw await notFound(deps, input);
  return found;
}

export const scopeOf = ({ tenant, mode, kind }: Scope): Scope =>
  kind === undefined ? { tenant, mode } : { tenant, mode, kind };

export function keyOf(input: EndpointKey): EndpointKey {
  return 'id' in input ? { id: input.id } : { alias: input.alias };
}

/** The fault for an endpoint that does not exist, or for its tenant where that does not exist either. */
export async function notFound(deps: ReadDeps, input: EndpointRef): Promise<Fault> {
  await dialectOf(deps, input.tenant);
  return endpointNotFound(input);
}

export function endpointNotFound(key: EndpointKey): Fault {
  const id = 'id' in key ? key.id : key.alias;
  return new Fault('endpoint_not_found', `this tenant has no endpoint "${id}"`, { resourceId: id });
}
