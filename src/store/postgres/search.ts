// Finding deliveries by what a client filters for: a few searches (waiting, ended, each mode), each in the order of an
// index, merged here. The newest are found without sorting all rows.
import type { WideScope } from '#core/tenant.ts';
import { deliveryColumns, type DeliveryRow } from '../records/delivery-rows.ts';
import { all, get, type Work } from '../records/work.ts';
import { canBe, endedSo, type Named, type NamedRange, scopesOf, type Search } from '../search.ts';
import { join, type Sql, sql } from '../sql.ts';
import { toStored } from './text.ts';

export function* findDeliveries(search: Search, order: 'asc' | 'desc', limit: number): Work<DeliveryRow[]> {
  let rows: DeliveryRow[] = [];
  for (const { from, id } of yield* planParts(search)) {
    const direction = order === 'asc' ? sql`asc` : sql`desc`;
    const found = yield* all<DeliveryRow>(sql`
      select ${deliveryColumns} ${from} order by ${id} ${direction} limit ${limit}`);
    rows.push(...found);
  }
  // A delivery that ends between the searches is found by both, and the later row counts.
  rows = [...new Map(rows.map((row) => [row.id, row])).values()];
  const direction = order === 'asc' ? 1 : -1;
  return rows.sort((a, b) => (a.id < b.id ? -direction : direction)).slice(0, limit);
}

export function* countDeliveries(search: Search, max: number): Work<number> {
  let count = 0;
  for (const { from } of yield* planParts(search)) {
    const row = yield* get<{ count: number }>(sql`
      select count(*) as count from (select 1 ${from} limit ${max}) as counted`);
    count += row?.count ?? 0;
  }
  return Math.min(count, max);
}

/** One search: `from` and `where`, and the id in whose order its index is. */
interface Part {
  readonly from: Sql;
  readonly id: Sql;
}

function* planParts(search: Search): Work<Part[]> {
  const parts: Part[] = [];
  for (const scope of scopesOf(search.scope)) {
    const within = { ...search, scope };
    const ranges = search.named === null ? [null] : yield* findRanges(scope, search.named);
    for (const range of ranges) {
      if (canBe(search, ['pending', 'held', 'canceled'])) parts.push(planWaiting(within, range));
      if (canBe(search, ['delivered', 'exhausted', 'canceled'])) parts.push(...planEnded(within, range));
    }
  }
  return parts;
}

function* findRanges({ tenant, mode }: WideScope, { event, number, delivery }: Named): Work<NamedRange[]> {
  const range = sql`select v.first_delivery as first, v.last_delivery as last`;
  const isOwn = sql`
    v.first_delivery is not null and (${tenant}::text is null or v.tenant = ${tenant})
    and (${mode}::text is null or v.mode = ${mode})`;
  const found = yield* all<NamedRange>(sql`
    ${range} from event_ids i join events v on v.seq = i.seq
    where i.id = ${event === null ? null : toStored(event)} and ${isOwn}
    union ${range} from events v where v.number = ${number} and ${isOwn}
    union ${range} from events v where v.seq = ${number} and v.number is null and ${isOwn}`);
  return delivery === null ? found : [...found, { first: delivery, last: delivery }];
}

/** What is read of a tenant and mode, or of all tenants. */
function planWaiting(search: Search, range: NamedRange | null): Part {
  const terms = listFilters(search, range);
  const { states } = search;
  if (states !== null) {
    terms.push(sql`d.state = any(${states})`);
    // Of all tenants, nearly all endpoints can have what is pending.
    if (search.scope.tenant !== null || !states.includes('pending')) {
      terms.push(sql`d.endpoint in (${endpointsByState(states, search.scope)})`);
    }
  }
  return { from: sql`from waiting_deliveries d where ${join(terms, sql` and `)}`, id: sql`d.id` };
}

/** What was not delivered has an index of its own. The range of ids says which partitions are read. */
function planEnded(search: Search, range: NamedRange | null): Part[] {
  const { scope, endpoint, states } = search;
  const terms = listFilters(search, range);
  if (states !== null) terms.push(sql`d.state = any(${states})`);
  const read = (all: readonly Sql[]): Part => {
    return { from: sql`from ended_deliveries d where ${join(all, sql` and `)}`, id: sql`d.id` };
  };
  const failed = read([...terms, sql`d.state <> 'delivered'`]);
  if (!canBe(search, ['delivered'])) return [failed];
  if (scope.tenant !== null || endpoint !== null) return [read(terms)];
  return [...(canBe(search, ['exhausted', 'canceled']) ? [failed] : []), planDelivered(search, range, terms)];
}

/**
 * What was delivered, of all tenants: newest first by the primary key of attempts, which begins with the delivery, so that
 * recording keeps no index for it. The inner limit keeps it one search for each attempt.
 */
function planDelivered({ lower, upper }: Search, range: NamedRange | null, terms: readonly Sql[]): Part {
  const [first, end] = range === null ? [lower, upper] : [range.first, `${range.last}0`];
  const from = sql`
    from attempts a join endpoints o on o.id = a.endpoint
    cross join lateral (
      select * from ended_deliveries d
      where d.tenant = o.tenant and d.mode = o.mode and d.id = a.delivery
        and d.state = 'delivered' and ${join(terms, sql` and `)} limit 1
    ) d
    where a.number = 1 and a.delivery >= ${first} and a.delivery < ${end}`;
  return { from, id: sql`a.delivery` };
}

/** The filters of both searches. */
function listFilters(
  { scope, endpoint, eventTypes, lower, upper, ending, isLiveOnly, isEnabledOnly }: Search,
  range: NamedRange | null,
): Sql[] {
  const terms = [sql`d.id >= ${lower} and d.id < ${upper}`];
  if (scope.tenant !== null) terms.push(sql`d.tenant = ${scope.tenant}`);
  if (scope.mode !== null) terms.push(sql`d.mode = ${scope.mode}`);
  if (endpoint !== null) terms.push(sql`d.endpoint = ${endpoint}`);
  if (range !== null) terms.push(sql`d.id >= ${range.first} and d.id <= ${range.last}`);
  if (eventTypes !== null) terms.push(sql`d.event_type = any(${eventTypes})`);
  if (isLiveOnly) terms.push(sql`d.endpoint_removed_at is null`);
  if (isEnabledOnly) terms.push(sql`d.is_endpoint_enabled`);
  return [...terms, ...endedSo(ending)];
}

/** The endpoints whose waiting deliveries can be in these states, so that those of others are not read. */
function endpointsByState(states: readonly string[], { tenant, mode }: WideScope): Sql {
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
  const owner = tenant === null ? sql`true` : sql`e.tenant = ${tenant} and e.mode = ${mode}`;
  return sql`select e.id from endpoints e where ${owner} and (${join(terms, sql` or `)})`;
}
