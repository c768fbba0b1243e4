// Which indexes a search for deliveries walks by: a few walks (waiting, ended, each mode), each in the order of the ids.
import type { WideScope } from '#core/tenant.ts';
import { all, type Work } from '../records/work.ts';
import { canBe, endedSo, type Named, type NamedRange, scopesOf, type Search } from '../search.ts';
import { join, type Sql, sql, word } from '../sql.ts';
import type { Part } from '../walk.ts';
import { toStored } from './text.ts';

export function* planDeliveries(search: Search): Work<Part[]> {
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
  const range = sql`select v.seq as event_seq, v.first_delivery as first, v.last_delivery as last`;
  const isOwn = sql`
    v.first_delivery is not null and (${tenant}::text is null or v.tenant = ${tenant})
    and (${mode}::text is null or v.mode = ${mode})`;
  const found = yield* all<NamedRange>(sql`
    ${range} from event_ids i join events v on v.seq = i.seq
    where i.id = ${event === null ? null : toStored(event)} and ${isOwn}
    union ${range} from events v where v.number = ${number} and ${isOwn}
    union ${range} from events v where v.seq = ${number} and v.number is null and ${isOwn}`);
  return delivery === null ? found : [...found, { event_seq: null, first: delivery, last: delivery }];
}

/** What is read of a tenant and mode, or of all tenants. */
function planWaiting(search: Search, range: NamedRange | null): Part {
  const lead = [...listLead(search, range), isOfEvent(range)];
  const { states } = search;
  // Of all tenants, nearly all endpoints can have what is pending.
  if (states !== null && (search.scope.tenant !== null || !states.includes('pending'))) {
    lead.push(sql`f.endpoint in (${endpointsByState(states, search.scope)})`);
  }
  return part(search, sql`deliveries_waiting f`, lead, sql`waiting_deliveries d`);
}

/** What was not delivered has an index of its own. The range of ids says which partitions are read. */
function planEnded(search: Search, range: NamedRange | null): Part[] {
  const { scope, endpoint } = search;
  const lead = listLead(search, range);
  const read = (terms: readonly Sql[]): Part =>
    part(search, sql`deliveries_ended f`, [...terms, isOfEvent(range)], sql`ended_deliveries d`);
  const failed = read([...lead, sql`f.state <> 'delivered'`]);
  if (!canBe(search, ['delivered'])) return [failed];
  if (scope.tenant !== null || endpoint !== null) return [read(lead)];
  return [...(canBe(search, ['exhausted', 'canceled']) ? [failed] : []), planDelivered(search, range)];
}

function part(search: Search, keys: Sql, lead: readonly Sql[], rows: Sql): Part {
  const key = sql`f.id as key, f.tenant, f.mode`;
  // By the tenant and the mode, too, which the primary key of what has ended begins with.
  const isIt = sql`d.id = k.key and d.tenant = k.tenant and d.mode = k.mode`;
  const filters = join([isIt, ...listFilters(search)], sql` and `);
  return { keys, lead: join(lead, sql` and `), id: sql`f.id`, key, rows, filters };
}

/**
 * What was delivered, of all tenants: newest first by the primary key of attempts, which begins with the delivery, so that
 * recording keeps no index for it. The inner limit keeps it one search for each attempt.
 */
function planDelivered(search: Search, range: NamedRange | null): Part {
  const lead = [sql`f.number = 1`];
  if (range !== null) lead.push(sql`f.delivery >= ${range.first} and f.delivery <= ${range.last}`);
  const rows = sql`
    endpoints o cross join lateral (
      select * from ended_deliveries d
      where d.tenant = o.tenant and d.mode = o.mode and d.id = k.key and d.state = 'delivered' limit 1
    ) d`;
  return {
    keys: sql`attempts f`,
    lead: join(lead, sql` and `),
    id: sql`f.delivery`,
    key: sql`f.delivery as key, f.endpoint`,
    rows,
    filters: join([sql`o.id = k.endpoint`, isOfEvent(range, 'd'), ...listFilters(search)], sql` and `),
  };
}

/** What an index is asked. */
function listLead({ scope, endpoint }: Search, range: NamedRange | null): Sql[] {
  const terms = [sql`true`];
  if (scope.tenant !== null) terms.push(sql`f.tenant = ${scope.tenant}`);
  if (scope.mode !== null) terms.push(sql`f.mode = ${scope.mode}`);
  if (endpoint !== null) terms.push(sql`f.endpoint = ${endpoint}`);
  if (range !== null) terms.push(sql`f.id >= ${range.first} and f.id <= ${range.last}`);
  return terms;
}

function isOfEvent(range: NamedRange | null, table = 'f'): Sql {
  const seq = range?.event_seq ?? null;
  return seq === null ? sql`true` : sql`${word(table)}.event_seq = ${seq}`;
}

function listFilters({ scope, endpoint, eventTypes, states, ending, ...only }: Search): Sql[] {
  const terms = [sql`true`];
  if (scope.tenant !== null) terms.push(sql`d.tenant = ${scope.tenant}`);
  if (scope.mode !== null) terms.push(sql`d.mode = ${scope.mode}`);
  if (endpoint !== null) terms.push(sql`d.endpoint = ${endpoint}`);
  if (eventTypes !== null) terms.push(sql`d.event_type = any(${eventTypes})`);
  if (states !== null) terms.push(sql`d.state = any(${states})`);
  if (only.isLiveOnly) terms.push(sql`d.endpoint_removed_at is null`);
  if (only.isEnabledOnly) terms.push(sql`d.is_endpoint_enabled`);
  if (only.attemptsBelow < Infinity) terms.push(sql`d.attempts < ${only.attemptsBelow}`);
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
