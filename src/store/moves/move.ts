// Moves slots with their tenants from one database to another, while all others are served; goes on with a move, or gives it back.
import { numberOf } from '../partitioned/slot-map.ts';
import { type Database, useDatabase } from '../postgres/database.ts';
import { StoreError } from '../sql.ts';
import type { SlotMap } from '../store.ts';
import { Journal, type Move, readMove } from './journal.ts';
import { type MoveDone, type MoveOptions, Mover, nothing } from './mover.ts';

export interface MoveAsked {
  readonly slots: readonly number[];
  /** The name of a partition. */
  readonly to: string;
}

/** Moves these slots, or goes on with the same move. Throws `StoreError`. */
export async function moveSlots(options: MoveOptions, asked: MoveAsked): Promise<MoveDone> {
  return withMover(options, async (mover) => {
    const map = await mover.map();
    const target = numberOf(map, asked.to);
    const noted = await readMove(mover.directory);
    if (noted !== null) requireSame(noted, asked.slots, target, map);
    else {
      const slots = asked.slots.filter((slot) => map.slots[slot] !== target);
      if (slots.length === 0) return nothing;
      const source = requireOneSource(map, slots);
      await mover.journal.begin({ source, target, slots, started_at: options.clock.now() });
    }
    return mover.goOn();
  });
}

/** Goes on with the move that is noted. */
export function resumeMove(options: MoveOptions): Promise<MoveDone> {
  return withMover(options, async (mover) => {
    if ((await readMove(mover.directory)) === null) throw new StoreError('no move is under way.');
    return mover.goOn();
  });
}

/** Gives back what has not moved yet, and ends the move. What has moved stays there. */
export function abortMove(options: MoveOptions): Promise<MoveDone> {
  return withMover(options, async (mover) => {
    if ((await readMove(mover.directory)) === null) throw new StoreError('no move is under way.');
    return mover.abort();
  });
}

function requireSame(noted: Move, slots: readonly number[], target: number, map: SlotMap): void {
  const known = new Set([...noted.slots, ...noted.moved]);
  const isSame = slots.every((slot) => known.has(slot) || map.slots[slot] === target);
  if (noted.target === target && isSame) return;
  throw new StoreError(
    'another move is under way; go on with it (--resume), or give up the rest of it (--abort).',
  );
}

function requireOneSource(map: SlotMap, slots: readonly number[]): number {
  const bySource = Map.groupBy(slots, (slot) => map.slots[slot] ?? 0);
  const [source, ...others] = bySource.keys();
  if (source !== undefined && others.length === 0) return source;
  const parts = [...bySource].map(([number, own]) => `${map.names[number]} has ${own.length}`);
  throw new StoreError(
    `these slots are in several partitions (${parts.join(', ')}); move those of one at a time.`,
  );
}

function withMover(options: MoveOptions, work: (mover: Mover) => Promise<MoveDone>): Promise<MoveDone> {
  const withDirectory = async (directory: Database): Promise<MoveDone> => {
    const journal = await Journal.open(directory);
    const mover = new Mover(options, directory, journal);
    try {
      return await work(mover);
    } finally {
      await mover.close();
      await journal.close();
    }
  };
  return useDatabase(options.directory, withDirectory, 2);
}
