// Endpoint health: what results of attempts do to it. Every store uses it, and reads and writes the rows.
import type { DisablingRule } from '#core/disabling.ts';
import {
  type DisabledReason,
  type Endpoint,
  type EndpointId,
  type Health,
  healthAfter,
  isFailing,
  isHalfway,
} from '#core/endpoint.ts';
import type { AttemptResult, HealthTurn } from './store.ts';

/**
 * The results by endpoint, in order, for the endpoints whose health they can change: one that fails now, or whose
 * failures are being counted.
 */
export function groupTouching(
  results: readonly AttemptResult[],
  failing: ReadonlySet<EndpointId>,
): Map<EndpointId, AttemptResult[]> {
  const groups = groupByEndpoint(results);
  for (const [id, own] of groups) {
    const isTouched = failing.has(id) || own.some(({ settlement }) => settlement.outcome !== 'accepted');
    if (!isTouched) groups.delete(id);
  }
  return groups;
}

/** What results make of an endpoint. */
export interface Folded {
  readonly health: Health;
  /** What the operator is told of, once for all of the results. */
  readonly turn: HealthTurn | null;
}

/** Folds the results into the health of their endpoint, in order. */
export function foldResults(endpoint: Endpoint, results: readonly AttemptResult[], now: number): Folded {
  let health = endpoint.health;
  let reason: DisabledReason | null = null;
  for (const { settlement, disabling } of results) {
    health = healthAfter(health, disabling, settlement.outcome === 'accepted', now);
    if (settlement.isGone) reason ??= 'gone';
    else if (isFailing(health, disabling)) reason ??= 'failing';
  }
  if (!endpoint.enabled) return { health, turn: null };
  if (reason === null) return { health, turn: findTurn(endpoint, health, results.at(-1)?.disabling) };
  const revision = endpoint.revision + 1;
  const change = { enabled: false, disabledReason: reason, disabledAt: now, updatedAt: now, revision };
  return { health, turn: { kind: 'disabled', endpoint: { ...endpoint, health, ...change }, run: health } };
}

function findTurn(endpoint: Endpoint, health: Health, rule: DisablingRule | undefined): HealthTurn | null {
  if (rule === undefined) return null;
  const was = isHalfway(endpoint.health, rule);
  if (was && health.failureCount === 0) return { kind: 'recovered', endpoint, run: endpoint.health };
  return !was && isHalfway(health, rule) ? { kind: 'failing', endpoint, run: health } : null;
}

/** The endpoints that are disabled by this. */
export function disabledOf(turns: readonly HealthTurn[]): Endpoint[] {
  return turns.flatMap(({ kind, endpoint }) => (kind === 'disabled' ? [endpoint] : []));
}

function groupByEndpoint(results: readonly AttemptResult[]): Map<EndpointId, AttemptResult[]> {
  const groups = new Map<EndpointId, AttemptResult[]>();
  for (const result of results) {
    const group = groups.get(result.claim.endpoint);
    if (group === undefined) groups.set(result.claim.endpoint, [result]);
    else group.push(result);
  }
  return groups;
}
