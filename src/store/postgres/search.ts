// Finding deliveries by what people ask for: a few searches (waiting, ended, each mode), each in the order of
// an index, merged here. What is newest is found without sorting what is there.
import type { Mode } from '#core/tenant.ts';
import { modesOf } from '../cursor.ts';
import { canBe, type Search } from '../search.ts';
import { type Queries, sql, type Value } from './database.ts';
import type { DeliveryRow } from './delivery-rows.ts';
import { toStored } from './text.ts';

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
