import type { Attempt } from '#core/attempt.ts';
import type { LoggedAttempt, Page, PageRequest } from '#core/commands.ts';
import type { DeliveryId } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import type { Scope } from '#core/tenant.ts';
import type { AttemptResult } from '#store/store.ts';
import { makePage, modesOf, readCursor } from '../cursor.ts';
import { attemptColumns, type AttemptRow, readAttempt } from '../rows/attempt.ts';
import { type Database, defineInsert, sql } from './database.ts';
import { readDeliveriesById } from './delivery-rows.ts';
import { listOwned } from './endpoint-rows.ts';
import { readEvents } from './events.ts';
import type { Context } from './memory.ts';

export function insertAttempts({ db, memory }: Context, results: readonly AttemptResult[]): void {
  db.insert(
    insertAttempt,
    results.map(({ attempt, claim }) => attemptValues(++memory.last.attempts, attempt, claim.endpoint)),
  );
}

/** Attempts of one delivery, oldest first. Whoever asks has made sure of the scope. */
export function readAttemptsOf(db: Database, delivery: DeliveryId): Attempt[] {
  return db.all<AttemptRow>(selectOfDelivery, delivery).map(readAttempt);
}

/** Attempts of one endpoint of the scope or of all, newest first. */
export function listAttempts(
  context: Context,
  scope: Scope,
  endpoint: EndpointId | null,
  page: PageRequest,
): Page<LoggedAttempt & { readonly event: Event }> {
  const { db } = context;
  const owned = listOwned(db, scope.tenant, modesOf(scope));
  const endpoints = endpoint === null ? owned : owned.filter((id) => id === endpoint);
  const rows = readNewest(context, endpoints, readCursor('attempt', page.cursor), page.limit + 1);
  const read = joinOwners(db, scope, rows);
  return makePage('attempt', rows, page.limit, (row) => String(row.seq), read);
}

/** The few that are not filed are all newer than the ones that are. */
function readNewest(
  { db, memory }: Context,
  endpoints: readonly EndpointId[],
  after: string | null,
  limit: number,
): AttemptRow[] {
  const before = after === null ? Number.MAX_SAFE_INTEGER : Number(after);
  const asked = JSON.stringify(endpoints);
  const unfiled = db.all<AttemptRow>(selectUnfiled, memory.filed.attempts, before, asked, limit);
  const filed = db.all<AttemptRow>(selectFiled, asked, before, limit);
  return [...unfiled, ...filed].slice(0, limit);
}

/** Reads the deliveries and events of these attempts at once, and answers how to put one together. */
function joinOwners(
  db: Database,
  scope: Scope,
  rows: readonly AttemptRow[],
): (row: AttemptRow) => LoggedAttempt & { readonly event: Event } {
  const ids = rows.map((row) => row.delivery);
  const deliveries = readDeliveriesById(db, scope, ids);
  const seqs = [...deliveries.values()].map((row) => row.eventSeq);
  const events = readEvents(db, seqs);
  return (row) => {
    const owner = deliveries.get(row.delivery);
    const event = owner === undefined ? undefined : events.get(owner.eventSeq);
    if (owner === undefined || event === undefined) throw new Error(`delivery ${row.delivery} is missing`);
    return { attempt: readAttempt(row), delivery: owner.delivery, event };
  };
}

const insertAttempt = defineInsert('attempts', `${attemptColumns}, endpoint`);

/** In the order of `insertAttempt`. A duration may come with fractions of a millisecond. */
function attemptValues(
  seq: number,
  attempt: Attempt,
  endpoint: EndpointId,
): (string | number | null | Uint8Array)[] {
  const { id, delivery, number, url, requestHeaders, outcome, status, error } = attempt;
  // prettier-ignore
  return [
    seq, id, delivery, number, Math.round(attempt.startedAt), Math.round(attempt.durationMs), url,
    JSON.stringify(requestHeaders), outcome, status, error?.code ?? null, error?.message ?? null,
    JSON.stringify(attempt.responseHeaders), attempt.responseBody, endpoint,
  ];
}

const selected = attemptColumns.replaceAll(/\w+/g, 'a.$&');

const selectOfDelivery = sql`select ${selected} from attempts a where a.delivery = ? order by a.seq`;

const selectUnfiled = sql`
  select ${selected} from attempts a
  where a.seq > ? and a.seq < ? and a.endpoint in (select value from json_each(?)) order by a.seq desc limit ?`;

/** The newest of each endpoint by index, then the newest of those. */
const selectFiled = sql`
  select ${selected} from attempts a where a.seq in (
    select f.seq from json_each(?1) as asked cross join attempts_by_endpoint f
      on f.endpoint = asked.value and f.seq in (
        select seq from attempts_by_endpoint where endpoint = asked.value and seq < ?2 order by seq desc limit ?3
      )
    order by f.seq desc limit ?3
  ) order by a.seq desc`;
