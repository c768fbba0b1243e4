// What follows from recorded results: the notices, and the summary for the caller. Every store uses it.
import type { AlertSignal } from '#core/alert.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Publication } from '#core/event.ts';
import { operatorTenant } from '#core/tenant.ts';
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

/** What alerts may tell of these results. Nothing is told of the operator's own endpoints: an alert may be delivered to them. */
export function listSignals(
  kept: readonly MadeResult[],
  turns: readonly HealthTurn[],
  { now }: Pick<RecordTerms, 'now'>,
): AlertSignal[] {
  const exhausted = kept.filter(({ settlement }) => settlement.state === 'exhausted');
  const groups = Map.groupBy(exhausted, ({ claim }) => claim.endpoint);
  const signals = [
    ...turns.map((turn) => turnSignal(turn, kept, now)),
    ...[...groups.values()].flatMap((group) => exhaustedSignal(group, now) ?? []),
  ];
  return signals.filter(({ tenant }) => tenant !== operatorTenant);
}

function turnSignal(
  { kind, endpoint, run }: HealthTurn,
  kept: readonly MadeResult[],
  now: number,
): AlertSignal {
  const last = kept.findLast(
    ({ claim, settlement }) => claim.endpoint === endpoint.id && settlement.outcome !== 'accepted',
  );
  const { id, tenant, mode } = endpoint;
  return {
    type: `endpoint.${kind}`,
    subject: id,
    tenant,
    mode,
    endpoint: id,
    code: last === undefined ? null : codeOf(last),
    since: run.firstFailureAt ?? now,
    at: now,
    count: 1,
  };
}

function exhaustedSignal(group: readonly MadeResult[], now: number): AlertSignal | null {
  const last = group.at(-1);
  if (last === undefined) return null;
  const { endpoint, event } = last.claim;
  return {
    type: 'delivery.exhausted',
    subject: endpoint,
    tenant: event.tenant,
    mode: event.mode,
    endpoint,
    code: codeOf(last),
    since: now,
    at: now,
    count: group.length,
  };
}

function codeOf({ attempt: { status, error } }: MadeResult): string | null {
  return error?.code ?? (status === null ? null : String(status));
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
