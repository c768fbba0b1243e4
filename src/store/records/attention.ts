// Endpoints that need a person, of all tenants: by the index of disabled ones, by their failures, and by what is due.
import { type Attention, waitingCountMax } from '#core/attention.ts';
import type { Page, PageRequest } from '#core/commands.ts';
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import type { DueRow } from '../claims.ts';
import { makePage, readCursor } from '../cursor.ts';
import { type Sql, sql } from '../sql.ts';
import type { AttentionTerms } from '../store.ts';
import { readEndpoint, selectEndpoints } from './endpoint-rows.ts';
import type { Reader } from './engine.ts';
import type { StoredRow } from './fields.ts';
import { all, type Work } from './work.ts';

export function* listAttention(
  engine: Reader,
  terms: AttentionTerms,
  { cursor, limit }: PageRequest,
): Work<Page<Attention>> {
  const after = (readCursor('attention', cursor) ?? '') as EndpointId;
  const dueAt = yield* listOverdue(engine, terms, after, limit + 1);
  const found = new Map<EndpointId, Endpoint>();
  for (const condition of [
    // As the partial index says it.
    sql`not enabled and disabled_reason <> 'requested' and id > ${after}`,
    sql`enabled and failure_count > 0 and failure_count >= ${terms.failuresMin} and id > ${after}`,
    sql`id ${engine.fragments.anyOf([...dueAt.keys()])}`,
  ]) {
    for (const endpoint of yield* select(sql`${condition} and ${ofTenants(engine, terms)}`, limit + 1)) {
      found.set(endpoint.id, endpoint);
    }
  }
  const endpoints = [...found.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit + 1);
  const waiting = yield* countWaiting(engine, endpoints);
  const toAttention = (endpoint: Endpoint): Attention => {
    const oldestDueAt = dueAt.get(endpoint.id) ?? null;
    const troubles = troublesOf(endpoint, terms, oldestDueAt);
    return { endpoint, troubles, waiting: waiting.get(endpoint.id) ?? 0, oldestDueAt };
  };
  return makePage('attention', endpoints, limit, ({ id }) => id, toAttention);
}

function ofTenants({ fragments }: Reader, { tenants }: AttentionTerms): Sql {
  return tenants === undefined ? sql`true` : sql`tenant ${fragments.anyOf(tenants)}`;
}

/** When the first of what is due for too long was due, of the next `count` endpoints of these tenants. */
function* listOverdue(
  engine: Reader,
  terms: AttentionTerms,
  after: EndpointId,
  count: number,
): Work<Map<EndpointId, number>> {
  const found = new Map<EndpointId, number>();
  for (let from = after; found.size < count;) {
    const rows = yield* all<DueRow>(engine.find.dueBefore(from, count, terms.dueBefore));
    const ids = rows.map((row) => row.endpoint);
    const own = yield* all<{ id: EndpointId }>(sql`
      select id from endpoints where id ${engine.fragments.anyOf(ids)} and ${ofTenants(engine, terms)}`);
    const kept = new Set(own.map(({ id }) => id));
    for (const row of rows) if (kept.has(row.endpoint)) found.set(row.endpoint, row.due_at);
    const last = ids.at(-1);
    if (last === undefined || rows.length < count) break;
    from = last;
  }
  return found;
}

function* select(condition: Sql, limit: number): Work<Endpoint[]> {
  const rows = yield* all<StoredRow>(sql`
    ${selectEndpoints} where ${condition} and removed_at is null order by id limit ${limit}`);
  return rows.map(readEndpoint);
}

function* countWaiting({ fragments }: Reader, endpoints: readonly Endpoint[]): Work<Map<EndpointId, number>> {
  const rows = yield* all<{ id: EndpointId; count: number }>(sql`
    select e.id, (
      select count(*) from (
        select 1 from deliveries_waiting w where w.endpoint = e.id limit ${waitingCountMax}
      ) as counted
    ) as count
    from endpoints e where e.id ${fragments.anyOf(endpoints.map(({ id }) => id))}`);
  return new Map(rows.map(({ id, count }) => [id, count]));
}

function troublesOf(
  { enabled, disabledReason, health }: Endpoint,
  { failuresMin }: AttentionTerms,
  oldestDueAt: number | null,
): Attention['troubles'] {
  return [
    ...(!enabled && disabledReason !== 'requested' ? (['disabled'] as const) : []),
    ...(enabled && health.failureCount >= failuresMin ? (['failing'] as const) : []),
    ...(oldestDueAt === null ? [] : (['backlog'] as const)),
  ];
}
