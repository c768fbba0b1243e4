// The chaos verdict finds every kind of violation.
import { expect, test } from 'vitest';
import type { Accepted } from './load.ts';
import { type Fault, judge } from './verdict.ts';
import type { Seen } from './messages.ts';

let clock = 0;

/** A request that begins after all earlier ones and ends at once. */
function request(delivery: string, more: Partial<Seen> = {}): Seen {
  const began = clock++;
  const at = { began, ended: clock++, beganAt: began };
  return { delivery, hash: 'a', isSigned: true, outcome: 'accepted', ...at, ...more };
}

const event = (id: string, orderingKey: string | null = null, place = 0): Accepted => ({
  id,
  endpoints: [0],
  orderingKey,
  place,
});
const queue = [event('a', 'k', 0), event('b', 'k', 1)];
const leftover = { waiting: 0, claimed: 0, badExits: 0 };
const judgeAll = (accepted: Accepted[], seen: Seen[], faults: Fault[] = []) =>
  judge({ accepted, seen, faults, leftover });

test('judge finds no violation in a correct run', () => {
  const seen = [request('0 a', { outcome: 'refused' }), request('0 a'), request('0 b')];
  expect(judgeAll(queue, seen).violations).toEqual([]);
});

test('judge finds deliveries that no receiver accepted', () => {
  const seen = [request('0 a', { outcome: 'refused' }), request('0 a', { outcome: 'cut' })];
  expect(judgeAll([event('a'), event('b')], seen)).toMatchObject({ lost: 2 });
});

test('judge finds different bytes and wrong signatures', () => {
  const seen = [request('0 a', { outcome: 'refused', hash: 'b' }), request('0 a', { isSigned: false })];
  const verdict = judgeAll([event('a')], seen);
  expect(verdict).toMatchObject({ differing: 1, unsigned: 1 });
  expect(verdict.violations).toHaveLength(2);
});

test('judge finds requests that came before the delivery ahead of theirs was accepted', () => {
  const early = [request('0 b'), request('0 a')];
  expect(judgeAll(queue, early)).toMatchObject({ disordered: 1 });
  const passedOver = [request('0 a', { outcome: 'refused' }), request('0 b'), request('0 a')];
  expect(judgeAll(queue, passedOver)).toMatchObject({ disordered: 1 });
  expect(judgeAll([event('a'), event('b')], early)).toMatchObject({ disordered: 0 });
});

test('judge finds a request that overlaps one of another event of its key', () => {
  const late = request('0 a', { outcome: 'cut' });
  const seen = [late, request('0 a'), request('0 b')];
  late.ended = clock++;
  expect(judgeAll(queue, seen)).toMatchObject({ disordered: 1 });
  expect(judgeAll(queue, [request('0 a'), request('0 b'), request('0 a')])).toMatchObject({ disordered: 0 });
});

test('judge accepts as many duplicates as requests were in flight at a fault', () => {
  const seen = [request('0 a'), request('0 a'), request('0 b'), request('0 b')];
  const accepted = [event('a'), event('b')];
  expect(judgeAll(accepted, seen).violations).toEqual(['2 duplicates, at most 0 explained']);
  const until = seen[1]?.beganAt ?? 0;
  const claimed = new Set(['0 a', '0 b', '0 c']);
  expect(judgeAll(accepted, seen, [{ what: 'killed', claimed, until }])).toMatchObject({
    duplicates: 2,
    duplicatesMax: 1,
  });
});

test('judge finds waiting deliveries, leases and bad exits that are left', () => {
  const left = { waiting: 3, claimed: 2, badExits: 1 };
  expect(judge({ accepted: [], seen: [], faults: [], leftover: left }).violations).toHaveLength(3);
});
