// Finding attempts: of endpoints by their index, of all tenants by number.
import type { EndpointId } from '#core/endpoint.ts';
import type { WideScope } from '#core/tenant.ts';
import { attemptColumns, type AttemptRow, headColumns, type HeadRow } from '../records/attempt-rows.ts';
import type { Finders } from '../records/engine.ts';
import { all, get, type Work } from '../records/work.ts';
import { type Sql, sql } from '../sql.ts';

export const findAttempts: Finders['attempts'] = (scope, endpoint, before, limit) =>
  all<AttemptRow>(ofEndpoints(attemptColumns, scope, endpoint, before, limit));

export function* findAttemptHeads(
  scope: WideScope,
  endpoint: EndpointId | null,
  before: number,
  limit: number,
): Work<HeadRow[]> {
  if (scope.tenant !== null || endpoint !== null) {
    return yield* all<HeadRow>(ofEndpoints(headColumns, scope, endpoint, before, limit));
  }
  return yield* newestHeads(before, limit);
}

/**
 * By a block index, which finds ranges of numbers and has no order: a range that doubles several times until it holds
 * enough. Numbers are given without gaps, but for those of transactions that were rolled back or deleted.
 */
function* newestHeads(before: number, limit: number): Work<HeadRow[]> {
  const next = yield* get<{ seq: number }>(sql`select last_value + 1 as seq from attempt_numbers`);
  const end = Math.min(before, next?.seq ?? before);
  for (let length = 2 * limit; ; length *= 8) {
    const rows = yield* all<HeadRow>(sql`
      select ${headColumns} from attempts a where a.seq >= ${end - length} and a.seq < ${end}
      order by a.seq desc limit ${limit}`);
    if (rows.length === limit || length >= end) return rows;
  }
}

/** The newest of each endpoint by index, then the newest of those. */
function ofEndpoints(
  columns: Sql,
  { tenant, mode, kind }: WideScope,
  endpoint: EndpointId | null,
  before: number,
  limit: number,
): Sql {
  const ofTenant = tenant === null ? sql`true` : sql`e.tenant = ${tenant}`;
  const ofMode = mode === null ? sql`` : sql`and e.mode = ${mode}`;
  const ofKind = kind === undefined ? sql`` : sql`and e.kind = ${kind}`;
  const ofEndpoint = endpoint === null ? sql`` : sql`and e.id = ${endpoint}`;
  return sql`
    select a.* from endpoints e cross join lateral (
      select ${columns} from attempts a
      where a.endpoint = e.id and a.seq < ${before} order by a.seq desc limit ${limit}
    ) as a
    where ${ofTenant} ${ofMode} ${ofKind} ${ofEndpoint}
    order by a.seq desc limit ${limit}`;
}

/** One by one, so that each is searched in its own partition only. */
export const attemptOwners: Finders['attemptOwners'] = (heads) => {
  const unique = new Map(heads.map(({ delivery, endpoint }) => [delivery, endpoint]));
  const asked = sql`unnest(${[...unique.keys()]}::text[], ${[...unique.values()]}::text[]) as asked(id, endpoint)`;
  const owners = (table: Sql): Sql => sql`
    select d.id as delivery, d.tenant, d.mode, v.id as event, v.type as event_type
    from ${asked} join endpoints e on e.id = asked.endpoint
    join ${table} d on d.id = asked.id and d.tenant = e.tenant and d.mode = e.mode
    join events v on v.seq = d.event_seq`;
  return sql`${owners(sql`deliveries_waiting`)} union all ${owners(sql`deliveries_ended`)}`;
};
