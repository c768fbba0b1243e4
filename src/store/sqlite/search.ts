// Which indexes a search for deliveries walks by: a few walks (waiting, ended, each mode), each in the order of the ids.
import type { EndpointId } from '#core/endpoint.ts';
import { all, get, type Work } from '../records/work.ts';
import { canBe, endedSo, type Named, type NamedRange, scopesOf, type Search } from '../search.ts';
import { join, type Sql, sql } from '../sql.ts';
import type { Part } from '../walk.ts';
import type { IndexedRows } from './memory.ts';

/** Up to so many waiting rows are read and sorted, rather than scanning all that waits for the tenant. */
const sortedMax = 5000;

export function* planDeliveries(indexed: IndexedRows, search: Search): Work<Part[]> {
  const parts: Part[] = [];
  for (const scope of scopesOf(search.scope)) {
    const within = { ...search, scope };
    if (search.named !== null) parts.push(...(yield* planNamed(within, search.named)));
    else {
      parts.push(...(yield* planWaiting(within)));
      parts.push(...planEnded(indexed, within));
    }
  }
  return parts;
}

/** Tables `f` with an index for a walk, and the view of deliveries that they lead to. */
const waitingRows = sql`waiting_deliveries d on d.seq = k.key`;
const endedRows = sql`ended_deliveries d on d.seq = k.key`;
const waiting = { keys: sql`deliveries_waiting f`, rows: waitingRows };
const ended = { keys: sql`deliveries_ended f`, rows: endedRows };
/** The planner would use the index of all ids. */
const failed = { keys: sql`deliveries_ended f indexed by deliveries_ended_failed`, rows: endedRows };
const endedByEndpoint = { keys: sql`deliveries_by_endpoint f`, rows: endedRows };
const endedByTenant = { keys: sql`deliveries_by_tenant f`, rows: endedRows };
const endedByType = { keys: sql`deliveries_by_type f`, rows: endedRows };

type Place = Pick<Part, 'keys' | 'rows'>;

/** The planner must not use an index for an `id` with a plus (SQLite's unary plus): few rows are read, and sorted. */
function part(search: Search, place: Place, lead: Sql, id = sql`f.id`): Part {
  return { ...place, lead, id, key: sql`f.seq as key`, filters: join(listFilters(search), sql` and `) };
}

function listFilters(search: Search): Sql[] {
  const { scope, endpoint, eventTypes, states, ending, isLiveOnly, isEnabledOnly, attemptsBelow } = search;
  const terms = [sql`true`];
  if (scope.tenant !== null) terms.push(sql`d.tenant = ${scope.tenant}`);
  if (scope.mode !== null) terms.push(sql`d.mode = ${scope.mode}`);
  if (endpoint !== null) terms.push(sql`d.endpoint = ${endpoint}`);
  if (eventTypes !== null) terms.push(sql`d.event_type in (select value from json_each(${eventTypes}))`);
  if (states !== null) terms.push(sql`d.state in (select value from json_each(${states}))`);
  if (isLiveOnly) terms.push(sql`d.endpoint_removed_at is null`);
  if (isEnabledOnly) terms.push(sql`d.is_endpoint_enabled = 1`);
  if (attemptsBelow < Infinity) terms.push(sql`d.attempts < ${attemptsBelow}`);
  return [...terms, ...endedSo(ending)];
}

/** All of a tenant and mode, or of all tenants: in the order of the ids. */
function ofOwner({ scope: { tenant, mode } }: Search): Sql {
  return tenant === null ? sql`true` : sql`f.tenant = ${tenant} and f.mode = ${mode}`;
}

function* planNamed(search: Search, { event, number, delivery }: Named): Work<Part[]> {
  const { tenant, mode } = search.scope;
  const found = yield* all<NamedRange>(sql`
    select seq as event_seq, first_delivery as first, last_delivery as last from events
    where (id = ${event} or number = ${number} or (seq = ${number} and number is null))
      and first_delivery is not null
      and tenant = coalesce(${tenant}, tenant) and mode = coalesce(${mode}, mode)`);
  const ranges = delivery === null ? found : [...found, { event_seq: null, first: delivery, last: delivery }];
  return ranges.flatMap(({ event_seq: seq, first, last }) => {
    const isOfEvent = seq === null ? sql`true` : sql`f.event_seq = ${seq}`;
    const lead = sql`f.id between ${first} and ${last} and ${isOfEvent}`;
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
  if ((counted?.n ?? 0) > sortedMax) return [part(search, waiting, ofOwner(search))];
  const isEndpoint = sql`f.endpoint in (select value from json_each(${endpoints}))`;
  return [part(search, waiting, isEndpoint, sql`+f.id`)];
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
 * they stand, and the others by endpoint, by type or by tenant.
 */
function planEnded(indexed: IndexedRows, search: Search): Part[] {
  if (!canBe(search, ['delivered', 'exhausted', 'canceled'])) return [];
  const { endpoint, eventTypes, scope } = search;
  const ofTenant = ofOwner(search);
  if (!canBe(search, ['delivered'])) {
    const place = scope.tenant === null ? failed : ended;
    return [part(search, place, sql`${ofTenant} and f.state <> 'delivered'`)];
  }
  if (scope.tenant === null && endpoint === null) return [part(search, ended, sql`true`)];
  const newest = sql`f.seq > ${indexed.deliveries}`;
  const parts = [part(search, ended, newest, sql`+f.id`)];
  if (endpoint !== null) parts.push(part(search, endedByEndpoint, sql`f.endpoint = ${endpoint}`));
  else if (eventTypes === null) parts.push(part(search, endedByTenant, ofTenant));
  for (const type of endpoint === null ? (eventTypes ?? []) : []) {
    parts.push(part(search, endedByType, sql`${ofTenant} and f.type = ${type}`));
  }
  return parts;
}
