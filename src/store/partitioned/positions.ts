// Positions in several databases as one: the number of each, behind the number of its partition; and the version of the slot map that it
// was made with. Events that have moved since have other numbers: so that none is left out, some may come twice.
import { Fault } from '#core/fault.ts';
import type { Position } from '#core/position.ts';
import { numbersPerDay } from '../event-numbers.ts';
import type { SlotMap } from '../store.ts';

/** Under the numbers of partitions; no entry for one that was never asked. */
export type Positions = ReadonlyMap<number, number>;

/** A number alone is of before there were partitions: of the directory. */
export function readPositions(position: Position | null): Positions {
  if (position === null) return new Map();
  if (typeof position === 'number') return new Map([[0, position]]);
  const parts = position.split(',').map((part) => part.split(':').map(Number));
  if (parts.some(([number, own]) => !Number.isInteger(number) || !Number.isInteger(own))) {
    throw new Fault('cursor_invalid', 'The cursor is not one that this feed gave.');
  }
  return new Map(parts.map(([number = 0, own = 0]) => [number, own]));
}

/** In place of the number of a partition: no partition has it. */
const versionKey = -1;

/**
 * The same position after what has moved since it was made. Within their day, events get numbers above all that were there; so a
 * partition that got some is read again from the day on that the one that gave them had come to, unless it is not beyond that.
 */
export function followMoves(
  given: Positions,
  { moves, version }: Pick<SlotMap, 'moves' | 'version'>,
  isOfOneTenant: boolean,
): Map<number, number> {
  const positions = new Map(given);
  const known = given.get(versionKey) ?? 0;
  const missed = given.size === 0 ? [] : moves.filter((move) => move.version > known);
  for (const { from, to } of missed.toSorted((a, b) => a.version - b.version)) {
    const [source, target] = [positions.get(from), positions.get(to)];
    if (source === undefined) {
      if (!isOfOneTenant) positions.delete(to);
    } else if (target === undefined ? isOfOneTenant : dayOf(source) < dayOf(target)) {
      positions.set(to, Math.max(-1, dayOf(source) * numbersPerDay - 1));
    }
  }
  return positions.set(versionKey, version);
}

function dayOf(number: number): number {
  return Math.floor(number / numbersPerDay);
}

export function writePositions(positions: Positions): Position {
  const parts = [...positions].sort(([a], [b]) => a - b).map(([number, own]) => `${number}:${own}`);
  return parts.length === 0 ? '0:-1' : parts.join(',');
}
