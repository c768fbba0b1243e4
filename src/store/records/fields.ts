// How objects are stored as rows: one line for each field says how its column is written and read. The column is named
// after the field in snake case. A field without a line does not compile.
import { parseJson, type Row, type Value } from '../sql.ts';

interface Field<Item> {
  readonly read: (column: unknown) => Item;
  readonly write: (item: Item) => Value;
}

/** A row as the driver returns it. */
export type StoredRow = Readonly<Record<string, unknown>>;

export interface Format<Item> {
  /** The names of the columns. */
  readonly columns: readonly string[];
  readonly read: (row: StoredRow) => Item;
  readonly write: (item: Item) => Row;
}

export function defineFormat<Item>(fields: {
  readonly [Key in keyof Item]-?: Field<Item[Key]>;
}): Format<Item> {
  const known = (Object.keys(fields) as (keyof Item & string)[]).map((key) => {
    return { key, column: toSnakeCase(key), field: fields[key] };
  });
  return {
    columns: known.map(({ column }) => column),
    read(row) {
      const item: Partial<Item> = {};
      for (const { key, column, field } of known) item[key] = field.read(row[column]);
      return item as Item;
    },
    write(item) {
      const row: Record<string, Value> = {};
      for (const { key, column, field } of known) row[column] = field.write(item[key]);
      return row;
    },
  };
}

function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A value that both databases store as it is. */
export function plain<Item extends Value>(): Field<Item> {
  return { read: (column) => column as Item, write: (item) => item };
}

/** SQLite has no booleans. */
export function flag(): Field<boolean> {
  return { read: Boolean, write: (item) => item };
}

/** JSON as text. */
export function json<Item>(): Field<Item> {
  return { read: (column) => parseJson(column as string), write: (item) => JSON.stringify(item) };
}

/** JSON as text, and null as null. */
export function optionalJson<Item>(): Field<Item | null> {
  return {
    read: (column) => (column === null ? null : parseJson(column as string)),
    write: (item) => (item === null ? null : JSON.stringify(item)),
  };
}

/** A list, which is JSON in SQLite and an array in Postgres. */
export function list<Item>(): Field<readonly Item[]> {
  return {
    read: (column) => (typeof column === 'string' ? parseJson(column) : (column as readonly Item[])),
    write: (items) => items,
  };
}
