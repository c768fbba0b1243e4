// Endpoints that need a person, of all tenants: by the index of disabled ones, by their failures, and by what is due. What is due is
// looked for within the bounds of one read, and the next page goes on from there, also when this one is empty.
import { type Attention, waitingCountMax } from '#core/attention.ts';
import type { Page, PageRequest } from '#core/commands.ts';
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import type { WaitingRow } from '../claims.ts';
import { makePage, readCursor, writeCursor } from '../cursor.ts';
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
  const { dueAt, reached } = yield* listOverdue(engine, terms, after, limit + 1);
  const within = sql`id > ${after} and ${reached === null ? sql`true` : sql`id <= ${reached}`}`;
  const found = new Map<EndpointId, Endpoint>();
  for (const condition of [
    // As the partial index says it.
    sql`not enabled and disabled_reason <> 'requested' and ${within}`,
    sql`enabled and failure_count > 0 and failure_count >= ${terms.failuresMin} and ${within}`,
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
  const page = makePage('attention', endpoints, limit, ({ id }) => id, toAttention);
  const rest = reached === null ? null : writeCursor('attention', reached);
  return { ...page, nextCursor: page.nextCursor ?? rest };
}

function ofTenants({ fragments }: Reader, { tenants }: AttentionTerms): Sql {
  return tenants === undefined ? sql`true` : sql`tenant ${fragments.anyOf(tenants)}`;
}

/** Endpoints that one step looks at: some ms of work, more when they are not in memory. */
const endpointsPerStep = 100;

interface Overdue {
  /** When the first of what is due for too long was due. */
  readonly dueAt: ReadonlyMap<EndpointId, number>;
  /** The endpoint that the search has come to, itself included; null when no more have something waiting. */
  readonly reached: EndpointId | null;
}

/** Looks until `wanted` endpoints of these tenants are found, none is left, or the bounds are reached. */
function* listOverdue(
  engine: Reader,
  terms: AttentionTerms,
  after: EndpointId,
  wanted: number,
): Work<Overdue> {
  const { bounds, find, fragments } = engine;
  const end = bounds.now() + bounds.msMax;
  const dueAt = new Map<EndpointId, number>();
  let reached = after;
  for (let visited = 0; ; visited += endpointsPerStep) {
    const rows = yield* all<WaitingRow>(find.waitingEndpoints(reached, endpointsPerStep));
    const overdue = new Map<EndpointId, number>();
    for (const { endpoint, due_at } of rows) {
      if (due_at !== null && due_at < terms.dueBefore) overdue.set(endpoint, due_at);
    }
    const own = yield* all<{ id: EndpointId }>(sql`
      select id from endpoints where id ${fragments.anyOf([...overdue.keys()])} and ${ofTenants(engine, terms)}`);
    for (const { id } of own) dueAt.set(id, overdue.get(id) ?? 0);
    const last = rows.at(-1);
    if (last === undefined || rows.length < endpointsPerStep) return { dueAt, reached: null };
    reached = last.endpoint;
    const isEnough = dueAt.size >= wanted || visited + endpointsPerStep >= bounds.rowsMax;
    if (isEnough || bounds.now() >= end) return { dueAt, reached };
  }
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
