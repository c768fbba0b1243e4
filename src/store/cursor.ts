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

/** What the rows of a page hold in text and bytes at most, unless one row alone has more. */
export const pageBytesMax = 1024 * 1024;

/** A page of at most `limit` rows and `bytesMax`, of which one row more than that was selected. */
export function makePage<Row, Item>(
  list: string,
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => string,
  read: (row: Row) => Item,
  bytesMax = pageBytesMax,
): Page<Item> {
  const kept = rows.slice(0, Math.min(limit, countFitting(rows, bytesMax)));
  const last = kept.at(-1);
  const nextCursor = rows.length > kept.length && last !== undefined ? writeCursor(list, keyOf(last)) : null;
  return { items: kept.map(read), nextCursor };
}

/** How many of these rows a page holds; at least one. */
function countFitting(rows: readonly unknown[], bytesMax: number): number {
  let bytes = 0;
  const past = rows.findIndex((row, index) => {
    bytes += sizeOf(row);
    return bytes > bytesMax && index > 0;
  });
  return past === -1 ? rows.length : past;
}

/** The lengths of all texts and byte arrays in a value. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  let bytes = 0;
  for (const part of Object.values(value)) bytes += sizeOf(part);
  return bytes;
}

const checkLength = 8;

function check(list: string, key: string): string {
  return sha256Hex(`${list}:${key}`).slice(0, checkLength);
}

export function writeCursor(list: string, key: string): string {
  return Buffer.from(check(list, key) + key).toString('base64url');
}
