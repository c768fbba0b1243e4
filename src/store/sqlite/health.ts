// How the endpoints of a batch are doing after it, and the disabling of those that have failed too long.
import {
  type DisabledReason,
  type Endpoint,
  type EndpointId,
  healthAfter,
  isFailing,
} from '#core/endpoint.ts';
import type { AttemptResult } from '#store/store.ts';
import { sql } from './database.ts';
import { raiseTenantRevision, readEndpoints, writeHealth } from './endpoint-rows.ts';
import type { Context } from './memory.ts';

/**
 * Folds the results into the health of their endpoints, in order, and answers the endpoints that are disabled
 * by it. An endpoint whose results are all accepted and whose health was good costs nothing.
 */
export function foldHealth(context: Context, results: readonly AttemptResult[], now: number): Endpoint[] {
  const byEndpoint = groupByEndpoint(results);
  const touched = [...byEndpoint].filter(
    ([id, own]) =>
      context.memory.failing.has(id) || own.some(({ settlement }) => settlement.outcome !== 'accepted'),
  );
  if (touched.length === 0) return [];
  const endpoints = readEndpoints(
    context.db,
    touched.map(([id]) => id),
  );
  return endpoints.flatMap((endpoint) => fold(context, endpoint, byEndpoint.get(endpoint.id) ?? [], now));
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
  context: Context,
  endpoint: Endpoint,
  results: readonly AttemptResult[],
  now: number,
): readonly Endpoint[] {
  let health = endpoint.health;
  let reason: DisabledReason | null = null;
  for (const { settlement, disabling } of results) {
    health = healthAfter(health, disabling, settlement.outcome === 'accepted', now);
    if (settlement.isGone) reason ??= 'gone';
    else if (isFailing(health, disabling)) reason ??= 'failing';
  }
  writeHealth(context.db, endpoint.id, health);
  const { failing } = context.memory;
  const isGood = health.failureCount === 0;
  // Early in, late out: an id too many costs a read, one too few would hide what is in the table.
  if (isGood) context.db.afterCommit(() => failing.delete(endpoint.id));
  else failing.add(endpoint.id);
  if (reason === null || !endpoint.enabled) return [];
  context.db.run(updateDisabled, reason, now, now, endpoint.id);
  raiseTenantRevision(context.db, endpoint.tenant);
  const revision = endpoint.revision + 1;
  const change = { enabled: false, disabledReason: reason, disabledAt: now, updatedAt: now, revision };
  return [{ ...endpoint, health, ...change }];
}

const updateDisabled = sql`
  update endpoints set enabled = 0, disabled_reason = ?, disabled_at = ?, updated_at = ?, revision = revision + 1
  where id = ?`;
