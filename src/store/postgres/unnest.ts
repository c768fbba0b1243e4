// Bulk rows for one statement: an array per column for `unnest`, in Postgres's binary form. As text each character of a
// payload would be escaped here and parsed one by one there, which takes the server three times as long.
import { columnList, join, type Sql, sql, type Value, word } from '../sql.ts';

/** Names of columns and their types, in the order of the values of a row. */
export type Columns = Readonly<Record<string, ColumnType>>;

type ColumnType = 'bigint' | 'boolean' | 'bytea' | 'int' | 'text';

/** The rows as a table of this name, with their place (from 1) as the last column. */
export function unnest(name: string, columns: Columns, rows: readonly (readonly Value[])[]): Sql {
  const arrays = Object.values(columns).map((type, column) => {
    return sql`${encodeArray(rows, column, type)}::${word(type)}[]`;
  });
  const names = columnList([...Object.keys(columns), 'place']);
  return sql`unnest(${join(arrays)}) with ordinality as ${word(name)}(${names})`;
}

/** The binary form of a type: its object id in the server's catalog, and how its values are written. */
interface Encoding {
  readonly oid: number;
  readonly measure: (value: Value) => number;
  readonly write: (value: Value, into: Buffer, at: number) => void;
}

const encodings: Readonly<Record<ColumnType, Encoding>> = {
  bigint: {
    oid: 20,
    measure: () => 8,
    write(value, into, at) {
      const number = integer(value);
      into.writeInt32BE(Math.floor(number / 2 ** 32), at);
      into.writeUInt32BE(number >>> 0, at + 4);
    },
  },
  boolean: {
    oid: 16,
    measure: () => 1,
    write: (value, into, at) => into.writeUInt8(value === true ? 1 : 0, at),
  },
  bytea: {
    oid: 17,
    measure: (value) => (value as Uint8Array).length,
    write: (value, into, at) => into.set(value as Uint8Array, at),
  },
  int: { oid: 23, measure: () => 4, write: (value, into, at) => into.writeInt32BE(integer(value), at) },
  text: {
    oid: 25,
    measure: (value) => Buffer.byteLength(value as string),
    write: (value, into, at) => into.write(value as string, at),
  },
};

function integer(value: Value): number {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${String(value)} is not an integer`);
  return value as number;
}

/** The header of an array: number of dimensions, whether any element is null, type, length, index of the first. */
const headBytes = 20;
const lengthBytes = 4;
const nullLength = -1;

function encodeArray(rows: readonly (readonly Value[])[], column: number, type: ColumnType): Buffer {
  const { oid, measure, write } = encodings[type];
  const values = rows.map((row) => row[column] ?? null);
  const lengths = values.map((value) => (value === null ? nullLength : measure(value)));
  let bytes = headBytes;
  for (const length of lengths) bytes += lengthBytes + Math.max(length, 0);
  const array = Buffer.allocUnsafe(bytes);
  const head = [1, lengths.includes(nullLength) ? 1 : 0, oid, values.length, 1];
  head.forEach((word, index) => array.writeInt32BE(word, 4 * index));
  let at = headBytes;
  values.forEach((value, index) => {
    const length = lengths[index] ?? nullLength;
    array.writeInt32BE(length, at);
    at += lengthBytes;
    if (value === null) return;
    write(value, array, at);
    at += length;
  });
  return array;
}
