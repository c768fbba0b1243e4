// What follows from recorded results: the notices, and the summary for the caller. Every store uses it.
import type { EndpointId } from '#core/endpoint.ts';
import type { Publication } from '#core/event.ts';
import { disabledOf } from './health.ts';
import type { AttemptResult, HealthTurn, MadeResult, PublishTerms, Recorded, RecordTerms } from './store.ts';

/** The results of attempts. */
export function listMade(results: readonly AttemptResult[]): MadeResult[] {
  return results.filter((result): result is MadeResult => result.attempt !== null);
}

/** The notices of endpoints and exhausted deliveries, each a publication of its own. */
export function listNotices(
  made: readonly MadeResult[],
  turns: readonly HealthTurn[],
  terms: RecordTerms,
): Publication[] {
  const drafts = [
    ...turns.flatMap(terms.noticeHealth),
    ...made.filter(({ settlement }) => settlement.state === 'exhausted').map(terms.noticeExhausted),
  ];
  return drafts.flatMap((draft) => (draft === null ? [] : [[draft]]));
}

/** Notices are not claimed at once. */
export function noticeTerms({ now }: RecordTerms): PublishTerms {
  return { now, leaseMs: 0, capacity: () => 0 };
}

/** `due` are endpoints with something due besides what is due again by the results themselves. */
export function summarize(
  results: readonly AttemptResult[],
  kept: readonly AttemptResult[],
  turns: readonly HealthTurn[],
  due: readonly EndpointId[],
  now: number,
): Recorded {
  const again = kept.filter(({ settlement: { state, dueAt } }) => state === 'pending' && dueAt <= now);
  return {
    stale: results.length - kept.length,
    kept: new Set(kept),
    disabled: disabledOf(turns).map((endpoint) => endpoint.id),
    due: [...new Set([...due, ...again.map(({ claim }) => claim.endpoint)])],
  };
}
