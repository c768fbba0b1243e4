import {
  type DisabledReason,
  type Endpoint,
  type EndpointId,
  goodHealth,
  type Health,
} from '#core/endpoint.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import { type Database, defineInsert, parseJson, sql } from './database.ts';

export interface EndpointRow {
  readonly id: EndpointId;
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly url: string;
  readonly event_types: string;
  readonly description: string | null;
  readonly enabled: number;
  readonly disabled_reason: DisabledReason | null;
  readonly disabled_at: number | null;
  readonly failure_count: number;
  readonly first_failure_at: number | null;
  readonly last_failure_at: number | null;
  readonly window_failures: number;
  readonly window_started_at: number | null;
  readonly secrets: string;
  readonly alias: string | null;
  readonly attributes: string;
  readonly created_at: number;
  readonly updated_at: number;
  readonly revision: number;
}

export const endpointColumns = sql`
  id, tenant, mode, url, event_types, description, enabled, disabled_reason, disabled_at,
  failure_count, first_failure_at, last_failure_at, window_failures, window_started_at,
  secrets, alias, attributes, created_at, updated_at, revision`;

export const insertEndpoint = defineInsert('endpoints', endpointColumns);

/** In the order of `insertEndpoint`. */
export function endpointValues(endpoint: Endpoint): (string | number | null)[] {
  const { health } = endpoint;
  // prettier-ignore
  return [
    endpoint.id, endpoint.tenant, endpoint.mode, endpoint.url, JSON.stringify(endpoint.eventTypes),
    endpoint.description, endpoint.enabled ? 1 : 0, endpoint.disabledReason, endpoint.disabledAt,
    health.failureCount, health.firstFailureAt, health.lastFailureAt,
    health.windowFailures, health.windowStartedAt,
    JSON.stringify(endpoint.secrets), endpoint.alias, JSON.stringify(endpoint.attributes),
    endpoint.createdAt, endpoint.updatedAt, endpoint.revision,
  ];
}

export function readEndpoint(row: EndpointRow): Endpoint {
  return {
    id: row.id,
    tenant: row.tenant,
    mode: row.mode,
    url: row.url,
    eventTypes: parseJson(row.event_types),
    description: row.description,
    enabled: row.enabled === 1,
    disabledReason: row.disabled_reason,
    disabledAt: row.disabled_at,
    health: readHealth(row),
    secrets: parseJson(row.secrets),
    alias: row.alias,
    attributes: parseJson(row.attributes),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    revision: row.revision,
  };
}

function readHealth(row: EndpointRow): Health {
  if (row.failure_count === 0) return goodHealth;
  return {
    failureCount: row.failure_count,
    firstFailureAt: row.first_failure_at,
    lastFailureAt: row.last_failure_at,
    windowFailures: row.window_failures,
    windowStartedAt: row.window_started_at,
  };
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
