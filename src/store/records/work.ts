// Statements as a coroutine: a function of records yields each statement and gets its rows back, so that it is written
// once for a synchronous database (SQLite) and an asynchronous one (Postgres). See docs/decisions/0023.
import type { Sql } from '../sql.ts';

/** One statement that is to be run; `rows` asks for its rows, `count` for the number of rows it changed. */
export interface Query {
  readonly statement: Sql;
  readonly wants: 'rows' | 'count';
}

/** Work on the database that ends with a result. */
export type Work<Result> = Generator<Query, Result, unknown>;

/** All rows. `Row` says what the statement selects. */
export function* all<Row>(statement: Sql): Work<Row[]> {
  return (yield { statement, wants: 'rows' }) as Row[];
}

/** The first row. */
export function* get<Row>(statement: Sql): Work<Row | undefined> {
  return (yield* all<Row>(statement))[0];
}

/** How many rows the statement changed. */
export function* run(statement: Sql): Work<number> {
  return (yield { statement, wants: 'count' }) as number;
}
