// Moving from a file to a server: everything of a SQLite database into an empty Postgres one, in one
// transaction, so that what fails has not happened.
import { DatabaseSync } from 'node:sqlite';
import { copiedTables, type CopiedTable, sequenceTexts, type SourceRow } from './copy-tables.ts';
import { Database, explain, type Queries } from './postgres/database.ts';
import { runMigrations } from './postgres/migrate.ts';
import { makeSlicesFrom } from './postgres/slices.ts';
import { sql, StoreError } from './sql.ts';
import { openDatabase } from './sqlite/migrate.ts';

export interface CopyProgress {
  readonly table: string;
  /** Rows of all tables. */
  readonly done: number;
  readonly total: number;
}

const rowsPerBatch = 500;

/** Answers how many rows each table has now. Throws `StoreError` with one line for people. */
export async function copyDatabase(options: {
  readonly path: string;
  readonly url: string;
  readonly now: number;
  readonly onProgress: (progress: CopyProgress) => void;
}): Promise<Readonly<Record<string, number>>> {
  // Locked for as long as it is read: a server that still writes to it is refused.
  const source = openDatabase(options.path);
  const reader = new DatabaseSync(options.path, { readOnly: true });
  const target = new Database({ url: options.url, poolMax: 2 });
  try {
    await runMigrations(target);
    await requireEmpty(target);
    const oldest = reader.prepare(sql`select min(created_at) as at from events`).get()?.['at'];
    await makeSlicesFrom(target, typeof oldest === 'number' ? oldest : options.now, options.now);
    return await target.longTransaction((tx) => copyAll(reader, tx, options.now, options.onProgress));
  } catch (error) {
    throw explain(error, target.name);
  } finally {
    reader.close();
    source.close();
    await target.close();
  }
}

async function requireEmpty(target: Database): Promise<void> {
  for (const { name } of copiedTables) {
    if ((await target.all(sql`select 1 from ${name} limit 1`)).length === 0) continue;
    throw new StoreError(
      `${target.name}: the database is not empty (${name} has rows); make a new one (createdb) to copy into.`,
    );
  }
}

async function copyAll(
  reader: DatabaseSync,
  tx: Queries,
  now: number,
  onProgress: (progress: CopyProgress) => void,
): Promise<Record<string, number>> {
  const count = (table: CopiedTable): number =>
    Number(reader.prepare(sql`select count(*) as n from (${table.select})`).get()?.['n']);
  const counts = Object.fromEntries(copiedTables.map((table) => [table.name, count(table)]));
  const total = Object.values(counts).reduce((sum, rows) => sum + rows, 0);
  let done = 0;
  for (const table of copiedTables) {
    for (const rows of batches(reader.prepare(table.select).iterate())) {
      await insert(tx, table, rows, now);
      done += rows.length;
      onProgress({ table: table.name, done, total });
    }
    await compare(tx, table.name, counts[table.name] ?? 0);
  }
  const last = reader.prepare(lastWaiting).get()?.['seq'];
  for (const text of sequenceTexts) await tx.all(text, text.includes('$1') ? [Number(last ?? 1)] : []);
  return counts;
}

function* batches(rows: Iterable<unknown>): Generator<SourceRow[]> {
  let batch: SourceRow[] = [];
  for (const row of rows) {
    batch.push(row as SourceRow);
    if (batch.length < rowsPerBatch) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function insert(
  tx: Queries,
  table: CopiedTable,
  rows: readonly SourceRow[],
  now: number,
): Promise<void> {
  const names = Object.keys(table.columns);
  const changed: Record<string, unknown>[] = rows.map((row) => ({ ...row, ...table.change?.(row, now) }));
  const values = names.map((name) => changed.map((row) => row[name]));
  // An array can't be unnested into rows of arrays: lists travel as text.
  const types = Object.values(table.columns);
  const given = types.map((type, i) => `$${i + 1}::${type.endsWith('[]') ? 'text' : type}[]`).join(', ');
  const cast = names.map((name, i) => (types[i]?.endsWith('[]') ? `${name}::${types[i]}` : name)).join(', ');
  const text = sql`
    insert into ${table.name} (${names.join(', ')}) ${table.overriding ?? ''}
    select ${cast} from unnest(${given}) as g(${names.join(', ')})`;
  await tx.run(text, values);
}

async function compare(tx: Queries, table: string, expected: number): Promise<void> {
  const rows = await tx.get<{ count: number }>(sql`select count(*) as count from ${table}`);
  if (rows?.count === expected) return;
  throw new StoreError(`${table}: ${rows?.count} rows were written of ${expected}; nothing was copied.`);
}

const lastWaiting = sql`select seq from sqlite_sequence where name = 'deliveries_waiting'`;
