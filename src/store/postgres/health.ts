// How the endpoints of a batch are doing after it, and the disabling of those that have failed too long.
import {
  type DisabledReason,
  type Endpoint,
  type EndpointId,
  healthAfter,
  isFailing,
} from '#core/endpoint.ts';
import type { AttemptResult } from '#store/store.ts';
import { type Queries, sql } from './database.ts';
import { lockEndpoints, raiseTenantRevision, writeHealth } from './endpoint-rows.ts';

/**
 * Folds the results into the health of their endpoints, in order, and answers the endpoints that are disabled
 * by it. An endpoint whose results are all accepted and whose health was good costs nothing; the rows of the
 * others are locked, so that two processes count each failure once.
 */
export async function foldHealth(
  tx: Queries,
  results: readonly AttemptResult[],
  failing: ReadonlySet<EndpointId>,
  now: number,
): Promise<Endpoint[]> {
  const byEndpoint = groupByEndpoint(results);
  const touched = [...byEndpoint].filter(
    ([id, own]) => failing.has(id) || own.some(({ settlement }) => settlement.outcome !== 'accepted'),
  );
  if (touched.length === 0) return [];
  const endpoints = await lockEndpoints(
    tx,
    touched.map(([id]) => id),
  );
  const folded = endpoints.map((endpoint) => fold(endpoint, byEndpoint.get(endpoint.id) ?? [], now));
  await writeHealth(
    tx,
    folded.map(({ endpoint: { id, health } }) => ({ id, health })),
  );
  const disabled: Endpoint[] = [];
  for (const { endpoint, reason } of folded) {
    if (reason === null || !endpoint.enabled) continue;
    disabled.push(await disable(tx, endpoint, reason, now));
  }
  return disabled;
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

function fold(
  endpoint: Endpoint,
  results: readonly AttemptResult[],
  now: number,
): { readonly endpoint: Endpoint; readonly reason: DisabledReason | null } {
  let health = endpoint.health;
  let reason: DisabledReason | null = null;
  for (const { settlement, disabling } of results) {
    health = healthAfter(health, disabling, settlement.outcome === 'accepted', now);
    if (settlement.isGone) reason ??= 'gone';
    else if (isFailing(health, disabling)) reason ??= 'failing';
  }
  return { endpoint: { ...endpoint, health }, reason };
}

async function disable(
  tx: Queries,
  endpoint: Endpoint,
  reason: DisabledReason,
  now: number,
): Promise<Endpoint> {
  await tx.run(updateDisabled, [reason, now, endpoint.id]);
  await raiseTenantRevision(tx, endpoint.tenant);
  const revision = endpoint.revision + 1;
  return { ...endpoint, enabled: false, disabledReason: reason, disabledAt: now, updatedAt: now, revision };
}

const updateDisabled = sql`
  update endpoints set enabled = false, disabled_reason = $1, disabled_at = $2, updated_at = $2,
    revision = revision + 1
  where id = $3`;
