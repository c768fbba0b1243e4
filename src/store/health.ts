// Endpoint health: what results of attempts do to it. Every store uses it, and reads and writes the rows.
import {
  type DisabledReason,
  type Endpoint,
  type EndpointId,
  type Health,
  healthAfter,
  isFailing,
} from '#core/endpoint.ts';
import type { AttemptResult } from './store.ts';

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
  /** The endpoint as it is then, if they disable it. */
  readonly disabled: Endpoint | null;
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
  if (reason === null || !endpoint.enabled) return { health, disabled: null };
  const revision = endpoint.revision + 1;
  const change = { enabled: false, disabledReason: reason, disabledAt: now, updatedAt: now, revision };
  return { health, disabled: { ...endpoint, health, ...change } };
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
