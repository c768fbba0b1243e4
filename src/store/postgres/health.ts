// Endpoint health: counts failures with each batch of results, and disables endpoints that fail too long.
import type { EndpointId } from '#core/endpoint.ts';
import { disabledOf, foldResults, groupTouching } from '../health.ts';
import { disabledEndpoint, healthFormat, readEndpoint, selectEndpoints } from '../records/endpoint-rows.ts';
import type { StoredRow } from '../records/fields.ts';
import { raiseTenantRevision } from '../records/tenants.ts';
import { sql } from '../sql.ts';
import type { AttemptResult, HealthTurn } from '../store.ts';
import { perform, type Queries } from './database.ts';
import { unnest } from './unnest.ts';

/**
 * Folds the results into the health of their endpoints, in order, and returns the turns that this makes. An
 * endpoint whose results are all accepted and whose health was good costs nothing; the rows of the others are locked in
 * the order of ids, so that two processes count each failure once.
 */
export async function foldHealth(
  tx: Queries,
  results: readonly AttemptResult[],
  failing: ReadonlySet<EndpointId>,
  now: number,
): Promise<HealthTurn[]> {
  const touching = groupTouching(results, failing);
  if (touching.size === 0) return [];
  const rows = await tx.all<StoredRow & { readonly id: EndpointId }>(sql`
    ${selectEndpoints} where id = any(${[...touching.keys()]}) and removed_at is null order by id for update`);
  const folded = rows.map((row) => ({
    id: row.id,
    ...foldResults(readEndpoint(row), touching.get(row.id) ?? [], now),
  }));
  const values = folded.map(({ id, health }) => [id, ...Object.values(healthFormat.write(health))]);
  await tx.run(sql`
    update endpoints e set failure_count = g.failure_count, first_failure_at = g.first_failure_at,
      last_failure_at = g.last_failure_at, window_failures = g.window_failures,
      window_started_at = g.window_started_at
    from ${unnest('g', columns, values)} where e.id = g.id`);
  const turns = folded.flatMap(({ turn }) => turn ?? []);
  for (const endpoint of disabledOf(turns)) {
    await tx.run(sql`update endpoints set ${disabledEndpoint(endpoint)} where id = ${endpoint.id}`);
    await perform(tx, raiseTenantRevision(endpoint.tenant));
  }
  return turns;
}

const columns = {
  id: 'text',
  failure_count: 'bigint',
  first_failure_at: 'bigint',
  last_failure_at: 'bigint',
  window_failures: 'bigint',
  window_started_at: 'bigint',
} as const;
