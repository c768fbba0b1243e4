// Recording: the results of a batch of attempts, in one transaction. A result counts only while its claim's fencing
// number is still that of the row: the delete and the update compare it, and return the rows that matched.
import type { Queue } from '../queues.ts';
import { writeSent } from '../claims.ts';
import { listMade, listNotices, listSignals, noticeTerms, summarize } from '../recording.ts';
import { noteSignals } from '../records/alert-signals.ts';
import { countReplayed } from '../records/replays.ts';
import { sql } from '../sql.ts';
import type { AttemptResult, Recorded, RecordTerms } from '../store.ts';
import { insertAttempts } from './attempts.ts';
import { defineInsert } from './database.ts';
import { foldHealth } from './health.ts';
import type { Context } from './memory.ts';
import { promote } from './ordering.ts';
import { publishWithin } from './publish.ts';

export async function record(
  context: Context,
  results: readonly AttemptResult[],
  terms: RecordTerms,
): Promise<Recorded> {
  if (results.length === 0) return { stale: 0, kept: new Set(), disabled: [], due: [] };
  return context.db.together(() => {
    const ended = endDeliveries(context, results, terms.now);
    const delayed = delayDeliveries(context, results);
    const kept = results.filter((result) => ended.has(result) || delayed.has(result));
    const made = listMade(kept);
    insertAttempts(context, made);
    context.db.perform(countReplayed(made));
    const promoted = promote(context.db, listQueues(ended), terms.now);
    const turns = foldHealth(context, made, terms.now);
    context.db.perform(noteSignals(listSignals(made, turns, terms)));
    const notices = listNotices(made, turns, terms);
    const noticed =
      notices.length === 0 ? [] : publishWithin(context, notices, noticeTerms(terms), Infinity).due;
    return summarize(results, kept, turns, [...promoted, ...noticed], terms.now);
  });
}

/** Moves what has ended out of the waiting table. Returns the results whose claim was still valid. */
function endDeliveries(context: Context, results: readonly AttemptResult[], now: number): Set<AttemptResult> {
  const ending = results.filter(({ settlement }) => settlement.state !== 'pending');
  if (ending.length === 0) return new Set();
  const claims = ending.map(({ claim }) => [claim.seq, claim.lease]);
  const deleted = context.db.all<FenceRow>(sql`
    delete from deliveries_waiting
    where seq in (
      select waiting.seq from json_each(${claims}) as result cross join deliveries_waiting as waiting
        on waiting.seq = result.value ->> 0
      where waiting.lease = result.value ->> 1
    ) returning seq, lease`);
  const ended = match(ending, deleted);
  const rows = [...ended].map(({ claim, attempt, settlement }) => {
    const { tenant, mode, seq } = claim.event;
    return [
      ++context.memory.last.deliveries,
      claim.id,
      tenant,
      mode,
      claim.endpoint,
      seq,
      settlement.state,
      claim.attempts + (attempt === null ? 0 : 1),
      now,
      settlement.note ?? null,
    ];
  });
  context.db.insert(insertEnded, rows);
  context.db.afterCommit(() => (context.memory.waiting -= rows.length));
  return ended;
}

/** Writes when the next attempt of each is due. The lease rises, so that a claim is recorded once. */
function delayDeliveries(context: Context, results: readonly AttemptResult[]): Set<AttemptResult> {
  const delaying = results.filter(({ settlement }) => settlement.state === 'pending');
  if (delaying.length === 0) return new Set();
  const changes = delaying.map(({ claim, settlement, sent }) => {
    return [claim.seq, claim.lease, settlement.step, settlement.dueAt, writeSent(sent)];
  });
  const delayed = context.db.all<FenceRow>(sql`
    update deliveries_waiting
    set attempts = attempts + 1, step = result.value ->> 2, due_at = result.value ->> 3,
      lease = deliveries_waiting.lease + 1, is_claimed = 0, is_ordered = 0, is_test = 0,
      scheduled_at = null, replay = null, sent = result.value ->> 4
    from json_each(${changes}) as result
    where deliveries_waiting.seq = result.value ->> 0 and deliveries_waiting.lease = result.value ->> 1
    returning seq, lease - 1 as lease`);
  return match(delaying, delayed);
}

interface FenceRow {
  readonly seq: number;
  /** The fencing number that matched. */
  readonly lease: number;
}

/** The results whose rows were written; of two for one claim, the first. */
function match(results: readonly AttemptResult[], rows: readonly FenceRow[]): Set<AttemptResult> {
  const open = new Map(rows.map((row) => [row.seq, row.lease]));
  const matched = new Set<AttemptResult>();
  for (const result of results) {
    if (open.get(result.claim.seq) !== result.claim.lease) continue;
    open.delete(result.claim.seq);
    matched.add(result);
  }
  return matched;
}

function listQueues(ended: ReadonlySet<AttemptResult>): Queue[] {
  const queues: Queue[] = [];
  for (const { claim } of ended) {
    if (claim.event.orderingKey !== null) queues.push([claim.endpoint, claim.event.orderingKey]);
  }
  return queues;
}

// prettier-ignore
export const insertEnded = defineInsert('deliveries_ended', [
  'seq', 'id', 'tenant', 'mode', 'endpoint', 'event_seq', 'state', 'attempts', 'ended_at',
  'note',
]);
