// Recording: what came of a batch of attempts, in one transaction. A result counts only while its claim's
// fencing number is still the row's own: the delete and the update carry it, and say which rows it held for.
import type { EndpointId } from '#core/endpoint.ts';
import type { EventDraft } from '#core/event.ts';
import type { AttemptResult, Recorded, RecordTerms } from '#store/store.ts';
import { insertAttempts } from './attempts.ts';
import { defineInsert, sql } from './database.ts';
import { foldHealth } from './health.ts';
import type { Context } from './memory.ts';
import { promote, type Queue } from './ordering.ts';
import { publishWithin } from './publish.ts';

export async function record(
  context: Context,
  results: readonly AttemptResult[],
  terms: RecordTerms,
): Promise<Recorded> {
  if (results.length === 0) return { stale: 0, disabled: [], woken: [] };
  return context.db.together(() => {
    const ended = endDeliveries(context, results, terms.now);
    const delayed = delayDeliveries(context, results);
    const kept = results.filter((result) => ended.has(result) || delayed.has(result));
    insertAttempts(context, kept);
    const promoted = promote(context.db, listQueues(ended), terms.now);
    const disabled = foldHealth(context, kept, terms.now);
    const notices = [
      ...disabled.map((endpoint) => terms.noticeDisabled(endpoint, endpoint.disabledReason ?? 'failing')),
      ...kept.filter(({ settlement }) => settlement.state === 'exhausted').map(terms.noticeExhausted),
    ];
    const informed = publishNotices(context, notices, terms.now);
    const dueAgain = [...delayed].filter(({ settlement }) => settlement.dueAt <= terms.now);
    const woken = new Set([...promoted, ...informed, ...dueAgain.map(({ claim }) => claim.endpoint)]);
    return {
      stale: results.length - kept.length,
      disabled: disabled.map((endpoint) => endpoint.id),
      woken: [...woken],
    };
  });
}

/** Moves what has ended out of the waiting table. Answers the results for which the claim still held. */
function endDeliveries(context: Context, results: readonly AttemptResult[], now: number): Set<AttemptResult> {
  const ending = results.filter(({ settlement }) => settlement.state !== 'pending');
  if (ending.length === 0) return new Set();
  const claims = JSON.stringify(ending.map(({ claim }) => [claim.seq, claim.lease]));
  const ended = match(ending, context.db.all<FenceRow>(deleteEnded, claims));
  const rows = [...ended].map(({ claim, settlement }) => {
    const { tenant, mode, seq } = claim.event;
    return [
      ++context.memory.last.deliveries,
      claim.id,
      tenant,
      mode,
      claim.endpoint,
      seq,
      settlement.state,
      claim.attempts + 1,
      now,
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
  const changes = JSON.stringify(
    delaying.map(({ claim, settlement }) => [claim.seq, claim.lease, settlement.step, settlement.dueAt]),
  );
  return match(delaying, context.db.all<FenceRow>(updateDelayed, changes));
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

/** Publishes what the operator is told. A tenant that is not there hears nothing. */
function publishNotices(
  context: Context,
  notices: readonly (EventDraft | null)[],
  now: number,
): readonly EndpointId[] {
  const publications = notices.filter((draft) => draft !== null).map((draft) => [draft]);
  if (publications.length === 0) return [];
  return publishWithin(context, publications, { now, leaseMs: 0, places: () => 0 }).woken;
}

const deleteEnded = sql`
  delete from deliveries_waiting
  where seq in (
    select waiting.seq from json_each(?) as result cross join deliveries_waiting as waiting
      on waiting.seq = result.value ->> 0
    where waiting.lease = result.value ->> 1
  ) returning seq, lease`;

const updateDelayed = sql`
  update deliveries_waiting
  set attempts = attempts + 1, step = result.value ->> 2, due_at = result.value ->> 3,
    lease = deliveries_waiting.lease + 1, is_claimed = 0, is_ordered = 0
  from json_each(?) as result
  where deliveries_waiting.seq = result.value ->> 0 and deliveries_waiting.lease = result.value ->> 1
  returning seq, lease - 1 as lease`;

export const insertEnded = defineInsert(
  'deliveries_ended',
  sql`
    seq, id, tenant, mode, endpoint, event_seq, state, attempts, ended_at`,
);
