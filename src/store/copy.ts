// `carillon migrate copy`: copies a SQLite database into an empty Postgres one, in one transaction: all of it or nothing.
import { type CopiedTable, matchTables, type SourceRow } from './copy-tables.ts';
import { Database, explain, type Queries } from './postgres/database.ts';
import { runMigrations } from './postgres/migrate.ts';
import { createPartitionsSince } from './postgres/partitions.ts';
import { columnList, join, type Sql, sql, StoreError, word } from './sql.ts';
import type { Database as File } from './sqlite/database.ts';
import { openDatabase } from './sqlite/migrate.ts';

export interface CopyProgress {
  readonly table: string;
  /** Rows of all tables. */
  readonly done: number;
  readonly total: number;
}

const rowsPerBatch = 500;

/** Returns how many rows each table has now. Throws `StoreError` with one line for people. */
export async function copyDatabase(options: {
  readonly path: string;
  readonly url: string;
  readonly now: number;
  readonly onProgress: (progress: CopyProgress) => void;
}): Promise<Readonly<Record<string, number>>> {
  const { now, onProgress } = options;
  // Locked while it is read: fails if a server still writes to it.
  const source = openDatabase(options.path);
  const target = new Database({ url: options.url, poolMax: 2 });
  try {
    requireWhole(source.db);
    await runMigrations(target);
    const tables = await matchTables(source.db, target);
    await requireEmpty(target, tables);
    const oldest = source.db.get<{ at: number | null }>(sql`select min(created_at) as at from events`);
    await createPartitionsSince(target, oldest?.at ?? now, now);
    return await target.longTransaction((tx) => copyAll(source.db, tx, tables, now, onProgress));
  } catch (error) {
    throw explain(error, target.name);
  } finally {
    source.close();
    await target.close();
  }
}

/** A killed server may leave a publication whose deliveries are not all written. */
function requireWhole(file: File): void {
  if (file.all(sql`select 1 from fan_outs limit 1`).length === 0) return;
  throw new StoreError(
    `${file.path}: a publication is not completely written; start the server on this file once, stop it, then copy.`,
  );
}

async function requireEmpty(target: Database, tables: readonly CopiedTable[]): Promise<void> {
  for (const { name } of tables) {
    if ((await target.all(sql`select 1 from ${word(name)} limit 1`)).length === 0) continue;
    throw new StoreError(
      `${target.name}: the database is not empty (${name} has rows); make a new one (createdb) to copy into.`,
    );
  }
}

async function copyAll(
  file: File,
  tx: Queries,
  tables: readonly CopiedTable[],
  now: number,
  onProgress: (progress: CopyProgress) => void,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    counts[name] = file.get<{ n: number }>(sql`select count(*) as n from ${word(name)}`)?.n ?? 0;
  }
  const total = Object.values(counts).reduce((sum, rows) => sum + rows, 0);
  let done = 0;
  for (const table of tables) {
    for (const rows of batches(file.iterate<SourceRow>(selectRows(table)))) {
      await tx.run(insertRows(table, rows, now));
      done += rows.length;
      onProgress({ table: table.name, done, total });
    }
    await compare(tx, table.name, counts[table.name] ?? 0);
  }
  await tx.run(sql`insert into event_ids (id, tenant, mode, seq) select id, tenant, mode, seq from events`);
  await setSequences(file, tx, tables);
  return counts;
}

/** Rows with an event come with what the number of the event is made of. */
function selectRows({ name, columns }: CopiedTable): Sql {
  const has = (column: string): boolean => columns.some((one) => one.name === column);
  const event = has('event_seq') ? sql`t.event_seq` : name === 'events' ? sql`t.seq` : null;
  const order = has('seq') ? sql`order by t.seq` : sql``;
  if (event === null) return sql`select t.* from ${word(name)} t ${order}`;
  return sql`
    select t.*, v.created_at as event_created_at, v.first_delivery as event_first_delivery
    from ${word(name)} t join events v on v.seq = ${event} ${order}`;
}

function* batches<Row>(rows: Iterable<Row>): Generator<Row[]> {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < rowsPerBatch) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** An array can't be unnested into rows of arrays: lists are sent as text. */
function insertRows({ name, columns }: CopiedTable, rows: readonly SourceRow[], now: number): Sql {
  const isList = (type: string): boolean => type.startsWith('_');
  const arrays = columns.map(({ type, convert }) => {
    const values = rows.map((row) => convert(row, now));
    return sql`${values}::${word(isList(type) ? 'text' : type)}[]`;
  });
  const names = columnList(columns.map((column) => column.name));
  const selected = columns.map((column) => {
    return isList(column.type) ? sql`${word(column.name)}::${word(column.type)}` : word(column.name);
  });
  return sql`
    insert into ${word(name)} (${names}) overriding system value
    select ${join(selected)} from unnest(${join(arrays)}) as g(${names})`;
}

async function compare(tx: Queries, table: string, expected: number): Promise<void> {
  const row = await tx.get<{ count: number }>(sql`select count(*) as count from ${word(table)}`);
  if (row?.count === expected) return;
  throw new StoreError(`${table}: ${row?.count} rows were written of ${expected}; nothing was copied.`);
}

/** Numbering continues after the copied numbers, also after those of rows that the file has deleted. */
async function setSequences(file: File, tx: Queries, tables: readonly CopiedTable[]): Promise<void> {
  for (const { name, columns } of tables) {
    for (const column of columns.filter(({ isIdentity }) => isIdentity)) {
      const given = file.get<{ seq: number }>(sql`select seq from sqlite_sequence where name = ${name}`);
      await tx.run(sql`
        select setval(pg_get_serial_sequence(${name}, ${column.name}), greatest(
          ${given?.seq ?? 1}::bigint, (select coalesce(max(${word(column.name)}), 1) from ${word(name)})
        ))`);
    }
  }
  // The number of an event within its day: see partitions.ts.
  await tx.run(sql`
    select setval('event_numbers', greatest(1, (select coalesce(max(seq % 274877906944), 1) from events)))`);
  await tx.run(sql`select setval('attempt_numbers', (select coalesce(max(seq), 1) from attempts))`);
}
