// The one statement that records a batch: what has ended moves to the ended table, what goes on gets its next due time,
// and every attempt that counts is logged.
import type { Attempt } from '#core/attempt.ts';
import { writeSent } from '../claims.ts';
import { writeTrigger } from '../records/attempt-rows.ts';
import { writeContent } from '../records/contents.ts';
import { packHeaders } from '../records/headers.ts';
import { sql, type Value } from '../sql.ts';
import type { AttemptResult } from '../store.ts';
import type { Queries } from './database.ts';
import { withoutNul } from './text.ts';
import { unnest } from './unnest.ts';

/** A result that counted. */
export interface Kept {
  readonly result: AttemptResult;
  /** True when failures of its endpoint were being counted. */
  readonly isFailing: boolean;
}

/**
 * Returns the results whose claims were still valid, in their order. Rows are found by their primary key and locked in
 * its order; one that another process has claimed meanwhile has another lease and is left alone. The lease rises also
 * for what goes on: a claim is recorded once.
 */
export async function writeResults(
  tx: Queries,
  results: readonly AttemptResult[],
  now: number,
): Promise<Kept[]> {
  const rows = await tx.write<KeptRow>(sql`
    with given as materialized (
      select * from ${unnest('g', columns, results.map(toRow))}
    ), held as materialized (
      select w.seq, g.place, g.state, g.step, g.due_at, g.sent, g.note, g.attempt is not null as is_made
      from given g join deliveries_waiting w on w.seq = g.seq and w.lease = g.lease
      order by w.seq for update of w
    ), gone as (
      delete from deliveries_waiting w using held h where w.seq = h.seq and h.state <> 'pending'
      returning h.place, h.state, h.note, h.is_made, w.id, w.tenant, w.mode, w.endpoint, w.event_seq, w.attempts
    ), ended as (
      insert into deliveries_ended (id, tenant, mode, endpoint, event_seq, state, attempts, ended_at, note)
      select id, tenant, mode, endpoint, event_seq, state, attempts + is_made::int, ${now}::bigint, note from gone
    ), again as (
      update deliveries_waiting w
      set attempts = w.attempts + 1, step = h.step, due_at = h.due_at, lease = w.lease + 1, claimed_by = null,
        is_ordered = false, is_test = false, scheduled_at = null, replay = null, sent = h.sent
      from held h where w.seq = h.seq and h.state = 'pending'
      returning h.place, w.id, w.endpoint
    ), kept as (
      select place, id, endpoint from gone union all select place, id, endpoint from again
    ), logged as (
      insert into attempts (
        id, delivery, endpoint, number, started_at, duration_ms, url, request_headers, outcome, status,
        error_code, error_message, response_headers, response_body, trigger, content
      )
      select g.attempt, k.id, k.endpoint, g.number, g.started_at, g.duration_ms, g.url, g.request_headers,
        g.outcome, g.status, g.error_code, g.error_message, g.response_headers, g.response_body,
        g.trigger, g.content
      from kept k join given g on g.place = k.place and g.attempt is not null order by g.place
    )
    select k.place, coalesce(e.failure_count > 0, false) as is_failing
    from kept k left join endpoints e on e.id = k.endpoint order by k.place`);
  return rows.flatMap((row) => {
    const result = results[row.place - 1];
    return result === undefined ? [] : [{ result, isFailing: row.is_failing }];
  });
}

interface KeptRow {
  /** From 1. */
  readonly place: number;
  readonly is_failing: boolean;
}

/** What is logged of an attempt, in the order of `attemptValues`. */
export const attemptColumns = {
  attempt: 'text',
  number: 'int',
  started_at: 'bigint',
  duration_ms: 'bigint',
  url: 'text',
  request_headers: 'text',
  outcome: 'text',
  status: 'int',
  error_code: 'text',
  error_message: 'text',
  response_headers: 'text',
  response_body: 'bytea',
  trigger: 'text',
} as const;

const columns = {
  seq: 'bigint',
  lease: 'bigint',
  state: 'text',
  step: 'int',
  due_at: 'bigint',
  ...attemptColumns,
  sent: 'text',
  note: 'text',
  content: 'bytea',
} as const;

/** In the order of `columns`. */
function toRow({ claim, attempt, settlement, sent, content }: AttemptResult): Value[] {
  const { state, step, dueAt, note = null } = settlement;
  return [
    claim.seq,
    claim.lease,
    state,
    step,
    dueAt,
    ...attemptValues(attempt),
    writeSent(sent),
    note,
    writeContent(content),
  ];
}

/** Nulls without an attempt. A duration may have fractions of a millisecond. */
export function attemptValues(attempt: Attempt | null): readonly Value[] {
  if (attempt === null) return noAttempt;
  const { id, number, url, requestHeaders, outcome, status, error } = attempt;
  // prettier-ignore
  return [
    id, number, Math.round(attempt.startedAt), Math.round(attempt.durationMs), url, packHeaders(requestHeaders),
    outcome, status, error?.code ?? null, error === null ? null : withoutNul(error.message),
    packHeaders(attempt.responseHeaders), attempt.responseBody, writeTrigger(attempt),
  ];
}

const noAttempt: readonly null[] = Array.from({ length: 13 }, () => null);
