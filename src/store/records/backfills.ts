// Backfill: finds the events that an endpoint selects as it is now and has no delivery of, oldest first, a bounded number
// of them for each step, and creates their deliveries. The lock of an event makes two backfills of it follow each other.
import type { Endpoint } from '#core/endpoint.ts';
import { everyType, isSelected } from '#core/event-types.ts';
import { compileFilter, type Matcher, subjectOf } from '#core/filter/filter.ts';
import { healthNoticeTypes } from '#core/notice-types.ts';
import type { BackfillTerms } from '#core/replay.ts';
import { operatorTenant } from '#core/tenant.ts';
import type { Order } from '../claims.ts';
import { eventsOf, type FanOutRow } from '../fan-out.ts';
import { columnList, type Sql, sql, word } from '../sql.ts';
import { readEndpoint, selectEndpoints } from './endpoint-rows.ts';
import type { Engine, OwedEvent, Reader } from './engine.ts';
import { readEvents } from './events.ts';
import type { StoredRow } from './fields.ts';
import { disorderMs, findFirst } from './found-events.ts';
import { all, get, type Work } from './work.ts';

/** Events that one statement reads; fewer when few are wanted. */
const headsMin = 50;
const headsMax = 500;
/** Events whose deliveries, and payloads where a filter reads them, are looked up at once. */
const chunkSize = 32;
/**
 * A transaction of another process may commit an event later than one with a higher number. So events of the last seconds
 * are looked at again.
 */
const settleMs = 5_000;

/** What is found by one step. */
interface Found {
  readonly events: readonly number[];
  /** The number after those that were looked at. */
  readonly next: number;
  /** The first event that is to be looked at again; null for none. */
  readonly young: number | null;
  /** True when nothing is left. */
  readonly isWhole: boolean;
}

interface Backfilled {
  readonly count: number;
  readonly due: readonly Endpoint['id'][];
  /** The number at which the next step begins. */
  readonly next: number;
  readonly isFinished: boolean;
}

type Head = Pick<OwedEvent, 'seq' | 'created_at'> & { readonly type: string };
const headColumns = columnList(['seq', 'type', 'created_at'], 'v');
const owedColumns = columnList(
  ['seq', 'tenant', 'mode', 'ordering_key', 'created_at', 'first_delivery', 'last_delivery'],
  'v',
);

/** `position` is where the step before has stopped; null at the start. */
export function* backfill(
  engine: Engine,
  terms: BackfillTerms,
  position: number | null,
  { count, ...order }: Order & { readonly count: number },
): Work<Backfilled> {
  const from = position ?? (yield* firstOf(engine, terms));
  const settledAt = order.now - settleMs;
  const found = yield* findMissing(engine, terms, from, { wanted: count, settledAt });
  const owed = yield* lockMissing(engine, terms, found.events);
  const { due } = yield* engine.owe(terms.endpoint, owed, order);
  const next = Math.min(found.next, found.young ?? found.next);
  return { count: owed.length, due, next, isFinished: found.isWhole && terms.until <= settledAt };
}

/** How many of the next events are missing, and where the next step begins; null at the end. */
export function* countMissing(
  reader: Reader,
  terms: BackfillTerms,
  position: number | null,
): Work<{ readonly count: number; readonly next: number | null }> {
  const from = position ?? (yield* firstOf(reader, terms));
  const { events, next, isWhole } = yield* findMissing(reader, terms, from, {
    wanted: headsMax,
    settledAt: Infinity,
  });
  // An event whose deliveries are still being written stops a backfill, and not a count.
  const after = next === from && !isWhole ? next + 1 : next;
  return { count: events.length, next: isWhole ? null : after };
}

function firstOf(reader: Reader, { since }: BackfillTerms): Work<number> {
  return findFirst(reader, since - disorderMs);
}

interface Wanted {
  readonly wanted: number;
  /** Events that were published before this time are looked at once. Unix ms. */
  readonly settledAt: number;
}

/** Stops when enough is found, at the bounds of a read, or before an event whose deliveries are being written. */
function* findMissing(
  reader: Reader,
  terms: BackfillTerms,
  from: number,
  { wanted, settledAt }: Wanted,
): Work<Found> {
  const { bounds } = reader;
  const selects = yield* readSelection(terms);
  if (selects === null) return { events: [], next: from, young: null, isWhole: true };
  const until = bounds.now() + bounds.msMax;
  const limit = Math.min(Math.max(wanted, headsMin), headsMax);
  const events: number[] = [];
  const isEnough = (): boolean => events.length >= wanted || bounds.now() >= until;
  let next = from;
  let young: number | null = null;
  for (let visited = 0; visited < bounds.rowsMax; visited += limit) {
    const heads = yield* readHeads(reader, terms, next, limit);
    young ??= heads.find((head) => head.created_at >= settledAt)?.seq ?? null;
    const stop = yield* findUnwritten(heads);
    const candidates = heads.filter((head) => isWithin(head, terms) && selects.type(head.type));
    for (let at = 0; at < candidates.length; at += chunkSize) {
      const chunk = candidates.slice(at, at + chunkSize).map(({ seq }) => seq);
      const written = chunk.filter((seq) => seq < stop);
      const missing = yield* listMissing(reader, terms, written, selects);
      const taken = missing.slice(0, wanted - events.length);
      events.push(...taken);
      const isCut = taken.length < missing.length;
      const isStopped = written.length < chunk.length;
      if (isStopped && !isCut) return { events, next: stop, young, isWhole: false };
      const last = isCut ? taken.at(-1) : written.at(-1);
      next = last === undefined ? next : last + 1;
      if (isCut) return { events, next, young, isWhole: false };
      if (isEnough() && at + chunkSize < candidates.length) return { events, next, young, isWhole: false };
    }
    const last = heads.at(-1);
    next = last === undefined ? next : last.seq + 1;
    const isWhole =
      heads.length < limit || heads.every((head) => head.created_at >= terms.until + disorderMs);
    if (isWhole || isEnough()) return { events, next, young, isWhole };
  }
  return { events, next, young, isWhole: false };
}

function isWithin(head: Head, { since, until }: BackfillTerms): boolean {
  return head.created_at >= since && head.created_at < until;
}

function* readHeads(
  { find }: Reader,
  { tenant, mode }: BackfillTerms,
  from: number,
  limit: number,
): Work<Head[]> {
  const heads: Head[] = [];
  for (const statement of find.eventsFrom(tenant, mode, from, limit, headColumns)) {
    heads.push(...(yield* all<Head>(statement)));
  }
  return heads.sort((a, b) => a.seq - b.seq).slice(0, limit);
}

/** The first of these events whose deliveries are being written in pieces, see fan-out.ts; infinite for none. */
function* findUnwritten(heads: readonly Head[]): Work<number> {
  const rows = yield* all<Pick<FanOutRow, 'events'>>(sql`select events from fan_outs`);
  if (rows.length === 0) return Infinity;
  const unwritten = new Set(rows.flatMap(eventsOf));
  return heads.find(({ seq }) => unwritten.has(seq))?.seq ?? Infinity;
}

/** What an endpoint receives, as it is now. */
interface Selection {
  readonly type: (type: string) => boolean;
  readonly filter: Matcher | null;
}

/** Null when the endpoint is removed. */
function* readSelection({ tenant, mode, endpoint, eventTypes }: BackfillTerms): Work<Selection | null> {
  const row = yield* get<StoredRow>(sql`
    ${selectEndpoints} where id = ${endpoint} and tenant = ${tenant} and mode = ${mode} and removed_at is null`);
  if (row === undefined) return null;
  const { eventTypes: entries, settings } = readEndpoint(row);
  const named = entries.filter((entry) => entry !== everyType);
  return {
    type(type) {
      // As at publication: what a tenant is told about its endpoints goes to those that name it.
      const isNotice = tenant !== operatorTenant && healthNoticeTypes.has(type);
      if (!isSelected(isNotice ? named : entries, type)) return false;
      return eventTypes === null || isSelected(eventTypes, type);
    },
    filter: settings.filter === undefined ? null : compileFilter(settings.filter),
  };
}

/** Which of these events have no delivery at the endpoint, and match its filter. */
function* listMissing(
  reader: Reader,
  terms: BackfillTerms,
  seqs: readonly number[],
  { filter }: Selection,
): Work<number[]> {
  if (seqs.length === 0) return [];
  const rows = yield* all<{ seq: number; is_missing: boolean | number }>(
    reader.find.eventsBySeq(seqs, sql`v.seq, ${isMissing(terms)} as is_missing`),
  );
  const missing = rows.flatMap((row) => (row.is_missing ? [row.seq] : [])).sort((a, b) => a - b);
  if (filter === null) return missing;
  const events = yield* readEvents(reader, missing);
  return missing.filter((seq) => {
    const event = events.get(seq);
    return event !== undefined && filter.matches(subjectOf(event));
  });
}

/** True for an event `v` without a delivery at the endpoint. A test event is for its own endpoint alone. */
function isMissing({ endpoint }: BackfillTerms): Sql {
  const deliveries = (table: string): Sql => sql`
    select 1 from ${word(table)} d
    where d.tenant = v.tenant and d.mode = v.mode and d.event_seq = v.seq
      and d.id between v.first_delivery and v.last_delivery`;
  return sql`
    not exists (${deliveries('deliveries_waiting')} and (d.endpoint = ${endpoint} or d.is_test = ${true}))
    and not exists (${deliveries('deliveries_ended')} and d.endpoint = ${endpoint})
    and not exists (
      select 1 from attempts a where a.delivery between v.first_delivery and v.last_delivery and a.trigger = 'test'
    )`;
}

/**
 * Locks these events, and then reads again which of them are missing, by a statement that sees what other transactions
 * have committed while this one waited for the locks.
 */
function* lockMissing(
  { find, fragments }: Engine,
  terms: BackfillTerms,
  seqs: readonly number[],
): Work<OwedEvent[]> {
  if (seqs.length === 0) return [];
  yield* all(sql`${find.eventsBySeq(seqs, sql`v.seq`)} order by v.seq ${fragments.lockRows}`);
  const rows = yield* all<OwedEvent & { is_missing: boolean | number }>(
    find.eventsBySeq(seqs, sql`${owedColumns}, ${isMissing(terms)} as is_missing`),
  );
  return rows.filter((row) => Boolean(row.is_missing)).sort((a, b) => a.seq - b.seq);
}
