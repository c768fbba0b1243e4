// Conditions that many records share.
import type { Scope } from '#core/tenant.ts';
import { type Sql, sql } from '../sql.ts';

/** True for rows of the scope's tenant and, unless it covers both, mode. */
export function inScope({ tenant, mode }: Scope): Sql {
  return mode === null ? sql`tenant = ${tenant}` : sql`tenant = ${tenant} and mode = ${mode}`;
}

/** The same for endpoints, of which a scope may have those of one kind only. */
export function endpointsIn(scope: Scope): Sql {
  return scope.kind === undefined ? inScope(scope) : sql`${inScope(scope)} and kind = ${scope.kind}`;
}

/** Postgres rejects NUL in text, and no key or id has one: a lookup with it finds nothing. */
export function hasNul(text: string): boolean {
  return text.includes('\0');
}
