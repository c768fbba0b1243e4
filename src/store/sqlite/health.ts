// How the endpoints of a batch are doing after it, and the disabling of those that have failed too long.
import type { Endpoint } from '#core/endpoint.ts';
import type { AttemptResult } from '#store/store.ts';
import { foldResults, groupTouching } from '../health.ts';
import { sql } from './database.ts';
import { raiseTenantRevision, readEndpoints, writeHealth } from './endpoint-rows.ts';
import type { Context } from './memory.ts';

/**
 * Folds the results into the health of their endpoints, in order, and answers the endpoints that are disabled
 * by it. An endpoint whose results are all accepted and whose health was good costs nothing.
 */
export function foldHealth(context: Context, results: readonly AttemptResult[], now: number): Endpoint[] {
  const touching = groupTouching(results, context.memory.failing);
  if (touching.size === 0) return [];
  const endpoints = readEndpoints(context.db, [...touching.keys()]);
  return endpoints.flatMap((endpoint) => fold(context, endpoint, touching.get(endpoint.id) ?? [], now));
}

function fold(
  { db, memory: { failing } }: Context,
  endpoint: Endpoint,
  results: readonly AttemptResult[],
  now: number,
): readonly Endpoint[] {
  const { health, disabled } = foldResults(endpoint, results, now);
  writeHealth(db, endpoint.id, health);
  const isGood = health.failureCount === 0;
  // Early in, late out: an id too many costs a read, one too few would hide what is in the table.
  if (isGood) db.afterCommit(() => failing.delete(endpoint.id));
  else failing.add(endpoint.id);
  if (disabled === null) return [];
  db.run(updateDisabled, disabled.disabledReason, now, now, endpoint.id);
  raiseTenantRevision(db, endpoint.tenant);
  return [disabled];
}

const updateDisabled = sql`
  update endpoints set enabled = 0, disabled_reason = ?, disabled_at = ?, updated_at = ?, revision = revision + 1
  where id = ?`;
