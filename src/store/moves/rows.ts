// Rows as text, whole: read in one database and written in another of the same schema. No column is named but those that change.
import type { Queries } from '../postgres/database.ts';
import { columnList, join, type Sql, sql, word } from '../sql.ts';

export interface TextRow {
  readonly row: string;
}

/** The text of a row, in a select from this table under its own name. */
export function rowOf(table: string): Sql {
  return sql`(${word(table)}.*)::text as row`;
}

export interface Insertion {
  readonly table: string;
  readonly rows: readonly TextRow[];
  /** What takes the place of a column of the row, which is called `r`. */
  readonly changed?: Readonly<Record<string, Sql>>;
  /** Columns that the database gives a value. */
  readonly omitted?: readonly string[];
  readonly joined?: Sql;
  readonly conflict?: Sql;
}

/** Returns how many rows were written. */
export async function insertRows(tx: Queries, columns: Columns, given: Insertion): Promise<number> {
  const { table, rows, changed = {}, omitted = [], joined = sql``, conflict = sql`` } = given;
  if (rows.length === 0) return 0;
  const names = (await columns.of(table)).filter((name) => !omitted.includes(name));
  const values = names.map((name) => changed[name] ?? sql`r.${word(name)}`);
  const texts = rows.map(({ row }) => row);
  return tx.run(sql`
    insert into ${word(table)} (${columnList(names)}) overriding system value
    select ${join(values)} from unnest((${texts}::text[])::${word(table)}[]) as r ${joined} ${conflict}`);
}

/** The columns of the tables of a database, read once. */
export class Columns {
  readonly #db: Queries;
  readonly #known = new Map<string, readonly string[]>();

  constructor(db: Queries) {
    this.#db = db;
  }

  async of(table: string): Promise<readonly string[]> {
    const known = this.#known.get(table);
    if (known !== undefined) return known;
    const rows = await this.#db.all<{ name: string }>(sql`
      select attname as name from pg_attribute
      where attrelid = ${table}::regclass and attnum > 0 and not attisdropped order by attnum`);
    const names = rows.map(({ name }) => name);
    this.#known.set(table, names);
    return names;
  }
}
