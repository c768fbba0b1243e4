// Finding deliveries by what a client filters for: a few searches (waiting, ended, each mode, each endpoint), each in the
// order of an index, merged here. The newest are found without sorting all rows.
import type { EndpointId } from '#core/endpoint.ts';
import { deliveryColumns, type DeliveryRow } from '../records/delivery-rows.ts';
import { all, get, type Work } from '../records/work.ts';
import { canBe, endedSo, type Named, type NamedRange, scopesOf, type Search } from '../search.ts';
import { join, type Sql, sql } from '../sql.ts';
import { listOwned } from './attempts.ts';
import type { Memory } from './memory.ts';

export function* findDeliveries(
  memory: Memory,
  search: Search,
  order: 'asc' | 'desc',
  limit: number,
): Work<DeliveryRow[]> {
  let rows: DeliveryRow[] = [];
  let { lower, upper } = search;
  for (const { from, where, id } of yield* planParts(memory, search)) {
    const found = yield* all<DeliveryRow>(sql`
      select ${deliveryColumns} from ${from} where ${where} and ${id} >= ${lower} and ${id} < ${upper}
      order by ${id} ${order === 'asc' ? sql`asc` : sql`desc`} limit ${limit}`);
    rows = merge(rows, found, order).slice(0, limit);
    // A full page bounds what the remaining searches look for.
    const last = rows.length === limit ? rows.at(-1) : undefined;
    if (last !== undefined && order === 'desc') lower = last.id;
    if (last !== undefined && order === 'asc') upper = last.id;
  }
  return rows;
}

export function* countDeliveries(memory: Memory, search: Search, max: number): Work<number> {
  let count = 0;
  for (const { from, where, id } of yield* planParts(memory, search)) {
    const row = yield* get<{ count: number }>(sql`
      select count(*) as count from (
        select 1 from ${from} where ${where} and ${id} >= ${search.lower} and ${id} < ${search.upper}
        limit ${max}
      )`);
    count += row?.count ?? 0;
  }
  return Math.min(count, max);
}

function merge(a: readonly DeliveryRow[], b: readonly DeliveryRow[], order: 'asc' | 'desc'): DeliveryRow[] {
  const direction = order === 'asc' ? 1 : -1;
  return [...a, ...b].sort((one, other) => (one.id < other.id ? -direction : direction));
}

/** Up to so many waiting rows are read and sorted, rather than scanning all that waits for the tenant. */
const sortedMax = 5000;

/** One search, without its range of ids. */
interface Part {
  readonly from: Sql;
  readonly where: Sql;
  /** The id as the index of the search has it; with a plus, when few rows are found and then sorted. */
  readonly id: Sql;
}

function* planParts(memory: Memory, search: Search): Work<Part[]> {
  const parts: Part[] = [];
  for (const scope of scopesOf(search.scope)) {
    const within = { ...search, scope };
    if (search.named !== null) parts.push(...(yield* planNamed(within, search.named)));
    else {
      parts.push(...(yield* planWaiting(within)));
      parts.push(...(yield* planEnded(memory, within)));
    }
  }
  return parts;
}

const waiting = sql`waiting_deliveries d`;
const ended = sql`ended_deliveries d`;

/** `lead` uses the index; the filters of the search are checked for the rows that it finds. */
function part(search: Search, from: Sql, lead: Sql, id = sql`d.id`): Part {
  return { from, where: join([lead, ...listFilters(search)], sql` and `), id };
}

/** The plus keeps the planner from using an index for a column (SQLite's unary plus). */
function listFilters({ scope, eventTypes, states, ending, isLiveOnly, isEnabledOnly }: Search): Sql[] {
  const terms: Sql[] = [];
  if (scope.tenant !== null) terms.push(sql`+d.tenant = ${scope.tenant}`);
  if (scope.mode !== null) terms.push(sql`+d.mode = ${scope.mode}`);
  if (eventTypes !== null) terms.push(sql`d.event_type in (select value from json_each(${eventTypes}))`);
  if (states !== null) terms.push(sql`d.state in (select value from json_each(${states}))`);
  if (isLiveOnly) terms.push(sql`d.endpoint_removed_at is null`);
  if (isEnabledOnly) terms.push(sql`d.is_endpoint_enabled = 1`);
  return [...terms, ...endedSo(ending)];
}

/** All of a tenant and mode, or of all tenants: in the order of the ids. */
function ofOwner({ scope: { tenant, mode } }: Search): Sql {
  return tenant === null ? sql`true` : sql`d.tenant = ${tenant} and d.mode = ${mode}`;
}

/** Narrows a search that another index leads to the one endpoint. */
function ofEndpoint({ endpoint }: Search, lead: Sql): Sql {
  return endpoint === null ? lead : sql`${lead} and +d.endpoint = ${endpoint}`;
}

function* planNamed(search: Search, { event, number, delivery }: Named): Work<Part[]> {
  const { tenant, mode } = search.scope;
  const found = yield* all<NamedRange>(sql`
    select first_delivery as first, last_delivery as last from events
    where (id = ${event} or number = ${number} or (seq = ${number} and number is null))
      and first_delivery is not null
      and tenant = coalesce(${tenant}, tenant) and mode = coalesce(${mode}, mode)`);
  const ranges = delivery === null ? found : [...found, { first: delivery, last: delivery }];
  return ranges.flatMap(({ first, last }) => {
    const lead = ofEndpoint(search, sql`d.id between ${first} and ${last}`);
    return [part(search, waiting, sql`${ofOwner(search)} and ${lead}`), part(search, ended, lead)];
  });
}

/** Newest first by tenant; or all of a few endpoints, when these are not most of what waits for it. */
function* planWaiting(search: Search): Work<Part[]> {
  if (!canBe(search, ['pending', 'held', 'canceled'])) return [];
  const endpoints = search.endpoint === null ? yield* listByState(search) : [search.endpoint];
  if (endpoints === null) return [part(search, waiting, ofOwner(search))];
  const counted = yield* get<{ n: number }>(sql`
    select count(*) as n from (
      select 1 from json_each(${endpoints}) as asked cross join deliveries_waiting w on w.endpoint = asked.value
      limit ${sortedMax + 1}
    )`);
  const isEndpoint = sql`d.endpoint in (select value from json_each(${endpoints}))`;
  if ((counted?.n ?? 0) <= sortedMax) return [part(search, waiting, isEndpoint, sql`+d.id`)];
  return [part(search, waiting, sql`${ofOwner(search)} and +${isEndpoint}`)];
}

/** The endpoints whose waiting deliveries can be in the one state that is asked for; null when any can. */
function* listByState({ scope: { tenant, mode }, states }: Search): Work<EndpointId[] | null> {
  const [state, ...others] = states ?? [];
  if (state === undefined || others.length > 0) return null;
  // Of all tenants, nearly all endpoints are enabled: their deliveries are read newest first instead.
  if (tenant === null) {
    if (state === 'pending') return null;
    const rows = yield* all<{ id: EndpointId }>(
      state === 'held'
        ? sql`select id from endpoints indexed by endpoints_disabled where not enabled and removed_at is null`
        : sql`select id from endpoints indexed by endpoints_removed where removed_at is not null`,
    );
    return rows.map((row) => row.id);
  }
  const rows = yield* all<{ id: EndpointId }>(sql`
    select id from endpoints e
    where tenant = ${tenant} and mode = ${mode} and case ${state}
      when 'canceled' then removed_at is not null
      when 'held' then removed_at is null and enabled = 0
      else removed_at is null and (enabled = 1 or exists (
        select 1 from deliveries_waiting indexed by deliveries_waiting_ordered
        where endpoint = e.id and is_ordered = 1
      ))
    end`);
  return rows.map((row) => row.id);
}

/**
 * What was not delivered has an index of its own. For everything else of a tenant: the rows that are not indexed yet as
 * they stand, and the others endpoint by endpoint.
 */
function* planEnded({ indexed }: Memory, search: Search): Work<Part[]> {
  const { tenant, mode } = search.scope;
  if (!canBe(search, ['delivered', 'exhausted', 'canceled'])) return [];
  if (!canBe(search, ['delivered'])) {
    if (tenant === null)
      return [part(search, failed, ofEndpoint(search, sql`f.state <> 'delivered'`), sql`f.id`)];
    const lead = ofEndpoint(search, sql`${ofOwner(search)} and d.state <> 'delivered'`);
    return [part(search, ended, lead)];
  }
  if (tenant === null && search.endpoint === null) return [part(search, ended, sql`true`)];
  const owned = tenant === null || mode === null ? null : yield* listOwned(tenant, [mode]);
  const endpoints =
    search.endpoint === null
      ? (owned ?? [])
      : (owned ?? [search.endpoint]).filter((id) => id === search.endpoint);
  const newest = ofEndpoint(search, sql`d.seq > ${indexed.deliveries}`);
  return [
    part(search, ended, newest, sql`+d.id`),
    ...endpoints.map((endpoint) => {
      return part(search, endedByEndpoint, sql`f.endpoint = ${endpoint}`, sql`f.id`);
    }),
  ];
}

const endedByEndpoint = sql`deliveries_by_endpoint f cross join ended_deliveries d on d.seq = f.seq`;
/** The planner would use the index of all ids. */
const failed = sql`
  deliveries_ended f indexed by deliveries_ended_failed cross join ended_deliveries d on d.seq = f.seq`;
