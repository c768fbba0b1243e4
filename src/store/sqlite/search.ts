// Finding deliveries by what people ask for: a few searches (waiting, ended, each mode, each endpoint), each
// in the order of an index, merged here. What is newest is found without sorting what is there.
import type { EndpointId } from '#core/endpoint.ts';
import type { Mode } from '#core/tenant.ts';
import { modesOf } from '../cursor.ts';
import { canBe, type Search } from '../search.ts';
import { type Database, sql } from './database.ts';
import type { DeliveryRow } from './delivery-rows.ts';
import { listOwned } from './endpoint-rows.ts';
import type { Context } from './memory.ts';

export function findDeliveries(
  context: Context,
  search: Search,
  order: 'asc' | 'desc',
  limit: number,
): DeliveryRow[] {
  let rows: DeliveryRow[] = [];
  let { lower, upper } = search;
  for (const { from, where, values, id } of planParts(context, search)) {
    const text = sql`select d.* from ${from} where ${where} order by ${id} ${order} limit ?`;
    const found = context.db.all<DeliveryRow>(text, ...values, lower, upper, limit);
    rows = merge(rows, found, order).slice(0, limit);
    // A full page is a bound for what is still to be searched.
    const last = rows.length === limit ? rows.at(-1) : undefined;
    if (last !== undefined && order === 'desc') lower = last.id;
    if (last !== undefined && order === 'asc') upper = last.id;
  }
  return rows;
}

export function countDeliveries(context: Context, search: Search): number {
  let count = 0;
  for (const { from, where, values } of planParts(context, search)) {
    const text = sql`select count(*) as count from ${from} where ${where}`;
    count += context.db.get<{ count: number }>(text, ...values, search.lower, search.upper)?.count ?? 0;
  }
  return count;
}

function merge(a: readonly DeliveryRow[], b: readonly DeliveryRow[], order: 'asc' | 'desc'): DeliveryRow[] {
  const direction = order === 'asc' ? 1 : -1;
  return [...a, ...b].sort((one, other) => (one.id < other.id ? -direction : direction));
}

/** Up to so many waiting rows are read and sorted, rather than walking all that waits for the tenant. */
const sortedMax = 5000;

/** One search. Its last two values, left open in `values`, are the range of ids. */
interface Part {
  readonly from: string;
  readonly where: string;
  readonly values: readonly (string | number)[];
  /** The id as the index that leads the search has it; with a plus, when few are found and then sorted. */
  readonly id: string;
}

function planParts(context: Context, search: Search): Part[] {
  return modesOf(search.scope).flatMap((mode) => {
    const filters = planFilters(search, mode);
    if (search.event !== null) return planEvent(context.db, search, mode, filters);
    return [...planWaiting(context.db, search, mode, filters), ...planEnded(context, search, mode, filters)];
  });
}

/** What rows must fulfil whichever way they are found. */
interface Filters {
  readonly terms: readonly string[];
  readonly values: readonly (string | number)[];
}

/** The plus keeps the planner from using an index for a column (SQLite's unary plus). */
function planFilters({ scope, event, eventTypes, states, isLiveOnly }: Search, mode: Mode): Filters {
  const terms = ['+d.tenant = ?', '+d.mode = ?'];
  const values: (string | number)[] = [scope.tenant, mode];
  const add = (term: string, value: string) => {
    terms.push(term);
    values.push(value);
  };
  if (event !== null) add('d.event = ?', event);
  if (eventTypes !== null)
    add('d.event_type in (select value from json_each(?))', JSON.stringify(eventTypes));
  if (states !== null) add('d.state in (select value from json_each(?))', JSON.stringify(states));
  if (isLiveOnly) terms.push('d.endpoint_removed_at is null');
  return { terms, values };
}

function part(from: string, lead: Filters, filters: Filters, id = 'd.id'): Part {
  const terms = [...lead.terms, ...filters.terms, `${id} >= ?`, `${id} < ?`];
  return { from, where: terms.join(' and '), values: [...lead.values, ...filters.values], id };
}

/** The deliveries of one event have ids side by side. */
function planEvent(db: Database, search: Search, mode: Mode, filters: Filters): Part[] {
  const range = db.get<EventRange>(selectEventRange, search.event, search.scope.tenant, mode);
  if (range === undefined || range.first_delivery === null || range.last_delivery === null) return [];
  const lead = ofEndpoint(search, {
    terms: ['d.id between ? and ?'],
    values: [range.first_delivery, range.last_delivery],
  });
  const waiting = {
    terms: ['d.tenant = ?', 'd.mode = ?', ...lead.terms],
    values: [search.scope.tenant, mode, ...lead.values],
  };
  return [part('waiting_deliveries d', waiting, filters), part('ended_deliveries d', lead, filters)];
}

function ofEndpoint({ endpoint }: Search, { terms, values }: Filters): Filters {
  return endpoint === null
    ? { terms, values }
    : { terms: [...terms, '+d.endpoint = ?'], values: [...values, endpoint] };
}

/** Newest first by tenant; or all of a few endpoints, when these are not most of what waits for it. */
function planWaiting(db: Database, search: Search, mode: Mode, filters: Filters): Part[] {
  if (!canBe(search, ['pending', 'held', 'canceled'])) return [];
  const endpoints = search.endpoint === null ? listByState(db, search, mode) : [search.endpoint];
  const asked = JSON.stringify(endpoints);
  const isFew = endpoints !== null && (db.get<{ n: number }>(countFew, asked)?.n ?? 0) <= sortedMax;
  const isEndpoint = 'd.endpoint in (select value from json_each(?))';
  if (isFew)
    return [part('waiting_deliveries d', { terms: [isEndpoint], values: [asked] }, filters, '+d.id')];
  const lead = { terms: ['d.tenant = ?', 'd.mode = ?'], values: [search.scope.tenant, mode] };
  if (endpoints === null) return [part('waiting_deliveries d', lead, filters)];
  const narrowed = { terms: [...lead.terms, `+${isEndpoint}`], values: [...lead.values, asked] };
  return [part('waiting_deliveries d', narrowed, filters)];
}

/** The endpoints whose waiting deliveries can be in the one state that is asked for; null when any can. */
function listByState(db: Database, { scope, states }: Search, mode: Mode): EndpointId[] | null {
  if (states?.length !== 1) return null;
  return db.all<{ id: EndpointId }>(selectByState, scope.tenant, mode, states[0] ?? '').map((row) => row.id);
}

/** What went badly has an index by tenant. All else: the unfiled as they stand, the filed endpoint by endpoint. */
function planEnded({ db, memory }: Context, search: Search, mode: Mode, filters: Filters): Part[] {
  const { tenant } = search.scope;
  if (!canBe(search, ['delivered', 'exhausted', 'canceled'])) return [];
  if (!canBe(search, ['delivered'])) {
    const bad = { terms: ['d.tenant = ?', 'd.mode = ?', `d.state <> 'delivered'`], values: [tenant, mode] };
    return [part('ended_deliveries d', ofEndpoint(search, bad), filters)];
  }
  const owned = listOwned(db, tenant, [mode]);
  const endpoints = search.endpoint === null ? owned : owned.filter((id) => id === search.endpoint);
  const unfiled = ofEndpoint(search, { terms: ['d.seq > ?'], values: [memory.filed.deliveries] });
  return [
    part('ended_deliveries d', unfiled, filters, '+d.id'),
    ...endpoints.map((endpoint) =>
      part(filedDeliveries, { terms: ['f.endpoint = ?'], values: [endpoint] }, filters, 'f.id'),
    ),
  ];
}

const filedDeliveries = 'deliveries_by_endpoint f cross join ended_deliveries d on d.seq = f.seq';

interface EventRange {
  readonly first_delivery: string | null;
  readonly last_delivery: string | null;
}

const selectEventRange = sql`
  select first_delivery, last_delivery from events where id = ? and tenant = ? and mode = ?`;

const selectByState = sql`
  select id from endpoints e
  where tenant = ?1 and mode = ?2 and case ?3
    when 'canceled' then removed_at is not null
    when 'held' then removed_at is null and enabled = 0
    else removed_at is null and (enabled = 1 or exists (
      select 1 from deliveries_waiting indexed by deliveries_waiting_ordered where endpoint = e.id and is_ordered = 1
    ))
  end`;

const countFew = sql`
  select count(*) as n from (
    select 1 from json_each(?) as asked cross join deliveries_waiting w on w.endpoint = asked.value
    limit ${String(sortedMax + 1)}
  )`;
