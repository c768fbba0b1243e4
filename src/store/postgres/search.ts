// Finding deliveries by what people ask for: a few searches (waiting, ended, each mode), each in the order of
// an index, merged here. What is newest is found without sorting what is there.
import type { DeliveryFilter } from '#core/commands.ts';
import type { DeliveryState } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Mode, Scope } from '#core/tenant.ts';
import { firstIdAt } from '#lib/ids.ts';
import { modesOf } from '../cursor.ts';
import { type Queries, sql, type Value } from './database.ts';
import type { DeliveryRow } from './delivery-rows.ts';
import { toStored } from './text.ts';

export interface Search {
  readonly scope: Scope;
  readonly endpoint: EndpointId | null;
  readonly event: string | null;
  readonly eventTypes: readonly string[] | null;
  readonly states: readonly DeliveryState[] | null;
  /** Ids from `lower` on, and before `upper`. */
  readonly lower: string;
  readonly upper: string;
  /** Leaves out what belongs to removed endpoints. */
  readonly isLiveOnly: boolean;
}

/** The ids made at or after `since` and before `until`. */
export function idRange(
  since: number | undefined,
  until: number | undefined,
): Pick<Search, 'lower' | 'upper'> {
  return {
    lower: since === undefined ? '' : firstId(since),
    upper: until === undefined ? '~' : firstId(until),
  };
}

/** The smallest text after an id: makes an excluded bound of an included one, and the other way round. */
export function justAfter(id: string): string {
  return `${id}0`;
}

export function searchFor(scope: Scope, filter: DeliveryFilter): Search {
  return {
    scope,
    endpoint: filter.endpoint ?? null,
    event: filter.event ?? null,
    eventTypes: filter.eventType === undefined ? null : [filter.eventType],
    states: filter.state === undefined ? null : [filter.state],
    ...idRange(filter.since, filter.until),
    isLiveOnly: false,
  };
}

export async function findDeliveries(
  queries: Queries,
  search: Search,
  order: 'asc' | 'desc',
  limit: number,
): Promise<DeliveryRow[]> {
  let rows: DeliveryRow[] = [];
  for (const { text, values } of planParts(search)) {
    const page = sql`select d.* ${text} order by d.id ${order} limit $${String(values.length + 1)}`;
    rows.push(...(await queries.all<DeliveryRow>(page, [...values, limit])));
  }
  // Between the searches a delivery may end: then it is in both answers, and the later one counts.
  rows = [...new Map(rows.map((row) => [row.id, row])).values()];
  const direction = order === 'asc' ? 1 : -1;
  return rows.sort((a, b) => (a.id < b.id ? -direction : direction)).slice(0, limit);
}

export async function countDeliveries(queries: Queries, search: Search): Promise<number> {
  let count = 0;
  for (const { text, values } of planParts(search)) {
    count +=
      (await queries.get<{ count: number }>(sql`select count(*) as count ${text}`, values))?.count ?? 0;
  }
  return count;
}

/** Ids hold 48 bits of time. */
const timeMax = 2 ** 48 - 1;

function firstId(ms: number): string {
  return firstIdAt('dlv', Math.min(Math.ceil(ms), timeMax));
}

/** One search: from and where, with its values. */
interface Part {
  readonly text: string;
  readonly values: readonly Value[];
}

function planParts(search: Search): Part[] {
  return modesOf(search.scope).flatMap((mode) => [
    ...(canBe(search, ['pending', 'held', 'canceled']) ? [plan('waiting', search, mode)] : []),
    ...(canBe(search, ['delivered', 'exhausted', 'canceled']) ? [plan('ended', search, mode)] : []),
  ]);
}

/**
 * The terms of a search. The range of ids says which slices are looked at; the deliveries of one event have ids
 * side by side; what was not delivered has an index of its own.
 */
function plan(place: 'waiting' | 'ended', search: Search, mode: Mode): Part {
  const { scope, endpoint, event, eventTypes, states, lower, upper, isLiveOnly } = search;
  const values: Value[] = [];
  const give = (value: Value): string => `$${values.push(value)}`;
  const terms = [
    `d.tenant = ${give(scope.tenant)} and d.mode = ${give(mode)}`,
    `d.id >= ${give(lower)} and d.id < ${give(upper)}`,
  ];
  if (endpoint !== null) terms.push(`d.endpoint = ${give(endpoint)}`);
  if (event !== null) terms.push(ofEvent(give(toStored(event))));
  if (eventTypes !== null) terms.push(`d.event_type = any(${give(eventTypes)})`);
  if (isLiveOnly) terms.push('d.endpoint_removed_at is null');
  if (states !== null) {
    terms.push(`d.state = any(${give(states)})`);
    if (place === 'ended' && !states.includes('delivered')) terms.push(`d.state <> 'delivered'`);
    if (place === 'waiting') terms.push(`d.endpoint in (${ofState(give(states))})`);
  }
  return { text: sql`from ${place}_deliveries d where ${terms.join(' and ')}`, values };
}

function canBe({ states }: Search, asked: readonly DeliveryState[]): boolean {
  return states === null || states.some((state) => asked.includes(state));
}

/** `$1` and `$2` are tenant and mode. An event that is not there has no range, and nothing matches. */
const ofEvent = (event: string): string => sql`
  d.event = ${event}
  and d.id >= (select v.first_delivery from event_ids i join events v on v.seq = i.seq
    where i.id = ${event} and i.tenant = $1 and i.mode = $2)
  and d.id <= (select v.last_delivery from event_ids i join events v on v.seq = i.seq
    where i.id = ${event} and i.tenant = $1 and i.mode = $2)`;

/** The endpoints whose waiting deliveries can be in these states, so that the others' are not walked. */
const ofState = (states: string): string => sql`
  select e.id from endpoints e where e.tenant = $1 and e.mode = $2 and (
    ('canceled' = any(${states}) and e.removed_at is not null)
    or ('held' = any(${states}) and e.removed_at is null and not e.enabled)
    or ('pending' = any(${states}) and e.removed_at is null and (e.enabled or exists (
      select 1 from deliveries_waiting o where o.endpoint = e.id and o.is_ordered
    )))
  )`;
