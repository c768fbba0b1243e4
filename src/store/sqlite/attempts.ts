// Attempts: appended with their results, and listed newest first by endpoint.
import type { EndpointId } from '#core/endpoint.ts';
import type { Mode, TenantId, WideScope } from '#core/tenant.ts';
import { modesOf } from '../cursor.ts';
import { attemptColumns, type AttemptRow, writeTrigger } from '../records/attempt-rows.ts';
import type { Finders } from '../records/engine.ts';
import { all, type Work } from '../records/work.ts';
import { type Sql, sql } from '../sql.ts';
import { writeContent } from '../records/contents.ts';
import { packHeaders } from '../records/headers.ts';
import type { MadeResult } from '../store.ts';
import { defineInsert } from './database.ts';
import type { Context, IndexedRows } from './memory.ts';

export function insertAttempts({ db, memory }: Context, results: readonly MadeResult[]): void {
  db.insert(
    insertAttempt,
    results.map((result) => attemptValues(++memory.last.attempts, result)),
  );
}

/** The few rows that are not indexed yet are all newer than the ones that are. Those of all tenants are in the order of the table. */
export function* findAttempts<Row = AttemptRow>(
  indexed: IndexedRows,
  scope: WideScope,
  endpoint: EndpointId | null,
  before: number,
  limit: number,
  columns = attemptColumns,
): Work<Row[]> {
  const { tenant } = scope;
  if (tenant === null && endpoint === null) {
    return yield* all<Row>(sql`
      select ${columns} from attempts a where a.seq < ${before} order by a.seq desc limit ${limit}`);
  }
  const owned = tenant === null ? null : yield* listOwned(tenant, modesOf(scope), scope.kind);
  const asked = endpoint === null ? owned : (owned ?? [endpoint]).filter((id) => id === endpoint);
  const newest = yield* all<Row>(sql`
    select ${columns} from attempts a
    where a.seq > ${indexed.attempts} and a.seq < ${before}
      and a.endpoint in (select value from json_each(${asked}))
    order by a.seq desc limit ${limit}`);
  // The newest of each endpoint by index, then the newest of those.
  const others = yield* all<Row>(sql`
    select ${columns} from attempts a where a.seq in (
      select f.seq from json_each(${asked}) as asked cross join attempts_by_endpoint f
        on f.endpoint = asked.value and f.seq in (
          select seq from attempts_by_endpoint
          where endpoint = asked.value and seq < ${before} order by seq desc limit ${limit}
        )
      order by f.seq desc limit ${limit}
    ) order by a.seq desc`);
  return [...newest, ...others].slice(0, limit);
}

export const attemptOwners: Finders['attemptOwners'] = (heads) => {
  const ids = [...new Set(heads.map(({ delivery }) => delivery))];
  const owners = (table: Sql): Sql => sql`
    select d.id as delivery, d.tenant, d.mode, v.id as event, v.type as event_type
    from json_each(${ids}) as asked cross join ${table} d on d.id = asked.value join events v on v.seq = d.event_seq`;
  return sql`${owners(sql`deliveries_waiting`)} union all ${owners(sql`deliveries_ended`)}`;
};

/** Endpoints of a tenant and these modes, also removed ones: what they were sent can still be read. */
export function* listOwned(tenant: TenantId, modes: readonly Mode[], kind?: 'push'): Work<EndpointId[]> {
  const ofKind = kind === undefined ? sql`` : sql`and kind = ${kind}`;
  const owned: EndpointId[] = [];
  for (const mode of modes) {
    const rows = yield* all<{ id: EndpointId }>(sql`
      select id from endpoints indexed by endpoints_of_tenant
      where tenant = ${tenant} and mode = ${mode} ${ofKind} order by id`);
    for (const { id } of rows) owned.push(id);
  }
  return owned;
}

// prettier-ignore
const insertAttempt = defineInsert('attempts', [
  'seq', 'id', 'delivery', 'number', 'started_at', 'duration_ms', 'url', 'request_headers', 'outcome', 'status',
  'error_code', 'error_message', 'response_headers', 'response_body', 'endpoint', 'trigger',
  'content',
]);

/** In the order of `insertAttempt`. A duration may have fractions of a millisecond. */
function attemptValues(
  seq: number,
  { attempt, claim, content }: MadeResult,
): (string | number | null | Uint8Array)[] {
  const { id, delivery, number, url, requestHeaders, outcome, status, error } = attempt;
  // prettier-ignore
  return [
    seq, id, delivery, number, Math.round(attempt.startedAt), Math.round(attempt.durationMs), url,
    packHeaders(requestHeaders), outcome, status, error?.code ?? null, error?.message ?? null,
    packHeaders(attempt.responseHeaders), attempt.responseBody, claim.endpoint,
    writeTrigger(attempt), writeContent(content),
  ];
}
