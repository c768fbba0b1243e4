// The usual results, by one statement that is the whole transaction: every attempt was accepted, and nothing else follows.
import type { AttemptResult } from '../store.ts';
import { sql, type Value } from '../sql.ts';
import type { Queries } from './database.ts';
import { attemptColumns, attemptValues } from './record-rows.ts';
import { writeContent } from '../records/contents.ts';
import { unnest } from './unnest.ts';

/** A result that only ends its delivery: no queue, no replay and no counter of failures waits for it. */
export function isPlain({ claim, attempt, settlement }: AttemptResult): boolean {
  const isAccepted = settlement.outcome === 'accepted' && settlement.state === 'delivered';
  return attempt !== null && isAccepted && claim.event.orderingKey === null && claim.replay === null;
}

/**
 * Returns the results whose claims were still valid, in their order; none when failures of one of the endpoints are being
 * counted, which a transaction has to end. A claim is found by the primary key, and deleted without being locked before:
 * half the searches, and 54 bytes less in the log. Rows are deleted in the order of their numbers.
 */
export async function writePlain(
  queries: Queries,
  results: readonly AttemptResult[],
  now: number,
): Promise<AttemptResult[]> {
  const endpoints = [...new Set(results.map(({ claim }) => claim.endpoint))];
  const given = results.map(toRow).toSorted(([a], [b]) => Number(a) - Number(b));
  const rows = await queries.write<{ readonly position: number }>(sql`
    with gone as (
      delete from deliveries_waiting w using ${unnest('g', columns, given)}
      where w.seq = g.seq and w.lease = g.lease
        and not exists (select 1 from endpoints e where e.id = any(${endpoints}) and e.failure_count > 0)
      returning g.*, w.id, w.tenant, w.mode, w.endpoint, w.event_seq, w.attempts
    ), ended as (
      insert into deliveries_ended (id, tenant, mode, endpoint, event_seq, state, attempts, ended_at, note)
      select id, tenant, mode, endpoint, event_seq, 'delivered', attempts + 1, ${now}::bigint, note from gone
    ), logged as (
      insert into attempts (
        id, delivery, endpoint, number, started_at, duration_ms, url, request_headers, outcome, status,
        error_code, error_message, response_headers, response_body, trigger, content
      )
      select attempt, id, endpoint, number, started_at, duration_ms, url, request_headers, outcome, status,
        error_code, error_message, response_headers, response_body, trigger, content
      from gone order by position
    )
    select position from gone order by position`);
  return rows.flatMap(({ position }) => results[position] ?? []);
}

const columns = {
  seq: 'bigint',
  lease: 'bigint',
  position: 'int',
  note: 'text',
  ...attemptColumns,
  content: 'bytea',
} as const;

/** In the order of `columns`. */
function toRow({ claim, attempt, settlement, content }: AttemptResult, position: number): Value[] {
  const { note = null } = settlement;
  return [claim.seq, claim.lease, position, note, ...attemptValues(attempt), writeContent(content)];
}
