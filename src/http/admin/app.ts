import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import { pageLimitDefault } from '#contract/page.ts';
import type { Page } from '#core/commands.ts';
import type { Mode, Scope, TenantId } from '#core/tenant.ts';
import { parseTime } from '#lib/rfc3339.ts';

/** A fastify instance on which the schema of a route types its requests. */
export type AdminApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** The operator sees both modes of a tenant unless it asks for one. */
export function scopeOf(tenant: string, mode?: Mode): Scope {
  return { tenant: tenant as TenantId, mode: mode ?? null };
}

/** Where a list goes on, with the default of the contract. */
export function pageRequest(query: { readonly limit?: number; readonly cursor?: string }) {
  return { limit: query.limit ?? pageLimitDefault, cursor: query.cursor ?? null };
}

/** A page in the form of the contract. */
export function toPage<T, J>(
  page: Page<T>,
  toJson: (item: T) => J,
): { data: J[]; nextCursor: string | null } {
  return { data: page.items.map(toJson), nextCursor: page.nextCursor };
}

/** A time that validation has let through, as Unix ms. */
export function readTime(text: string): number {
  const ms = parseTime(text);
  if (ms === null) throw new Error('a time passed validation and is none');
  return ms;
}

/** For texts that may be absent: `undefined` becomes no field at all. */
export function optional<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { [key in K]?: V };
}
