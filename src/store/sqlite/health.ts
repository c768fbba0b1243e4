// Endpoint health: counts failures with each batch of results, and disables endpoints that fail too long.
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import { foldResults, groupTouching } from '../health.ts';
import { disabledEndpoint, healthFormat, readEndpoint, selectEndpoints } from '../records/endpoint-rows.ts';
import type { StoredRow } from '../records/fields.ts';
import { raiseTenantRevision } from '../records/tenants.ts';
import { assignments, sql } from '../sql.ts';
import type { AttemptResult, HealthTurn } from '../store.ts';
import type { Context } from './memory.ts';

/**
 * Folds the results into the health of their endpoints, in order, and returns the turns that this makes. An
 * endpoint whose results are all accepted and whose health was good costs nothing.
 */
export function foldHealth(context: Context, results: readonly AttemptResult[], now: number): HealthTurn[] {
  const touching = groupTouching(results, context.memory.failing);
  if (touching.size === 0) return [];
  const rows = context.db.all<StoredRow & { readonly id: EndpointId }>(sql`
    ${selectEndpoints} where id in (select value from json_each(${[...touching.keys()]})) and removed_at is null`);
  return rows.flatMap((row) => fold(context, readEndpoint(row), touching.get(row.id) ?? [], now));
}

function fold(
  { db, memory: { failing } }: Context,
  endpoint: Endpoint,
  results: readonly AttemptResult[],
  now: number,
): readonly HealthTurn[] {
  const { health, turn } = foldResults(endpoint, results, now);
  db.run(sql`update endpoints set ${assignments(healthFormat.write(health))} where id = ${endpoint.id}`);
  const isGood = health.failureCount === 0;
  // Added at once and deleted after the commit: a superfluous id costs a read, a missing one hides a failure count.
  if (isGood) db.afterCommit(() => failing.delete(endpoint.id));
  else failing.add(endpoint.id);
  if (turn === null) return [];
  if (turn.kind === 'disabled') {
    db.run(sql`update endpoints set ${disabledEndpoint(turn.endpoint)} where id = ${endpoint.id}`);
    db.perform(raiseTenantRevision(endpoint.tenant));
  }
  return [turn];
}
