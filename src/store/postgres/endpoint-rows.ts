import type { Endpoint, EndpointId, Health } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import { endpointColumns, type EndpointFields, listEndpointValues, makeEndpoint } from '../rows/endpoint.ts';
import { type Queries, sql, type Value } from './database.ts';

export interface EndpointRow extends EndpointFields {
  readonly event_types: readonly string[];
  readonly enabled: boolean;
}

/** In the order of `endpointColumns`. */
export function endpointValues(endpoint: Endpoint): Value[] {
  return listEndpointValues(endpoint, endpoint.eventTypes, endpoint.enabled);
}

export function readEndpoint(row: EndpointRow): Endpoint {
  return makeEndpoint(row, row.event_types, row.enabled);
}

/** Those of these endpoints that are not removed, their rows locked in the order of ids. */
export async function lockEndpoints(tx: Queries, ids: readonly EndpointId[]): Promise<Endpoint[]> {
  return (await tx.all<EndpointRow>(selectLocked, [ids])).map(readEndpoint);
}

export async function writeHealth(
  tx: Queries,
  changes: readonly { readonly id: EndpointId; readonly health: Health }[],
): Promise<void> {
  await tx.run(updateHealth, [
    changes.map(({ id }) => id),
    changes.map(({ health }) => health.failureCount),
    changes.map(({ health }) => health.firstFailureAt),
    changes.map(({ health }) => health.lastFailureAt),
    changes.map(({ health }) => health.windowFailures),
    changes.map(({ health }) => health.windowStartedAt),
  ]);
}

/** Tells the publish path of every process that what it remembers of a tenant's endpoints is old. */
export async function raiseTenantRevision(tx: Queries, tenant: TenantId): Promise<void> {
  await tx.run(updateTenantRevision, [tenant]);
}

const selectLocked = sql`
  select ${endpointColumns} from endpoints where id = any($1) and removed_at is null order by id for update`;

const updateHealth = sql`
  update endpoints e set failure_count = g.failures, first_failure_at = g.first_at, last_failure_at = g.last_at,
    window_failures = g.window_failures, window_started_at = g.window_started_at
  from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
    as g(id, failures, first_at, last_at, window_failures, window_started_at)
  where e.id = g.id`;

const updateTenantRevision = sql`update tenants set revision = revision + 1 where id = $1`;
