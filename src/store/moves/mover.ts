// One run of a move: chunk by chunk, the history of some slots is copied, they are closed where they are, the rest is copied, they are given
// to the target by the next version of the slot map, and later deleted where they were. Each step is noted in the directory before the
// next, and may be done twice: after a crash, another run goes on. See docs/decisions/0047.
import type { TenantId } from '#core/tenant.ts';
import type { Clock } from '#lib/clock.ts';
import { Database } from '../postgres/database.ts';
import { createPartitionsSince, dayMs, listDays } from '../postgres/partitions.ts';
import { readMap } from '../postgres/slots.ts';
import { sql, StoreError } from '../sql.ts';
import type { SlotMap } from '../store.ts';
import {
  closeSlots,
  drain,
  guardTables,
  hasFanOut,
  holdUpkeep,
  keepSealed,
  notifyDue,
  openSlots,
  sealSlots,
} from './close.ts';
import {
  type Arrivals,
  closeArrivals,
  copySeal,
  finalPass,
  forgetArrivals,
  lastPass,
  nextPass,
  readPosition,
  retakeArrivals,
  takeArrivals,
} from './arrivals.ts';
import { copyTenants } from './copy.ts';
import { carryRows, deleteTenants } from './delete.ts';
import { type Journal, type Move, readMove } from './journal.ts';
import type { NamedPlace } from './overview.ts';
import { requireVersion } from './processes.ts';
import { inSlots, listAllTenants } from './tenants.ts';

export interface MoveOptions {
  readonly directory: string;
  readonly others: readonly NamedPlace[];
  readonly clock: Clock;
  /** Of this program: all processes must be of it. */
  readonly version: string;
  /** Slots that are closed together. */
  readonly chunkSlots?: number;
  /** How long requests that are under way are waited for. */
  readonly drainMs?: number;
  /** How long copying pauses after each page, while the tenants are served. */
  readonly pauseMs?: number;
  /** How long everything stays in the source after the switch, for processes that have an old map. */
  readonly settleMs?: number;
  /** Before each step, and after each page of rows. May throw. */
  readonly onStep?: (step: string) => void | Promise<void>;
}

/** Of the whole move; rows and times of the run that has ended it. */
export interface MoveDone {
  readonly slots: number;
  readonly tenants: number;
  readonly rows: number;
  /** The longest time for which tenants were refused. */
  readonly closedMs: number;
}

const chunkSlotsDefault = 16;
const drainMsDefault = 10_000;
/** Longer than a process trusts a map that it has not read again: see `confirmedMs` in partitioned/index.ts. */
const settleMsDefault = 15_000;
/** How long changes of tenants, and large publications, that have begun are waited for. */
const beganMsMax = 20_000;
const pollMs = 50;
/** After a page, while the tenants are served. */
const pauseMsDefault = 5;
/** After a pass of this time there is little that is new; and so many at most, for those who publish faster than that. */
const passMsMin = 2_000;
const passesMax = 8;

export const nothing: MoveDone = { slots: 0, tenants: 0, rows: 0, closedMs: 0 };

export class Mover {
  readonly directory: Database;
  readonly journal: Journal;
  readonly #options: MoveOptions;
  readonly #opened = new Map<number, Database>();
  #done = nothing;

  constructor(options: MoveOptions, directory: Database, journal: Journal) {
    this.#options = options;
    this.directory = directory;
    this.journal = journal;
    this.#opened.set(0, directory);
  }

  async close(): Promise<void> {
    const others = [...this.#opened.values()].filter((db) => db !== this.directory);
    await Promise.all(others.map((db) => db.close()));
  }

  async map(): Promise<SlotMap> {
    const map = await readMap(this.directory);
    if (map === null) {
      throw new StoreError('there is one database; enter another one first: carillon partitions add');
    }
    return map;
  }

  async goOn(): Promise<MoveDone> {
    for (let move = await this.#take(); ; move = await this.#read()) {
      if (move.state === 'aborting') return this.#giveBack(move);
      if (move.slots.length === 0) return this.#finish(move);
      await this.#moveChunk(move);
    }
  }

  async abort(): Promise<MoveDone> {
    const move = await this.#take();
    await this.#step('abort');
    // From now on no run goes on with what is half deleted in the target.
    await this.journal.note({ state: 'aborting' });
    return this.#giveBack(move);
  }

  async #giveBack(move: Move): Promise<MoveDone> {
    const { source, target } = await this.#databases(move);
    const tenants = await this.#tenantsOf(source, move.chunk);
    if (move.chunk.length > 0) {
      await this.#step('give back');
      const terms = { isDirectory: move.target === 0, onPage: (rows: number) => this.#page('clear', rows) };
      await closeArrivals(target);
      await keepSealed(target, move.chunk);
      await deleteTenants(target, tenants, terms);
      await forgetArrivals(target);
      await openSlots(source, move.chunk, tenants, this.#now());
    }
    await this.#step('given back');
    await this.journal.note({ state: 'idle', slots: [], chunk: [], frozen: [] });
    return this.#finish(await this.#read());
  }

  async #take(): Promise<Move> {
    const move = await this.journal.take();
    if (move === null) throw new StoreError('no move is under way.');
    return move;
  }

  async #read(): Promise<Move> {
    const move = await readMove(this.directory);
    if (move === null) throw new StoreError('another process has ended this move.');
    return move;
  }

  /** One chunk, from where it is. */
  async #moveChunk(noted: Move): Promise<void> {
    const move = noted.chunk.length > 0 ? noted : await this.#choose(noted);
    const { source, target } = await this.#databases(move);
    await this.#prepare(source, target, move);
    if (move.state === 'idle') await this.#copyHistory(source, target, move);
    await this.#step('freeze');
    const frozenAt = (move.state === 'idle' ? null : move.frozen_at) ?? this.#now();
    if (move.state === 'idle') await this.journal.freeze(move.chunk, frozenAt);
    await this.#changesEnded(move.chunk);
    const tenants = await this.#tenantsOf(source, move.chunk);
    await this.#step('close');
    const upkeep = [await holdUpkeep(source), await holdUpkeep(target)];
    try {
      if (move.state !== 'sealed') await this.#seal(source, move.chunk, tenants);
      await this.#step('copy');
      await this.#copyRest(source, target, move, tenants);
    } finally {
      await Promise.all(upkeep.map((held) => held.close()));
    }
    await this.#step('switch');
    await closeArrivals(target);
    await this.journal.switch(move, this.#now());
    const closedMs = Math.max(this.#done.closedMs, this.#now() - frozenAt);
    this.#done = { ...this.#done, tenants: this.#done.tenants + tenants.length, closedMs };
    await this.#step('switched');
    await forgetArrivals(target);
    await notifyDue(target, tenants);
  }

  async #choose(move: Move): Promise<Move> {
    const chunk = move.slots.slice(0, this.#options.chunkSlots ?? chunkSlotsDefault);
    await this.journal.note({ chunk });
    return { ...move, chunk };
  }

  /** What takes time, and refuses nobody. */
  async #prepare(source: Database, target: Database, move: Move): Promise<void> {
    await this.#step('prepare');
    await requireVersion(source, this.#options.version);
    await guardTables(source, move.source === 0);
    const [oldest] = await listDays(source);
    const now = this.#now();
    await createPartitionsSince(target, oldest === undefined ? now : oldest * dayMs, now);
    await copySeal(this.directory, target);
    if (move.state !== 'idle') return;
    const tenants = await this.#tenantsOf(source, move.chunk);
    await this.#until(
      'a large publication is still being written',
      async () => !(await hasFanOut(source, tenants)),
    );
  }

  async #seal(source: Database, chunk: readonly number[], tenants: readonly TenantId[]): Promise<void> {
    const { clock, drainMs = drainMsDefault } = this.#options;
    await closeSlots(source, chunk, clock);
    await this.#step('drain');
    await drain(source, tenants, clock, drainMs);
    await this.#until(
      'a large publication is still being written',
      async () => !(await hasFanOut(source, tenants)),
    );
    await this.#step('seal');
    await sealSlots(source, chunk, tenants, clock);
    await this.journal.note({ state: 'sealed' });
  }

  /** What has ended, in passes while the tenants are served, until there is little that is new. */
  async #copyHistory(source: Database, target: Database, move: Move): Promise<void> {
    let arrivals = await takeArrivals({ source, target }, this.#copying(move));
    for (;;) {
      const { pass } = readPosition(arrivals);
      await this.#step(`history, pass ${pass + 1}`);
      const tenants = await this.#tenantsOf(source, move.chunk);
      await this.#copyPass(source, target, move, tenants, arrivals);
      const tookMs = this.#now() - arrivals.began_at;
      if (tookMs < passMsMin || pass + 1 >= passesMax) return;
      arrivals = await nextPass({ source, target }, move.run, this.#now());
    }
  }

  /** What has come since, and what waits, while nothing is changed. */
  async #copyRest(
    source: Database,
    target: Database,
    move: Move,
    tenants: readonly TenantId[],
  ): Promise<void> {
    let arrivals = await retakeArrivals(target, this.#copying(move));
    if (readPosition(arrivals).pass !== lastPass) {
      arrivals = await finalPass({ source, target }, move.run, this.#now(), tenants);
    }
    // They may have been here before.
    await openSlots(target, move.chunk, [], this.#now());
    await this.#copyPass(source, target, move, tenants, arrivals);
  }

  #copying({ run, chunk, started_at: startedAt }: Move) {
    return { run, chunk: `${startedAt} ${chunk.join()}`, now: this.#now() };
  }

  async #copyPass(
    source: Database,
    target: Database,
    { run, started_at: startedAt }: Move,
    tenants: readonly TenantId[],
    arrivals: Arrivals,
  ): Promise<void> {
    const { clock, pauseMs = pauseMsDefault } = this.#options;
    const isServed = readPosition(arrivals).pass !== lastPass;
    const onPage = async (rows: number): Promise<void> => {
      this.#done = { ...this.#done, rows: this.#done.rows + rows };
      await this.#page('copy', rows);
      if (isServed && rows > 0) await clock.sleep(pauseMs);
    };
    const statsFrom = startedAt - dayMs;
    await copyTenants({ source, target, tenants, run, now: this.#now(), statsFrom, onPage }, arrivals);
  }

  /** Deletes what has moved where it was, and ends the move. */
  async #finish(move: Move): Promise<MoveDone> {
    const { clock, settleMs = settleMsDefault } = this.#options;
    const { source, target } = await this.#databases(move);
    const tenants = await this.#tenantsOf(source, move.moved);
    await forgetArrivals(target);
    const waitMs = (move.switched_at ?? 0) + settleMs - clock.now();
    await this.#step('settle');
    if (tenants.length > 0 && waitMs > 0) await clock.sleep(waitMs);
    await notifyDue(target, tenants);
    await this.#requireSealed(source, move);
    const terms = { isDirectory: move.source === 0, onPage: (rows: number) => this.#page('delete', rows) };
    for (const tenant of tenants) {
      await carryRows(source, target, tenant, terms);
      await deleteTenants(source, [tenant], terms);
    }
    await this.#step('end');
    await this.journal.end();
    const count = Math.max(this.#done.tenants, tenants.length);
    return { ...this.#done, slots: move.moved.length, tenants: count };
  }

  /** Nothing is deleted that the map says is here. */
  async #requireSealed(source: Database, move: Move): Promise<void> {
    const map = await this.map();
    const sealed = await source.all<{ slot: number }>(sql`select slot from closed_slots where is_sealed`);
    const isSealed = new Set(sealed.map(({ slot }) => slot));
    const wrong = move.moved.filter((slot) => map.slots[slot] === move.source || !isSealed.has(slot));
    if (wrong.length > 0)
      throw new StoreError(`slots ${wrong.join(', ')} have not moved; nothing was deleted.`);
  }

  async #tenantsOf(db: Database, slots: readonly number[]): Promise<readonly TenantId[]> {
    return slots.length === 0 ? [] : inSlots(await listAllTenants(db), slots);
  }

  /** Changes of tenants that have begun end in both databases. */
  #changesEnded(chunk: readonly number[]): Promise<void> {
    return this.#until('a tenant is being created, changed or removed', async () => {
      const rows = await this.directory.all<{ id: TenantId }>(sql`select id from unfinished_tenants`);
      const ids = rows.map(({ id }) => id);
      return inSlots(ids, chunk).length === 0;
    });
  }

  async #until(problem: string, isOver: () => Promise<boolean>): Promise<void> {
    const { clock } = this.#options;
    for (const until = clock.now() + beganMsMax; !(await isOver()); await clock.sleep(pollMs)) {
      if (clock.now() < until) continue;
      throw new StoreError(
        `${problem}; try again in some minutes (--resume), or give back (--abort).`,
        undefined,
        true,
      );
    }
  }

  async #databases({ source, target }: Move): Promise<{ source: Database; target: Database }> {
    const { names } = await this.map();
    return { source: this.#database(names, source), target: this.#database(names, target) };
  }

  #database(names: readonly string[], number: number): Database {
    const known = this.#opened.get(number);
    if (known !== undefined) return known;
    const url = this.#options.others.find(({ name }) => name === names[number])?.url;
    if (url === undefined) throw new StoreError(`CARILLON_PARTITIONS does not name ${names[number]}.`);
    const db = new Database({ url, poolMax: 2 });
    this.#opened.set(number, db);
    return db;
  }

  #now(): number {
    return this.#options.clock.now();
  }

  async #step(step: string): Promise<void> {
    this.journal.requireLock();
    await this.#options.onStep?.(step);
  }

  #page(step: string, rows: number): Promise<void> {
    return rows === 0 ? Promise.resolve() : this.#step(`${step} ${rows} rows`);
  }
}
