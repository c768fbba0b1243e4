import {
  type DisabledReason,
  type Endpoint,
  type EndpointId,
  goodHealth,
  type Health,
} from '#core/endpoint.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import { parseJson, sql } from '../sql.ts';

/** What a row holds in every store; each has its own form for `event_types` and `enabled`. */
export interface EndpointFields {
  readonly id: EndpointId;
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly url: string;
  readonly description: string | null;
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

/** In the order of `endpointColumns`, with two values as the store writes them. */
export function listEndpointValues<EventTypes, Enabled>(
  endpoint: Endpoint,
  eventTypes: EventTypes,
  enabled: Enabled,
): (string | number | null | EventTypes | Enabled)[] {
  const { health } = endpoint;
  // prettier-ignore
  return [
    endpoint.id, endpoint.tenant, endpoint.mode, endpoint.url, eventTypes,
    endpoint.description, enabled, endpoint.disabledReason, endpoint.disabledAt,
    health.failureCount, health.firstFailureAt, health.lastFailureAt,
    health.windowFailures, health.windowStartedAt,
    JSON.stringify(endpoint.secrets), endpoint.alias, JSON.stringify(endpoint.attributes),
    endpoint.createdAt, endpoint.updatedAt, endpoint.revision,
  ];
}

/** The endpoint of a row, with what the store has read in its own form. */
export function makeEndpoint(row: EndpointFields, eventTypes: readonly string[], enabled: boolean): Endpoint {
  return {
    id: row.id,
    tenant: row.tenant,
    mode: row.mode,
    url: row.url,
    eventTypes,
    description: row.description,
    enabled,
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

function readHealth(row: EndpointFields): Health {
  if (row.failure_count === 0) return goodHealth;
  return {
    failureCount: row.failure_count,
    firstFailureAt: row.first_failure_at,
    lastFailureAt: row.last_failure_at,
    windowFailures: row.window_failures,
    windowStartedAt: row.window_started_at,
  };
}
