// Recording: the results of a batch of attempts, in one transaction. A result counts only while its claim's fencing
// number is still that of the row: the statement that writes them compares it, and returns the rows that matched.
import type { EndpointId } from '#core/endpoint.ts';
import type { Queue } from '../queues.ts';
import { listMade, listNotices, listSignals, noticeTerms, summarize } from '../recording.ts';
import { noteSignals } from '../records/alert-signals.ts';
import { countReplayed } from '../records/replays.ts';
import type { AttemptResult, Recorded, RecordTerms } from '../store.ts';
import type { Context } from './context.ts';
import { perform, type Queries } from './database.ts';
import { foldHealth } from './health.ts';
import { lockQueues, promote } from './ordering.ts';
import { publishWithin } from './publish.ts';
import { isPlain, writePlain } from './record-plain.ts';
import { type Kept, writeResults } from './record-rows.ts';
import { toStored } from './text.ts';

export async function record(
  context: Context,
  results: readonly AttemptResult[],
  terms: RecordTerms,
): Promise<Recorded> {
  if (results.length === 0) return { stale: 0, kept: new Set(), disabled: [], due: [] };
  const recorded =
    (await recordPlain(context, results, terms)) ??
    (await context.db.transaction((tx) => recordWithin(context, tx, results, terms)));
  context.notify.due(recorded.due);
  context.notify.changed(recorded.disabled);
  return recorded;
}

/** Null when more follows from these results than that their deliveries end, or when all of them may have come too late. */
async function recordPlain(
  { db }: Context,
  results: readonly AttemptResult[],
  { now }: RecordTerms,
): Promise<Recorded | null> {
  if (!results.every(isPlain)) return null;
  const kept = await writePlain(db, dropRepeated(results), now);
  return kept.length === 0 ? null : summarize(results, kept, [], [], now);
}

async function recordWithin(
  context: Context,
  tx: Queries,
  results: readonly AttemptResult[],
  terms: RecordTerms,
): Promise<Recorded> {
  await perform(tx, lockQueues(listQueues(results)));
  const kept = await writeResults(tx, dropRepeated(results), terms.now);
  const keptResults = kept.map(({ result }) => result);
  const made = listMade(keptResults);
  await perform(tx, countReplayed(made));
  const promoted = await perform(tx, promote(listQueues(keptResults), terms.now));
  const turns = await foldHealth(tx, made, listFailing(kept), terms.now);
  await perform(tx, noteSignals(listSignals(made, turns, terms)));
  const notices = listNotices(made, turns, terms);
  const published =
    notices.length === 0 ? null : await publishWithin(context, tx, notices, noticeTerms(terms));
  const noticed = published?.due ?? [];
  return summarize(results, keptResults, turns, [...promoted, ...noticed], terms.now);
}

/** Of two results for one claim, only the first. */
function dropRepeated(results: readonly AttemptResult[]): AttemptResult[] {
  const seen = new Map<number, Set<number>>();
  return results.filter(({ claim: { seq, lease } }) => {
    const leases = seen.get(seq) ?? new Set();
    seen.set(seq, leases);
    return leases.size !== leases.add(lease).size;
  });
}

/** The queues whose first may end by these results. */
function listQueues(results: readonly AttemptResult[]): Queue[] {
  return results.flatMap(({ claim, settlement }) => {
    const key = claim.event.orderingKey;
    return key === null || settlement.state === 'pending' ? [] : [[claim.endpoint, toStored(key)] as const];
  });
}

/** The endpoints whose failures were being counted before. */
function listFailing(kept: readonly Kept[]): Set<EndpointId> {
  return new Set(kept.flatMap(({ result, isFailing }) => (isFailing ? [result.claim.endpoint] : [])));
}
