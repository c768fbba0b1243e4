// Positions in several databases as one: the number of each, behind the number of its partition.
import { Fault } from '#core/fault.ts';
import type { Position } from '#core/position.ts';

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

export function writePositions(positions: Positions): Position {
  const parts = [...positions].sort(([a], [b]) => a - b).map(([number, own]) => `${number}:${own}`);
  return parts.length === 0 ? '0:-1' : parts.join(',');
}
