import type { Outcome } from './attempt.ts';
import type { EndpointId } from './endpoint.ts';
import type { TenantId } from './tenant.ts';

/** Rows are also counted under these ids: those of all endpoints of a tenant, and of all tenants. */
export const allEndpoints = '' as EndpointId;
export const allTenants = '' as TenantId;

export interface StatsQuery {
  readonly tenant: TenantId | null;
  /** Where `tenant` is null: of these alone. */
  readonly tenants?: readonly TenantId[];
  /** All when null. */
  readonly endpoints: readonly EndpointId[] | null;
  /** Unix ms. */
  readonly since: number;
  readonly bucketMs: number;
  /** One entry for each bucket and endpoint, or each bucket and code. */
  readonly groupBy: 'endpoint' | 'code' | null;
}

/** Attempts that ended in one bucket of time. Durations are upper bounds of the classes they are counted in. */
export interface StatsBucket {
  /** Unix ms. */
  readonly start: number;
  /** Null unless grouped by it. */
  readonly endpoint: EndpointId | null;
  /** An HTTP status, or the error of attempts without an answer; null unless grouped by it. */
  readonly code: string | null;
  readonly accepted: number;
  readonly refused: number;
  readonly unreachable: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

/**
 * Counts of attempts by how they ended. A key is the first letter of the outcome and the code: `a200`, `r503`, `utimeout`.
 * At most some hundred keys: statuses, and the errors of requests.
 */
export type Codes = Readonly<Record<string, number>>;

export function codeKey(outcome: Outcome, status: number | null, error: string | null): string {
  return `${outcome.charAt(0)}${outcome === 'unreachable' ? (error ?? 'request_failed') : (status ?? '')}`;
}

const outcomes: Readonly<Record<string, Outcome>> = { a: 'accepted', r: 'refused', u: 'unreachable' };

/** The outcome and the code of a key. */
export function readCodeKey(key: string): { readonly outcome: Outcome; readonly code: string } {
  return { outcome: outcomes[key.charAt(0)] ?? 'unreachable', code: key.slice(1) };
}

/** Adds `more` to `sum`, code by code. */
export function addCodes(sum: Record<string, number>, more: Codes): void {
  for (const [key, count] of Object.entries(more)) sum[key] = (sum[key] ?? 0) + count;
}
