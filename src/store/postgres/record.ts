// Recording: what came of a batch of attempts, in one transaction. A result counts only while its claim's
// fencing number is still the row's own: the one statement that writes them looks, and says for which it was.
import type { EndpointId } from '#core/endpoint.ts';
import type { EventDraft } from '#core/event.ts';
import type { AttemptResult, Recorded, RecordTerms } from '#store/store.ts';
import type { Context } from './context.ts';
import type { Queries } from './database.ts';
import { foldHealth } from './health.ts';
import { lockQueues, promote, type Queue } from './ordering.ts';
import { publishWithin } from './publish.ts';
import { type Kept, writeResults } from './record-rows.ts';
import { toStored } from './text.ts';

export async function record(
  context: Context,
  results: readonly AttemptResult[],
  terms: RecordTerms,
): Promise<Recorded> {
  if (results.length === 0) return { stale: 0, disabled: [], woken: [] };
  const recorded = await context.db.transaction((tx) => recordWithin(context, tx, results, terms));
  context.tell.woken(recorded.woken);
  context.tell.changed(recorded.disabled);
  return recorded;
}

async function recordWithin(
  context: Context,
  tx: Queries,
  results: readonly AttemptResult[],
  terms: RecordTerms,
): Promise<Recorded> {
  await lockQueues(tx, listQueues(results));
  const kept = await writeResults(tx, dropRepeated(results), terms.now);
  const keptResults = kept.map(({ result }) => result);
  const promoted = await promote(tx, listQueues(keptResults), terms.now);
  const disabled = await foldHealth(tx, keptResults, listFailing(kept), terms.now);
  const notices = [
    ...disabled.map((endpoint) => terms.noticeDisabled(endpoint, endpoint.disabledReason ?? 'failing')),
    ...keptResults.filter(({ settlement }) => settlement.state === 'exhausted').map(terms.noticeExhausted),
  ];
  const informed = await publishNotices(context, tx, notices, terms.now);
  const dueAgain = keptResults.filter(
    ({ settlement: { state, dueAt } }) => state === 'pending' && dueAt <= terms.now,
  );
  const woken = new Set([...promoted, ...informed, ...dueAgain.map(({ claim }) => claim.endpoint)]);
  return {
    stale: results.length - kept.length,
    disabled: disabled.map((endpoint) => endpoint.id),
    woken: [...woken],
  };
}

/** Of two results for one claim, the first. */
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

/** Publishes what the operator is told. A tenant that is not there hears nothing. */
async function publishNotices(
  context: Context,
  tx: Queries,
  notices: readonly (EventDraft | null)[],
  now: number,
): Promise<readonly EndpointId[]> {
  const publications = notices.filter((draft) => draft !== null).map((draft) => [draft]);
  if (publications.length === 0) return [];
  return (await publishWithin(context, tx, publications, { now, leaseMs: 0, places: () => 0 })).woken;
}
