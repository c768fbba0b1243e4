import type { Endpoint, EndpointId, Health } from '#core/endpoint.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import { endpointColumns, type EndpointFields, listEndpointValues, makeEndpoint } from '../rows/endpoint.ts';
import { type Database, defineInsert, parseJson, sql } from './database.ts';

export interface EndpointRow extends EndpointFields {
  readonly event_types: string;
  readonly enabled: number;
}

export const insertEndpoint = defineInsert('endpoints', endpointColumns);

/** In the order of `insertEndpoint`. */
export function endpointValues(endpoint: Endpoint): (string | number | null)[] {
  return listEndpointValues(endpoint, JSON.stringify(endpoint.eventTypes), endpoint.enabled ? 1 : 0);
}

export function readEndpoint(row: EndpointRow): Endpoint {
  return makeEndpoint(row, parseJson(row.event_types), row.enabled === 1);
}

/** Those of these endpoints that are not removed. */
export function readEndpoints(db: Database, ids: readonly EndpointId[]): Endpoint[] {
  return db.all<EndpointRow>(selectEndpoints, JSON.stringify(ids)).map(readEndpoint);
}

/** Endpoints of a tenant and these modes, also removed ones: what they were sent is still to be seen. */
export function listOwned(db: Database, tenant: TenantId, modes: readonly Mode[]): EndpointId[] {
  return modes.flatMap((mode) => db.all<{ id: EndpointId }>(selectOwned, tenant, mode).map((row) => row.id));
}

export function writeHealth(db: Database, id: EndpointId, health: Health): void {
  const { failureCount, firstFailureAt, lastFailureAt, windowFailures, windowStartedAt } = health;
  db.run(updateHealth, failureCount, firstFailureAt, lastFailureAt, windowFailures, windowStartedAt, id);
}

/** Tells the publish path that what it remembers of a tenant's endpoints is old. */
export function raiseTenantRevision(db: Database, tenant: TenantId): void {
  db.run(updateTenantRevision, tenant);
}

const selectEndpoints = sql`
  select ${endpointColumns} from endpoints
  where id in (select value from json_each(?)) and removed_at is null`;

const selectOwned = sql`
  select id from endpoints indexed by endpoints_of_tenant where tenant = ? and mode = ? order by id`;

const updateHealth = sql`
  update endpoints set failure_count = ?, first_failure_at = ?, last_failure_at = ?, window_failures = ?,
    window_started_at = ?
  where id = ?`;

const updateTenantRevision = sql`update tenants set revision = revision + 1 where id = ?`;
