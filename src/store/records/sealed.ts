// Everything that an encryption key has sealed, column by column: what a rotation of the key walks. A column that is not
// named here keeps its key for ever; test/e2e/encryption.test.ts finds one.
import { chatSealContext } from '#core/alert.ts';
import type { Change } from '#core/audit.ts';
import type { Page, PageRequest } from '#core/commands.ts';
import { credentialContext, endpointContext, keyCheck, tenantSecretContext } from '#core/secrets.ts';
import { settingsContext } from '#core/settings.ts';
import { makePage, readCursor, writeCursor } from '../cursor.ts';
import { columnList, join, parseJson, sql, type Sql, word } from '../sql.ts';
import type { ReadStore, ResealedValue, SealedStore, SealedValue } from '../store.ts';
import type { Engine, Reader } from './engine.ts';
import { all, run, type Work } from './work.ts';

interface Column {
  readonly table: string;
  readonly column: string;
  /** The columns that tell its rows apart, as an index has them. */
  readonly keys: readonly string[];
  readonly where?: Sql;
  /** What its texts are bound to, by the values of `keys`. */
  readonly contextOf: (...keys: readonly string[]) => string;
}

/** The last one says which key a start needs: see app/database.ts. */
const columns: readonly Column[] = [
  { table: 'endpoints', column: 'secrets', keys: ['id'], contextOf: endpointContext },
  { table: 'endpoints', column: 'sealed_settings', keys: ['id'], contextOf: settingsContext },
  { table: 'credentials', column: 'sealed_secret', keys: ['id'], contextOf: credentialContext },
  {
    table: 'tenant_secrets',
    column: 'sealed',
    keys: ['tenant', 'mode'],
    contextOf: tenantSecretContext,
  },
  { table: 'alerts', column: 'via', keys: ['id'], contextOf: chatSealContext },
  {
    table: 'metadata',
    column: 'value',
    keys: ['name'],
    where: sql`name = ${keyCheck}`,
    contextOf: (name) => name,
  },
];

/** As `table.column`. */
export const sealedColumns: readonly string[] = columns.map(nameOf);

function nameOf({ table, column }: Column): string {
  return `${table}.${column}`;
}

export function readSealed(reader: Reader): ReadStore['sealed'] {
  return { list: (page) => reader.read(list(page)) };
}

export function createSealedStore(engine: Engine): SealedStore {
  return {
    ...readSealed(engine),
    replace: (values) => engine.transaction(() => replace(engine, values)),
  };
}

type SealedRow = Readonly<Record<string, string>> & { readonly text: string };

/** A position is the name of a column, and the last key that was read there; null before the first. */
type Position = readonly [name: string, after: readonly string[] | null];

function* list({ cursor, limit }: PageRequest): Work<Page<SealedValue>> {
  const position = readCursor('sealed', cursor);
  const [name, after] = position === null ? [null, null] : parseJson<Position>(position);
  const at = name === null ? 0 : columns.findIndex((column) => nameOf(column) === name);
  const column = columns[at];
  if (column === undefined) return { items: [], nextCursor: null };
  const keysOf = (row: SealedRow): readonly string[] => column.keys.map((key) => String(row[key]));
  const rows = yield* all<SealedRow>(select(column, after, limit));
  const page = makePage<SealedRow, SealedValue>(
    'sealed',
    rows,
    limit,
    (row) => JSON.stringify([nameOf(column), keysOf(row)]),
    (row) => ({
      column: nameOf(column),
      keys: keysOf(row),
      text: row.text,
      context: column.contextOf(...keysOf(row)),
    }),
  );
  const next = columns[at + 1];
  if (page.nextCursor !== null || next === undefined) return page;
  return { ...page, nextCursor: writeCursor('sealed', JSON.stringify([nameOf(next), null])) };
}

function select({ table, column, keys, where }: Column, after: readonly string[] | null, limit: number): Sql {
  const terms = [sql`${word(column)} is not null`];
  if (where !== undefined) terms.push(where);
  if (after !== null) terms.push(sql`(${columnList(keys)}) > (${values(after)})`);
  return sql`
    select ${columnList(keys)}, ${word(column)} as text from ${word(table)}
    where ${join(terms, sql` and `)} order by ${columnList(keys)} limit ${limit + 1}`;
}

function values(keys: readonly string[]): Sql {
  return join(keys.map((key) => sql`${key}`));
}

/** Compare-and-set: a secret that was rotated since it was read stays as it is. */
function* replace({ audit }: Engine, given: readonly ResealedValue[]): Work<number> {
  let count = 0;
  for (const { column: name, keys, text, by } of given) {
    const found = columns.find((column) => nameOf(column) === name);
    if (found === undefined) throw new Error(`${name} is not a column with sealed texts`);
    const { table, column, keys: names } = found;
    count += yield* run(sql`
      update ${word(table)} set ${word(column)} = ${by}
      where (${columnList(names)}) = (${values(keys)}) and ${word(column)} = ${text}`);
  }
  if (count > 0) yield* audit(resealed(count));
  return count;
}

function resealed(count: number): Change {
  return {
    tenant: null,
    mode: null,
    noun: 'server',
    target: 'encryption',
    before: null,
    after: { resealed: count },
  };
}
