// Pagination: opaque cursors that say where a list continues. The check recognizes cursors of this program; it is no
// secret, because the scope bounds what a cursor can reach.
import { Fault } from '#core/fault.ts';
import type { Page } from '#core/commands.ts';
import { type Mode, modes, type WideScope } from '#core/tenant.ts';
import { sha256Hex } from '#lib/hmac.ts';

/** The modes of a scope; `live` first. Each is one query, so that an index gives the order. */
export function modesOf(scope: Pick<WideScope, 'mode'>): readonly Mode[] {
  return scope.mode === null ? modes : [scope.mode];
}

/** The key after which a list continues; null at its start. Cursors of a list with another name are refused. */
export function readCursor(list: string, cursor: string | null): string | null {
  if (cursor === null) return null;
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const key = text.slice(checkLength);
  if (text.slice(0, checkLength) !== check(list, key) || writeCursor(list, key) !== cursor) {
    throw new Fault('cursor_invalid', 'The cursor is not one that this list gave.');
  }
  return key;
}

/** A page of at most `limit` rows, of which one more than that was selected. */
export function makePage<Row, Item>(
  list: string,
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => string,
  read: (row: Row) => Item,
): Page<Item> {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? writeCursor(list, keyOf(last)) : null;
  return { items: kept.map(read), nextCursor };
}

const checkLength = 8;

function check(list: string, key: string): string {
  return sha256Hex(`${list}:${key}`).slice(0, checkLength);
}

export function writeCursor(list: string, key: string): string {
  return Buffer.from(check(list, key) + key).toString('base64url');
}
