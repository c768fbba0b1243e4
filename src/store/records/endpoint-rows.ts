// Endpoints as rows: for the records and for the recording of attempts, which keeps their health.
import { type Endpoint, goodHealth, type Health } from '#core/endpoint.ts';
import { columnList, type Row, type Sql, sql } from '../sql.ts';
import { defineFormat, flag, json, list, plain, type StoredRow } from './fields.ts';

const format = defineFormat<Omit<Endpoint, 'health'>>({
  id: plain(),
  tenant: plain(),
  mode: plain(),
  kind: plain(),
  url: plain(),
  eventTypes: list(),
  description: plain(),
  enabled: flag(),
  disabledReason: plain(),
  disabledAt: plain(),
  secrets: json(),
  alias: plain(),
  attributes: json(),
  metadata: json(),
  settings: json(),
  sealedSettings: plain(),
  createdAt: plain(),
  updatedAt: plain(),
  revision: plain(),
});

export const healthFormat = defineFormat<Health>({
  failureCount: plain(),
  firstFailureAt: plain(),
  lastFailureAt: plain(),
  windowFailures: plain(),
  windowStartedAt: plain(),
});

/** The columns of an endpoint in the table of this name. */
export function endpointColumns(table: string): Sql {
  return columnList([...format.columns, ...healthFormat.columns], table);
}

export const selectEndpoints = sql`select ${endpointColumns('e')} from endpoints e`;

export function toRow(endpoint: Endpoint): Row {
  return { ...format.write(endpoint), ...healthFormat.write(endpoint.health) };
}

export function readEndpoint(row: StoredRow): Endpoint {
  const health = healthFormat.read(row);
  return { ...format.read(row), health: health.failureCount === 0 ? goodHealth : health };
}

/** What an update sets of an endpoint that is removed: it stays as a tombstone without secrets. */
export function removedEndpoint(now: number): Sql {
  return sql`
    removed_at = ${now}, updated_at = ${now}, secrets = '[]', sealed_settings = null, failure_count = 0, revision = revision + 1`;
}

/** What an update sets of an endpoint that fails too long. */
export function disabledEndpoint({ disabledReason, disabledAt }: Endpoint): Sql {
  return sql`
    enabled = ${false}, disabled_reason = ${disabledReason}, disabled_at = ${disabledAt}, updated_at = ${disabledAt},
    revision = revision + 1`;
}
