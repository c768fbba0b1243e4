// Finding deliveries by what a client filters for: a few searches (waiting, ended, each mode, each endpoint), each in the
// order of an index, merged here. The newest are found without sorting all rows.
import type { EndpointId } from '#core/endpoint.ts';
import type { Mode } from '#core/tenant.ts';
import { modesOf } from '../cursor.ts';
import { deliveryColumns, type DeliveryRow } from '../records/delivery-rows.ts';
import { all, get, type Work } from '../records/work.ts';
import { canBe, type Search } from '../search.ts';
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

export function* countDeliveries(memory: Memory, search: Search): Work<number> {
  let count = 0;
  for (const { from, where, id } of yield* planParts(memory, search)) {
    const row = yield* get<{ count: number }>(sql`
      select count(*) as count from ${from}
      where ${where} and ${id} >= ${search.lower} and ${id} < ${search.upper}`);
    count += row?.count ?? 0;
  }
  return count;
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
  for (const mode of modesOf(search.scope)) {
    if (search.event !== null) parts.push(...(yield* planEvent(search, mode, search.event)));
    else {
      parts.push(...(yield* planWaiting(search, mode)));
      parts.push(...(yield* planEnded(memory, search, mode)));
    }
  }
  return parts;
}

const waiting = sql`waiting_deliveries d`;
const ended = sql`ended_deliveries d`;

/** `lead` uses the index; the filters of the search are checked for the rows that it finds. */
function part(search: Search, mode: Mode, from: Sql, lead: Sql, id = sql`d.id`): Part {
  return { from, where: join([lead, ...listFilters(search, mode)], sql` and `), id };
}

/** The plus keeps the planner from using an index for a column (SQLite's unary plus). */
function listFilters(
  { scope, event, eventTypes, states, isLiveOnly, isEnabledOnly }: Search,
  mode: Mode,
): Sql[] {
  const terms = [sql`+d.tenant = ${scope.tenant}`, sql`+d.mode = ${mode}`];
  if (event !== null) terms.push(sql`d.event = ${event}`);
  if (eventTypes !== null) terms.push(sql`d.event_type in (select value from json_each(${eventTypes}))`);
  if (states !== null) terms.push(sql`d.state in (select value from json_each(${states}))`);
  if (isLiveOnly) terms.push(sql`d.endpoint_removed_at is null`);
  if (isEnabledOnly) terms.push(sql`d.is_endpoint_enabled = 1`);
  return terms;
}

function ofOwner({ scope }: Search, mode: Mode): Sql {
  return sql`d.tenant = ${scope.tenant} and d.mode = ${mode}`;
}

/** Narrows a search that another index leads to the one endpoint. */
function ofEndpoint({ endpoint }: Search, lead: Sql): Sql {
  return endpoint === null ? lead : sql`${lead} and +d.endpoint = ${endpoint}`;
}

/** The deliveries of one event have adjacent ids. */
function* planEvent(search: Search, mode: Mode, event: string): Work<Part[]> {
  const range = yield* get<EventRange>(sql`
    select first_delivery, last_delivery from events
    where id = ${event} and tenant = ${search.scope.tenant} and mode = ${mode}`);
  if (range === undefined || range.first_delivery === null || range.last_delivery === null) return [];
  const lead = ofEndpoint(search, sql`d.id between ${range.first_delivery} and ${range.last_delivery}`);
  return [
    part(search, mode, waiting, sql`${ofOwner(search, mode)} and ${lead}`),
    part(search, mode, ended, lead),
  ];
}

interface EventRange {
  readonly first_delivery: string | null;
  readonly last_delivery: string | null;
}

/** Newest first by tenant; or all of a few endpoints, when these are not most of what waits for it. */
function* planWaiting(search: Search, mode: Mode): Work<Part[]> {
  if (!canBe(search, ['pending', 'held', 'canceled'])) return [];
  const endpoints = search.endpoint === null ? yield* listByState(search, mode) : [search.endpoint];
  if (endpoints === null) return [part(search, mode, waiting, ofOwner(search, mode))];
  const counted = yield* get<{ n: number }>(sql`
    select count(*) as n from (
      select 1 from json_each(${endpoints}) as asked cross join deliveries_waiting w on w.endpoint = asked.value
      limit ${sortedMax + 1}
    )`);
  const isEndpoint = sql`d.endpoint in (select value from json_each(${endpoints}))`;
  if ((counted?.n ?? 0) <= sortedMax) return [part(search, mode, waiting, isEndpoint, sql`+d.id`)];
  return [part(search, mode, waiting, sql`${ofOwner(search, mode)} and +${isEndpoint}`)];
}

/** The endpoints whose waiting deliveries can be in the one state that is asked for; null when any can. */
function* listByState({ scope, states }: Search, mode: Mode): Work<EndpointId[] | null> {
  if (states?.length !== 1) return null;
  const rows = yield* all<{ id: EndpointId }>(sql`
    select id from endpoints e
    where tenant = ${scope.tenant} and mode = ${mode} and case ${states[0] ?? ''}
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
 * What was not delivered has an index by tenant. For everything else: the rows that are not indexed yet as they stand,
 * and the others endpoint by endpoint.
 */
function* planEnded({ indexed }: Memory, search: Search, mode: Mode): Work<Part[]> {
  if (!canBe(search, ['delivered', 'exhausted', 'canceled'])) return [];
  if (!canBe(search, ['delivered'])) {
    const lead = ofEndpoint(search, sql`${ofOwner(search, mode)} and d.state <> 'delivered'`);
    return [part(search, mode, ended, lead)];
  }
  const owned = yield* listOwned(search.scope.tenant, [mode]);
  const endpoints = search.endpoint === null ? owned : owned.filter((id) => id === search.endpoint);
  const newest = ofEndpoint(search, sql`d.seq > ${indexed.deliveries}`);
  return [
    part(search, mode, ended, newest, sql`+d.id`),
    ...endpoints.map((endpoint) => {
      return part(search, mode, endedByEndpoint, sql`f.endpoint = ${endpoint}`, sql`f.id`);
    }),
  ];
}

const endedByEndpoint = sql`deliveries_by_endpoint f cross join ended_deliveries d on d.seq = f.seq`;
