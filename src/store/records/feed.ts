// The feed: events in the order of their numbers, up to a bound below which no number is still to come. The bound is read
// first, in a statement of its own: what is committed by then is visible to the next one.
import { Fault } from '#core/fault.ts';
import type { Position } from '#core/position.ts';
import type { WideScope } from '#core/tenant.ts';
import { modesOf, readCursor, sizeOf, writeCursor } from '../cursor.ts';
import type { FeedCursors, FeedRead } from '../store.ts';
import type { Reader } from './engine.ts';
import { type EventRow, readEvent } from './event-rows.ts';
import { all, type Work } from './work.ts';

const name = 'feed';

export const feedCursors: FeedCursors = {
  readCursor(cursor) {
    const [, position, at] = /^(-?\d+|[\d:,-]+)\.(\d+)$/.exec(readCursor(name, cursor) ?? '') ?? [];
    if (position === undefined || at === undefined) {
      throw new Fault('cursor_invalid', 'The cursor is not one that this feed gave.');
    }
    return { position: position.includes(':') ? position : Number(position), at: Number(at) };
  },
  writeCursor: ({ position, at }) => writeCursor(name, `${position}.${at}`),
};

export function* readFeed(
  reader: Reader,
  scope: WideScope,
  given: Position | null,
  { limit, bytesMax }: { readonly limit: number; readonly bytesMax: number },
  now: number,
): Work<FeedRead> {
  const { find, text } = reader;
  const after = given === null ? null : numberOf(given);
  const bound = yield* find.feedBound(now);
  const position = Math.max(bound - 1, after ?? 0);
  if (limit === 0 || bound <= (after ?? 0) + 1) return { events: [], positions: [], position, isMore: false };
  const rows: EventRow[] = [];
  const modes = scope.tenant === null ? [scope.mode] : modesOf(scope);
  for (const mode of modes) {
    const range = { after: after ?? -1, before: bound, limit: limit + 1 };
    for (const statement of find.oldestEvents({ ...scope, mode }, range)) {
      rows.push(...(yield* all<EventRow>(statement)));
    }
  }
  rows.sort((a, b) => a.seq - b.seq);
  const kept = rows.slice(0, Math.min(limit, countFitting(rows, bytesMax)));
  return {
    events: kept.map((row) => readEvent(row, text)),
    positions: kept.map(({ seq }) => seq),
    position,
    isMore: rows.length > kept.length,
  };
}

/** A position of several databases means nothing to one of them alone. */
function numberOf(position: Position): number {
  if (typeof position === 'number') return position;
  throw new Fault('cursor_invalid', 'The cursor is not one that this feed gave.');
}

function countFitting(rows: readonly EventRow[], bytesMax: number): number {
  let bytes = 0;
  const past = rows.findIndex((row, index) => {
    bytes += sizeOf(row);
    return bytes > bytesMax && index > 0;
  });
  return past === -1 ? rows.length : past;
}
