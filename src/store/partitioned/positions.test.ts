import { expect, test } from 'vitest';
import { numbersPerDay } from '../event-numbers.ts';
import { followMoves, readPositions, writePositions } from './positions.ts';

const at = (day: number, number: number): number => day * numbersPerDay + number;
const map = { version: 7, moves: [{ from: 1, to: 2, version: 6 }] };
/** What is read after this position, by partitions. */
const follow = (positions: Record<number, number>, isOfOneTenant: boolean) => {
  const given = new Map(Object.entries(positions).map(([key, value]) => [Number(key), value]));
  return Object.fromEntries(followMoves(given, map, isOfOneTenant));
};

test('a position of before a move goes on from the day that the partition of before had come to', () => {
  // All of both was read, up to the same day: what has moved has numbers above.
  expect(follow({ 1: at(9, 500), 2: at(9, 20) }, false)).toEqual({ [-1]: 7, 1: at(9, 500), 2: at(9, 20) });
  // The one before was behind: its day is read again.
  expect(follow({ 1: at(8, 500), 2: at(9, 20) }, false)).toEqual({
    [-1]: 7,
    1: at(8, 500),
    2: at(8, 0) - 1,
  });
  // It was never read: nor is the other one now.
  expect(follow({ 2: at(9, 20) }, false)).toEqual({ [-1]: 7 });
});

test('a position of one tenant follows it, and not the moves of others', () => {
  expect(follow({ 1: at(9, 500) }, true)).toEqual({ [-1]: 7, 1: at(9, 500), 2: at(9, 0) - 1 });
  expect(follow({ 2: at(9, 500) }, true)).toEqual({ [-1]: 7, 2: at(9, 500) });
});

test('a position that was made with this map, or at the beginning, stays as it is', () => {
  const after = { [-1]: 6, 1: at(8, 500), 2: at(9, 20) };
  expect(follow(after, false)).toEqual({ ...after, [-1]: 7 });
  expect(follow({}, false)).toEqual({ [-1]: 7 });
  const text = writePositions(followMoves(readPositions('1:5,2:6'), map, true));
  expect(text).toBe('-1:7,1:5,2:6');
  expect(readPositions(text)).toEqual(
    new Map([
      [-1, 7],
      [1, 5],
      [2, 6],
    ]),
  );
});
