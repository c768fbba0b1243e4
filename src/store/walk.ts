// Bounded searches: a search walks through the deliveries that an index gives it, in the order of their ids, and stops
// after so many rows or ms. The next page goes on from there, also when this one is empty. Every store uses it.
import { systemClock } from '#lib/clock.ts';
import { deliveryColumns, type DeliveryRow } from './records/delivery-rows.ts';
import { all, get, type Work } from './records/work.ts';
import { type Search, startAfter } from './search.ts';
import { type Sql, sql } from './sql.ts';

/** One walk by one index. What it visits is what `lead` selects; which of it is found, `filters` say. */
export interface Part {
  /** The table `f` that has the index. */
  readonly keys: Sql;
  /** What the index is asked. It gives the rows in the order of `id`, without reading others. */
  readonly lead: Sql;
  readonly id: Sql;
  /** What `rows` needs of `f`: a `key`, and perhaps more. */
  readonly key: Sql;
  /** A view of deliveries `d`, found by the key `k`. */
  readonly rows: Sql;
  /** True for the rows that are found. */
  readonly filters: Sql;
}

/** How far one read goes. */
export interface ReadBounds {
  /** Rows that are visited, in all parts of a search together. */
  readonly rowsMax: number;
  readonly msMax: number;
  /** Unix ms. */
  readonly now: () => number;
}

/** The bounds of a server, where none are given. */
export function readBounds(given: Partial<ReadBounds> = {}): ReadBounds {
  return { rowsMax: 20_000, msMax: 20, now: () => systemClock.now(), ...given };
}

/** Rows of a part that one step visits: 4 ms of work. */
const stepMax = 1000;

export type Order = 'asc' | 'desc';

export interface Walked {
  /** In order; perhaps more than were wanted. */
  readonly rows: readonly DeliveryRow[];
  /** The id that the walk has come to, itself included; null when nothing is left. */
  readonly reached: string | null;
}

/** Walks until `wanted` rows are found, nothing is left, or the bounds are reached. */
export function* walk(
  parts: readonly Part[],
  search: Search,
  order: Order,
  wanted: number,
  bounds: ReadBounds,
): Work<Walked> {
  const until = bounds.now() + bounds.msMax;
  const rows: DeliveryRow[] = [];
  let rest = search;
  let visited = 0;
  for (let count = wanted; ; count = Math.min(count * 2, stepMax)) {
    const step = yield* visit(parts, rest, order, count);
    rows.push(...step.rows);
    visited += count * parts.length;
    const isDone = step.reached === null || rows.length >= wanted;
    if (isDone || visited >= bounds.rowsMax || bounds.now() >= until) return { rows, reached: step.reached };
    rest = startAfter(rest, order, step.reached);
  }
}

/** How many rows of the next `count` are found. */
export function* countNext(parts: readonly Part[], search: Search, count: number): Work<Counted> {
  let found = 0;
  let reached: string | null = null;
  // The first stop of a part bounds what is counted in the others.
  for (const part of parts) {
    const stop = yield* placeOf(part, search, 'asc', count);
    if (stop !== null && (reached === null || stop < reached)) reached = stop;
  }
  const upper = reached === null ? search.upper : startAfter(search, 'asc', reached).lower;
  for (const part of parts) {
    const row = yield* get<{ count: number }>(sql`
      select count(*) as count from (${nextKeys(part, { ...search, upper }, 'asc')}) k
      cross join ${part.rows} where ${part.filters}`);
    found += row?.count ?? 0;
  }
  return { found, reached };
}

export interface Counted {
  readonly found: number;
  /** As in `Walked`. */
  readonly reached: string | null;
}

/** One step: the next `count` rows of each part, up to where the first of them stops. */
function* visit(parts: readonly Part[], search: Search, order: Order, count: number): Work<Walked> {
  const isPast = (id: string, place: string): boolean => (order === 'asc' ? id > place : id < place);
  const found = new Map<string, DeliveryRow>();
  let reached: string | null = null;
  for (const part of parts) {
    const rows = yield* all<DeliveryRow>(sql`
      select ${deliveryColumns} from (${nextKeys(part, search, order)} limit ${count}) k
      cross join ${part.rows} where ${part.filters}`);
    // A delivery that ends between two parts is found by both, and the later row counts.
    for (const row of rows) found.set(row.id, row);
    const last = rows.length === count ? lastOf(rows, order) : yield* placeOf(part, search, order, count);
    if (last !== null && (reached === null || isPast(reached, last))) reached = last;
  }
  const stop = reached;
  const rows = [...found.values()].filter((row) => stop === null || !isPast(row.id, stop));
  const direction = order === 'asc' ? 1 : -1;
  return { rows: rows.sort((a, b) => (a.id < b.id ? -direction : direction)), reached };
}

const directions: Readonly<Record<Order, Sql>> = { asc: sql`asc`, desc: sql`desc` };

function nextKeys({ keys, lead, id, key }: Part, { lower, upper }: Search, order: Order): Sql {
  return sql`
    select ${key} from ${keys} where ${lead} and ${id} >= ${lower} and ${id} < ${upper}
    order by ${id} ${directions[order]}`;
}

function lastOf(rows: readonly DeliveryRow[], order: Order): string {
  const ids = rows.map((row): string => row.id);
  return ids.reduce((last, id) => ((order === 'asc' ? id > last : id < last) ? id : last));
}

/** The id of the last of the next `count` rows; null when there are fewer. */
function* placeOf(part: Part, search: Search, order: Order, count: number): Work<string | null> {
  const { keys, lead, id } = part;
  const row = yield* get<{ id: string }>(sql`
    select ${id} as id from ${keys} where ${lead} and ${id} >= ${search.lower} and ${id} < ${search.upper}
    order by ${id} ${directions[order]} limit 1 offset ${count - 1}`);
  return row?.id ?? null;
}
