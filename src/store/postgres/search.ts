// Finding deliveries by what a client filters for: a few searches (waiting, ended, each mode), each in the order of an
// index, merged here. The newest are found without sorting all rows.
import type { Mode } from '#core/tenant.ts';
import { modesOf } from '../cursor.ts';
import { deliveryColumns, type DeliveryRow } from '../records/delivery-rows.ts';
import { all, get, type Work } from '../records/work.ts';
import { canBe, type Search } from '../search.ts';
import { join, type Sql, sql } from '../sql.ts';
import { toStored } from './text.ts';

export function* findDeliveries(search: Search, order: 'asc' | 'desc', limit: number): Work<DeliveryRow[]> {
  let rows: DeliveryRow[] = [];
  for (const part of planParts(search)) {
    const direction = order === 'asc' ? sql`asc` : sql`desc`;
    const found = yield* all<DeliveryRow>(sql`
      select ${deliveryColumns} ${part} order by d.id ${direction} limit ${limit}`);
    rows.push(...found);
  }
  // A delivery that ends between the searches is found by both, and the later row counts.
  rows = [...new Map(rows.map((row) => [row.id, row])).values()];
  const direction = order === 'asc' ? 1 : -1;
  return rows.sort((a, b) => (a.id < b.id ? -direction : direction)).slice(0, limit);
}

export function* countDeliveries(search: Search): Work<number> {
  let count = 0;
  for (const part of planParts(search)) {
    count += (yield* get<{ count: number }>(sql`select count(*) as count ${part}`))?.count ?? 0;
  }
  return count;
}

function planParts(search: Search): Sql[] {
  return modesOf(search.scope).flatMap((mode) => [
    ...(canBe(search, ['pending', 'held', 'canceled']) ? [plan('waiting', search, mode)] : []),
    ...(canBe(search, ['delivered', 'exhausted', 'canceled']) ? [plan('ended', search, mode)] : []),
  ]);
}

/**
 * `from` and `where` of one search. The range of ids says which partitions are read; the deliveries of one event have
 * adjacent ids; what was not delivered has an index of its own.
 */
function plan(place: 'waiting' | 'ended', search: Search, mode: Mode): Sql {
  const { scope, endpoint, event, eventTypes, states, lower, upper, isLiveOnly, isEnabledOnly } = search;
  const owner = { tenant: scope.tenant, mode };
  const terms = [
    sql`d.tenant = ${owner.tenant} and d.mode = ${mode}`,
    sql`d.id >= ${lower} and d.id < ${upper}`,
  ];
  if (endpoint !== null) terms.push(sql`d.endpoint = ${endpoint}`);
  if (event !== null) terms.push(ofEvent(toStored(event), owner));
  if (eventTypes !== null) terms.push(sql`d.event_type = any(${eventTypes})`);
  if (isLiveOnly) terms.push(sql`d.endpoint_removed_at is null`);
  if (isEnabledOnly) terms.push(sql`d.is_endpoint_enabled`);
  if (states !== null) {
    terms.push(sql`d.state = any(${states})`);
    if (place === 'ended' && !states.includes('delivered')) terms.push(sql`d.state <> 'delivered'`);
    if (place === 'waiting') terms.push(sql`d.endpoint in (${endpointsByState(states, owner)})`);
  }
  const view = place === 'waiting' ? sql`waiting_deliveries` : sql`ended_deliveries`;
  return sql`from ${view} d where ${join(terms, sql` and `)}`;
}

interface Owner {
  readonly tenant: string;
  readonly mode: Mode;
}

/** An unknown event has no range, and nothing matches. */
function ofEvent(event: string, { tenant, mode }: Owner): Sql {
  const ids = sql`
    from event_ids i join events v on v.seq = i.seq
    where i.id = ${event} and i.tenant = ${tenant} and i.mode = ${mode}`;
  return sql`
    d.event = ${event} and d.id >= (select v.first_delivery ${ids}) and d.id <= (select v.last_delivery ${ids})`;
}

/** The endpoints whose waiting deliveries can be in these states, so that those of others are not read. */
function endpointsByState(states: readonly string[], { tenant, mode }: Owner): Sql {
  const terms = [
    states.includes('canceled') ? [sql`e.removed_at is not null`] : [],
    states.includes('held') ? [sql`(e.removed_at is null and not e.enabled)`] : [],
    states.includes('pending')
      ? [
          sql`(e.removed_at is null and (e.enabled or exists (
            select 1 from deliveries_waiting o where o.endpoint = e.id and o.is_ordered
          )))`,
        ]
      : [],
  ].flat();
  return sql`
    select e.id from endpoints e
    where e.tenant = ${tenant} and e.mode = ${mode} and (${join(terms, sql` or `)})`;
}
