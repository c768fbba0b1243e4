// How the endpoints of a batch are doing after it, and the disabling of those that have failed too long.
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import type { AttemptResult } from '#store/store.ts';
import { foldResults, groupTouching } from '../health.ts';
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
  const touching = groupTouching(results, failing);
  if (touching.size === 0) return [];
  const endpoints = await lockEndpoints(tx, [...touching.keys()]);
  const folded = endpoints.map((endpoint) => ({
    id: endpoint.id,
    ...foldResults(endpoint, touching.get(endpoint.id) ?? [], now),
  }));
  await writeHealth(tx, folded);
  const disabled = folded.flatMap((one) => one.disabled ?? []);
  for (const { id, tenant, disabledReason } of disabled) {
    await tx.run(updateDisabled, [disabledReason, now, id]);
    await raiseTenantRevision(tx, tenant);
  }
  return disabled;
}

const updateDisabled = sql`
  update endpoints set enabled = false, disabled_reason = $1, disabled_at = $2, updated_at = $2,
    revision = revision + 1
  where id = $3`;
