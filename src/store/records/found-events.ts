// Finding events by type, time, ordering key, or because no endpoint received them: newest first, a bounded number of them
// for each page, within the bounds of one read. The cursor of a page says how far it has read.
import type { EventFilter, Page, PageRequest } from '#core/commands.ts';
import type { ListedEvent } from '#core/event.ts';
import type { Scope } from '#core/tenant.ts';
import { makePage, modesOf, readCursor, writeCursor } from '../cursor.ts';
import { columnList, sql } from '../sql.ts';
import type { Reader } from './engine.ts';
import { eventHeadColumns, type EventRow, readListedEvent } from './event-rows.ts';
import { all, get, type Work } from './work.ts';

/** Events that one statement reads: some ms of work, more when they are not in memory. */
const rowsPerStep = 500;
/** Events are numbered in the order of their commits, and have the times of several processes. */
export const disorderMs = 60_000;

/** What an event is found by. */
type Head = Pick<EventRow, 'seq' | 'type' | 'ordering_key' | 'created_at' | 'deliveries'>;
const headColumns = columnList(['seq', 'type', 'ordering_key', 'created_at', 'deliveries'], 'v');

export function* findEvents(
  engine: Reader,
  scope: Scope,
  filter: EventFilter,
  { cursor, limit }: PageRequest,
): Work<Page<ListedEvent>> {
  const after = readCursor('event', cursor);
  let before = after === null ? Number.MAX_SAFE_INTEGER : Number(after);
  if (filter.until !== undefined) {
    before = Math.min(before, yield* findFirst(engine, filter.until + disorderMs));
  }
  const { orderingKey } = filter;
  const stored = orderingKey === undefined ? undefined : engine.text.toStored(orderingKey);
  const { bounds } = engine;
  const end = bounds.now() + bounds.msMax;
  const found: Head[] = [];
  let isWhole = false;
  let isLate = false;
  for (let read = 0; found.length <= limit && !isWhole && !isLate; read += rowsPerStep) {
    const heads = yield* readHeads(engine, scope, before);
    found.push(...heads.filter((head) => isMatching(head, filter, stored)));
    const last = heads.at(-1);
    isWhole = last === undefined || heads.length < rowsPerStep || isPast(filter, heads);
    before = last?.seq ?? before;
    isLate = read + rowsPerStep >= bounds.rowsMax || bounds.now() >= end;
  }
  const page = makePage(
    'event',
    found,
    limit,
    ({ seq }) => String(seq),
    ({ seq }) => seq,
  );
  const items = yield* readPage(engine, page.items);
  const rest = isWhole ? null : writeCursor('event', String(before));
  return { items, nextCursor: page.nextCursor ?? rest };
}

/** The newest of each mode, then the newest of those. */
function* readHeads(engine: Reader, scope: Scope, before: number): Work<Head[]> {
  const heads: Head[] = [];
  for (const mode of modesOf(scope)) {
    for (const statement of engine.find.events(scope.tenant, mode, before, rowsPerStep, headColumns)) {
      heads.push(...(yield* all<Head>(statement)));
    }
  }
  return heads.sort((a, b) => b.seq - a.seq).slice(0, rowsPerStep);
}

function* readPage({ find, text }: Reader, seqs: readonly number[]): Work<ListedEvent[]> {
  if (seqs.length === 0) return [];
  const rows = yield* all<Omit<EventRow, 'payload'>>(find.eventsBySeq(seqs, eventHeadColumns('v')));
  const events = rows.map((row) => readListedEvent(row, text));
  return events.sort((a, b) => b.event.seq - a.event.seq);
}

/** Binary search for the first event that was published at a time or later: the number of it, or of one after it. */
export function* findFirst({ find }: Reader, at: number): Work<number> {
  let [lower, upper] = find.eventBounds(at);
  while (lower < upper) {
    // Their sum may be beyond the integers that a number holds.
    const middle = lower + Math.floor((upper - lower) / 2);
    const row = yield* get<Pick<Head, 'seq' | 'created_at'>>(sql`
      select seq, created_at from events where seq >= ${middle} and seq < ${upper} order by seq limit 1`);
    if (row === undefined || row.created_at >= at) upper = middle;
    else lower = row.seq + 1;
  }
  return upper;
}

/** True when nothing older than these can have been published since. */
function isPast({ since }: EventFilter, heads: readonly Head[]): boolean {
  return since !== undefined && heads.every((head) => head.created_at < since - disorderMs);
}

function isMatching(
  head: Head,
  { type, since, until, isWithoutDeliveries }: EventFilter,
  orderingKey: string | undefined,
): boolean {
  if (type !== undefined && head.type !== type) return false;
  if (orderingKey !== undefined && head.ordering_key !== orderingKey) return false;
  if (since !== undefined && head.created_at < since) return false;
  if (until !== undefined && head.created_at >= until) return false;
  return isWithoutDeliveries === undefined || (head.deliveries === 0) === isWithoutDeliveries;
}
