// The journal of a move, in the directory: one row, so that one move is under way at a time, and any process can go on with it after a
// crash. A run of the move holds a lock while it lives, and has a number: one that was replaced can write nothing more.
import type pg from 'pg';
import { lockClass } from '../postgres/context.ts';
import { type Database, type Queries, toQuery } from '../postgres/database.ts';
import { readMap, writeMap } from '../postgres/slots.ts';
import { assignments, sql, StoreError } from '../sql.ts';
import type { SlotMap } from '../store.ts';

export interface Move {
  readonly run: number;
  /** The numbers of partitions. */
  readonly source: number;
  readonly target: number;
  /** Of the chunk: `idle` before it is closed in the source. `aborting`: it is given back, whatever a run was to do. */
  readonly state: 'idle' | 'frozen' | 'sealed' | 'aborting';
  /** What is to move yet, with the chunk that moves now. */
  readonly slots: readonly number[];
  readonly chunk: readonly number[];
  readonly frozen: readonly number[];
  /** What has moved, and is to be deleted in the source. */
  readonly moved: readonly number[];
  readonly frozen_at: number | null;
  readonly switched_at: number | null;
  readonly started_at: number;
}

/** Null when none is under way. */
export async function readMove(queries: Queries): Promise<Move | null> {
  return (await queries.get<Move>(sql`select * from slot_move where id = 1`)) ?? null;
}

export class Journal {
  readonly #db: Database;
  readonly #lock: pg.Client;
  #isLost = false;
  #run = 0;

  private constructor(db: Database, lock: pg.Client) {
    this.#db = db;
    this.#lock = lock;
    lock.once('end', () => (this.#isLost = true));
  }

  /** Throws `StoreError` while another process moves slots. */
  static async open(db: Database): Promise<Journal> {
    const lock = await db.connect({ application_name: 'carillon partitions move' });
    const { rows } = await lock.query<{ is_mine: boolean }>(
      toQuery(sql`select pg_try_advisory_lock(${lockClass.move}::int, 0) as is_mine`),
    );
    if (rows[0]?.is_mine === true) return new Journal(db, lock);
    await lock.end();
    throw new StoreError('another process moves slots now; wait for it, or end it, and try again.');
  }

  close(): Promise<void> {
    return this.#lock.end();
  }

  /** Notes a new move. From then on, nobody else gives these slots to another partition. */
  begin(move: Pick<Move, 'source' | 'target' | 'slots' | 'started_at'>): Promise<void> {
    const { source, target, slots, started_at: at } = move;
    return this.#db.transaction(async (tx) => {
      await tx.run(sql`lock table slot_map in exclusive mode`);
      const map = await readMap(tx);
      if (slots.some((slot) => map?.slots[slot] !== source)) {
        throw new StoreError('the slot map has just changed; try again.', undefined, true);
      }
      await tx.run(sql`
        insert into slot_move (id, run, source, target, state, slots, chunk, frozen, moved, started_at)
        values (1, 1, ${source}, ${target}, 'idle', ${slots}::int[], '{}', '{}', '{}', ${at})`);
    });
  }

  /** Takes over what is noted: other runs of it can write nothing from now on. */
  async take(): Promise<Move | null> {
    const [move] = await this.#db.write<Move>(sql`
      update slot_move set run = run + 1 where id = 1 returning *`);
    this.#run = move?.run ?? 0;
    return move ?? null;
  }

  async note(change: Partial<Omit<Move, 'run'>>, queries: Queries = this.#db): Promise<void> {
    this.requireLock();
    const changed = await queries.run(sql`
      update slot_move set ${assignments(change)} where id = 1 and run = ${this.#run}`);
    if (changed === 0) throw new StoreError('another process goes on with this move.');
  }

  /** Keeps tenants of these slots from being created, changed or removed. Waits for what has begun to be noted. */
  freeze(slots: readonly number[], now: number): Promise<void> {
    return this.#db.transaction(async (tx) => {
      await tx.all(sql`select 1 from slot_map where id = 1 for update`);
      await this.note({ frozen: slots, state: 'frozen', frozen_at: now }, tx);
    });
  }

  /** Gives the slots of the chunk to the target: all of it or nothing. */
  switch({ chunk, slots, moved, source, target }: Move, now: number): Promise<void> {
    return this.#db.transaction(async (tx) => {
      await tx.run(sql`lock table slot_map in exclusive mode`);
      const map = await readMap(tx);
      if (map === null || chunk.some((slot) => map.slots[slot] !== source)) {
        throw new StoreError('the slot map was changed by hand; give back with --abort.');
      }
      await writeMap(tx, nextMap(map, chunk, { from: source, to: target }));
      const left = slots.filter((slot) => !chunk.includes(slot));
      const state = { state: 'idle', slots: left, chunk: [], frozen: [] } as const;
      await this.note({ ...state, moved: [...moved, ...chunk], switched_at: now }, tx);
    });
  }

  async end(): Promise<void> {
    this.requireLock();
    await this.#db.run(sql`delete from slot_move where id = 1 and run = ${this.#run}`);
  }

  /** Throws `StoreError` when the connection that holds the lock is lost. */
  requireLock(): void {
    if (!this.#isLost) return;
    throw new StoreError('the connection to the directory is lost; run it again to go on.', undefined, true);
  }
}

function nextMap(map: SlotMap, chunk: readonly number[], way: { from: number; to: number }): SlotMap {
  const version = map.version + 1;
  const slots = Uint8Array.from(map.slots);
  for (const slot of chunk) slots[slot] = way.to;
  const others = map.moves.filter(({ from, to }) => from !== way.from || to !== way.to);
  return { ...map, version, slots, moves: [...others, { ...way, version }] };
}
