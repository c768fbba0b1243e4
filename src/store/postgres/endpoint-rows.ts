import {
  type DisabledReason,
  type Endpoint,
  type EndpointId,
  goodHealth,
  type Health,
} from '#core/endpoint.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import { parseJson, type Queries, sql, type Value } from './database.ts';

export interface EndpointRow {
  readonly id: EndpointId;
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly url: string;
  readonly event_types: readonly string[];
  readonly description: string | null;
  readonly enabled: boolean;
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

/** In the order of `endpointColumns`. */
export function endpointValues(endpoint: Endpoint): Value[] {
  const { health } = endpoint;
  // prettier-ignore
  return [
    endpoint.id, endpoint.tenant, endpoint.mode, endpoint.url, endpoint.eventTypes,
    endpoint.description, endpoint.enabled, endpoint.disabledReason, endpoint.disabledAt,
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
    eventTypes: row.event_types,
    description: row.description,
    enabled: row.enabled,
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
