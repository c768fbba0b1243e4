import type { EventFilter, Page, PageRequest } from '#core/commands.ts';
import type { Event, ListedEvent, StoredEvent } from '#core/event.ts';
import type { Scope } from '#core/tenant.ts';
import { makePage, modesOf, readCursor } from '../cursor.ts';
import type { ReadStore } from '../store.ts';
import type { Reader } from './engine.ts';
import { type EventRow, readEvent, readListedEvent } from './event-rows.ts';
import { feedCursors, readFeed } from './feed.ts';
import { findEvents } from './found-events.ts';
import { all, get, type Work } from './work.ts';

/** What is read of events; publishing is each engine's own. */
export function readEventRecords(engine: Reader): ReadStore['events'] {
  return {
    get: (scope, id) => engine.read(findEvent(engine, scope, id)),
    list: (scope, page, filter) => engine.read(listOrFind(engine, scope, page, filter)),
    feed: (scope, after, bounds, now) => engine.read(readFeed(engine, scope, after, bounds, now)),
    feedCursors,
  };
}

/** Events by their numbers. */
export function* readEvents({ find, text }: Reader, seqs: Iterable<number>): Work<Map<number, Event>> {
  const asked = [...new Set(seqs)];
  if (asked.length === 0) return new Map();
  const rows = yield* all<EventRow>(find.eventsBySeq(asked));
  return new Map(rows.map((row) => [row.seq, readEvent(row, text)]));
}

/** `live` comes before `test`: when both modes have the id, the live one is returned. */
function* findEvent(engine: Reader, scope: Scope, id: string): Work<StoredEvent | null> {
  for (const mode of modesOf(scope)) {
    const stored = engine.text.toStored(id);
    const row = yield* get<EventRow>(engine.find.eventById(scope.tenant, mode, stored));
    if (row !== undefined) {
      return {
        event: readEvent(row, engine.text),
        deliveries: row.deliveries,
        filtered: row.filtered ?? 0,
      };
    }
  }
  return null;
}

function listOrFind(
  engine: Reader,
  scope: Scope,
  page: PageRequest,
  filter: EventFilter = {},
): Work<Page<ListedEvent>> {
  return Object.keys(filter).length === 0
    ? list(engine, scope, page)
    : findEvents(engine, scope, filter, page);
}

function* list(engine: Reader, scope: Scope, { cursor, limit }: PageRequest): Work<Page<ListedEvent>> {
  const after = readCursor('event', cursor);
  const before = after === null ? Number.MAX_SAFE_INTEGER : Number(after);
  const rows: Omit<EventRow, 'payload'>[] = [];
  for (const mode of modesOf(scope)) {
    for (const statement of engine.find.events(scope.tenant, mode, before, limit + 1)) {
      rows.push(...(yield* all<Omit<EventRow, 'payload'>>(statement)));
    }
  }
  rows.sort((a, b) => b.seq - a.seq);
  return makePage(
    'event',
    rows,
    limit,
    (row) => String(row.seq),
    (row) => readListedEvent(row, engine.text),
  );
}
