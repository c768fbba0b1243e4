import { expect, test } from 'vitest';
import type { FoundAttempt } from '#contract/deliveries.ts';
import { type Change, changeWatch, nothing, rowsMax, type Watch } from './watch.ts';

const attempt = (id: string): FoundAttempt => ({ id }) as FoundAttempt;
const came = (...ids: readonly string[]): Change => ({ kind: 'came', attempts: ids.map(attempt) });
const after = (...changes: readonly Change[]): Watch => changes.reduce(changeWatch, nothing);
const idsOf = (rows: readonly FoundAttempt[]): readonly string[] => rows.map(({ id }) => id);

const opened: Change = { kind: 'opened', at: '2026-01-02T03:04:05.000Z' };
const paused: Change = { kind: 'paused' };
const continued: Change = { kind: 'continued' };

test('the newest attempt is on top, and at most so many are kept', () => {
  expect(idsOf(after(opened, came('a', 'b'), came('c')).rows)).toEqual(['c', 'b', 'a']);
  const many = Array.from({ length: rowsMax + 500 }, (_, index) => String(index));
  const { rows } = after(opened, came('first'), came(...many));
  expect(rows).toHaveLength(rowsMax);
  expect(rows[0]?.id).toBe(String(rowsMax + 499));
});

test('a pause moves no row, counts all that comes, and keeps a bounded part of it', () => {
  const during = after(opened, came('a'), paused, came('b', 'c'), paused, came('d'));
  expect(idsOf(during.rows)).toEqual(['a']);
  expect(during.heldCount).toBe(3);
  const on = changeWatch(during, continued);
  expect(idsOf(on.rows)).toEqual(['d', 'c', 'b', 'a']);
  expect(on).toMatchObject({ isPaused: false, held: [], heldCount: 0 });
  const many = Array.from({ length: rowsMax }, (_, index) => String(index));
  const long = after(opened, paused, came(...many), came(...many));
  expect(long.heldCount).toBe(2 * rowsMax);
  expect(long.held).toHaveLength(rowsMax);
});

test('a loss is told from its beginning to the next connection, and rows stay', () => {
  const lost = (second: number, reason: string): Change => ({
    kind: 'lost',
    at: `2026-01-02T03:04:0${second}.000Z`,
    reason,
  });
  const again = after(opened, came('a'), lost(6, 'shutting down'), lost(7, 'not reached'));
  expect(again.connection).toEqual({
    state: 'lost',
    reason: 'not reached',
    since: '2026-01-02T03:04:06.000Z',
  });
  const { connection, gap, rows } = changeWatch(again, { kind: 'opened', at: '2026-01-02T03:04:09.000Z' });
  expect(connection).toEqual({ state: 'open' });
  expect(gap).toEqual({
    kind: 'apart',
    since: '2026-01-02T03:04:06.000Z',
    until: '2026-01-02T03:04:09.000Z',
  });
  expect(idsOf(rows)).toEqual(['a']);
});

test('what was missed is told until it is read', () => {
  const missed = after(opened, { kind: 'missed', at: '2026-01-02T03:04:05.000Z' });
  expect(missed.gap?.kind).toBe('missed');
  expect(changeWatch(missed, { kind: 'gapRead' }).gap).toBeNull();
});
