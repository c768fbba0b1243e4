import { describe, expect, test } from 'vitest';
import type { Reply } from '#core/attempt.ts';
import { defaultLimits } from '#core/limits.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Wanted } from '#store/store.ts';
import { claimFor, endpoint, quick, takeAll } from '../../test/support/lanes.ts';
import { Lanes } from './lanes.ts';

const tenant = 'ten' as TenantId;
const busy: Reply = { ...quick, status: 429 };
const dead: Reply = { kind: 'failed', error: 'timeout', message: '', status: null, durationMs: 20_000 };

function fill(lanes: Lanes, name: string, count: number): void {
  for (let i = 0; i < count; i++) lanes.enqueue(claimFor(name, tenant), 0);
}

/** Claims for ten endpoints, whose tenants are asked for before. */
function takeDue(lanes: Lanes, now: number): readonly Wanted[] {
  const unowned = lanes.unowned(now, 10);
  lanes.assign(unowned, new Map(unowned.map((id) => [id, tenant])));
  return lanes.takeDue(now, { endpoints: 10, deliveries: 1000 });
}

describe('the concurrency window of a lane', () => {
  test('starts at one and doubles with each round of quick replies, up to the limit (slow start)', () => {
    const lanes = new Lanes({ ...defaultLimits, inFlightPerEndpointMax: 8 });
    fill(lanes, 'a', 100);
    const windows = Array.from({ length: 6 }, () => {
      const round = takeAll(lanes);
      for (const slot of round) lanes.complete(slot, quick, 0);
      return round.length;
    });
    expect(windows).toEqual([1, 2, 4, 8, 8, 8]);
  });

  test.each([
    ['no reply', dead],
    ['429', busy],
    ['a slow reply', { ...quick, durationMs: 6000 }],
  ])('is halved by %s and never falls below one', (_, reply) => {
    const lanes = new Lanes(defaultLimits);
    fill(lanes, 'a', 200);
    for (let round = 0; round < 3; round++) for (const slot of takeAll(lanes)) lanes.complete(slot, quick, 0);
    const [first, ...rest] = takeAll(lanes);
    expect(rest.length).toBe(7);
    if (first !== undefined) lanes.complete(first, reply, 0);
    for (const slot of rest) lanes.complete(slot, reply, 0);
    const narrow = takeAll(lanes);
    expect(narrow.length).toBe(1);
    for (const slot of narrow) lanes.complete(slot, quick, 0);
    expect(takeAll(lanes).length).toBe(2);
  });
});

describe('fairness', () => {
  test('round robin: endpoints take turns, whatever the length of their queues', () => {
    const lanes = new Lanes({ ...defaultLimits, inFlightMax: 4 });
    fill(lanes, 'big', 1000);
    fill(lanes, 'small', 1);
    // Two of the four slots are reserved for proven lanes.
    expect(takeAll(lanes).map(({ claim }) => claim.endpoint)).toEqual([endpoint('big'), endpoint('small')]);
  });

  test('any number of dead endpoints leaves half of the slots', () => {
    const lanes = new Lanes({ ...defaultLimits, inFlightMax: 10 });
    fill(lanes, 'living', 50);
    for (const slot of takeAll(lanes)) lanes.complete(slot, quick, 0);
    for (let i = 0; i < 100; i++) fill(lanes, `dead${i}`, 1);
    const all = takeAll(lanes);
    expect(all.filter(({ claim }) => claim.endpoint !== endpoint('living')).length).toBe(5);
    expect(all.filter(({ claim }) => claim.endpoint === endpoint('living')).length).toBe(2);
    // The living one goes on with its own replies, while no request to a dead one has ended.
    for (const slot of all) if (slot.claim.endpoint === endpoint('living')) lanes.complete(slot, quick, 0);
    expect(takeAll(lanes).length).toBe(4);
  });
});

describe('an unresponsive receiver', () => {
  test('gets no more requests than it has, until it answers', () => {
    const lanes = new Lanes(defaultLimits);
    fill(lanes, 'a', 100);
    for (let round = 0; round < 3; round++) for (const slot of takeAll(lanes)) lanes.complete(slot, quick, 0);
    const [first, ...rest] = takeAll(lanes);
    expect(rest.length).toBe(7);
    if (first !== undefined) lanes.complete(first, quick, 1000);
    expect(takeAll(lanes, 1000).length).toBeGreaterThan(0);
    fill(lanes, 'a', 1);
    for (const slot of rest.slice(0, 3)) lanes.abandon(slot, 4000);
    expect(takeAll(lanes, 4000)).toEqual([]);
    for (const slot of rest.slice(3)) lanes.complete(slot, quick, 4000);
    expect(takeAll(lanes, 4000).length).toBeGreaterThan(0);
  });

  test('the window stays narrow while the queue is empty', () => {
    const lanes = new Lanes(defaultLimits);
    for (let i = 0; i < 50; i++) {
      fill(lanes, 'a', 1);
      for (const slot of takeAll(lanes)) lanes.complete(slot, quick, 0);
    }
    fill(lanes, 'a', 8);
    expect(takeAll(lanes)).toHaveLength(1);
  });
});

describe('memory', () => {
  test('a lane with a narrow window queues few deliveries, and none while older ones are due in the store', () => {
    const lanes = new Lanes(defaultLimits);
    expect(lanes.capacity(endpoint('a'), tenant, 0)).toBe(8);
    fill(lanes, 'a', 8);
    expect(lanes.capacity(endpoint('a'), tenant, 0)).toBe(0);
    lanes.schedule(endpoint('b'), 5);
    expect(lanes.capacity(endpoint('b'), tenant, 4)).toBe(8);
    expect(lanes.capacity(endpoint('b'), tenant, 5)).toBe(0);
  });

  test('all queues together are bounded by count and by bytes', () => {
    const lanes = new Lanes({ ...defaultLimits, bufferedMax: 3 });
    fill(lanes, 'a', 3);
    expect(lanes.capacity(endpoint('b'), tenant, 0)).toBe(0);
    lanes.schedule(endpoint('b'), 0);
    expect(takeDue(lanes, 0)).toEqual([]);
    const byBytes = new Lanes({ ...defaultLimits, bufferedBytesMax: 25 });
    fill(byBytes, 'a', 3);
    expect(byBytes.capacity(endpoint('b'), tenant, 0)).toBe(0);
  });
});

describe('claiming from the store', () => {
  test('takes what is due, as much as there is capacity for, once', () => {
    const lanes = new Lanes(defaultLimits);
    lanes.schedule(endpoint('a'), 100);
    lanes.schedule(endpoint('b'), 200);
    expect(takeDue(lanes, 99)).toEqual([]);
    expect(lanes.nextDueAt()).toBe(100);
    expect(takeDue(lanes, 100)).toEqual([{ endpoint: endpoint('a'), count: 8 }]);
    expect(lanes.nextDueAt()).toBe(200);
  });

  test('a lane with a full queue is taken when it has drained', () => {
    const lanes = new Lanes(defaultLimits);
    fill(lanes, 'a', 8);
    lanes.schedule(endpoint('a'), 0);
    expect(takeDue(lanes, 0)).toEqual([]);
    expect(lanes.nextDueAt()).toBe(Infinity);
    for (let round = 0; round < 3; round++) for (const slot of takeAll(lanes)) lanes.complete(slot, quick, 0);
    expect(takeDue(lanes, 0)).toHaveLength(1);
  });

  test('a lane whose queue was cleared is taken again', () => {
    const lanes = new Lanes(defaultLimits);
    fill(lanes, 'a', 8);
    lanes.schedule(endpoint('a'), 0);
    expect(takeDue(lanes, 0)).toEqual([]);
    expect(lanes.clear()).toHaveLength(8);
    expect(takeDue(lanes, 0)).toEqual([{ endpoint: endpoint('a'), count: 8 }]);
  });

  test('an abandoned delivery is due again when its lease ends', () => {
    const lanes = new Lanes(defaultLimits);
    fill(lanes, 'a', 1);
    for (const slot of takeAll(lanes)) lanes.abandon(slot, 0);
    expect(lanes.nextDueAt()).toBe(60_000);
    expect(lanes.counts.inFlight).toBe(0);
  });

  test('an endpoint whose request could not be sent waits, and keeps its window', () => {
    const lanes = new Lanes(defaultLimits);
    fill(lanes, 'a', 100);
    for (let round = 0; round < 3; round++) for (const slot of takeAll(lanes)) lanes.complete(slot, quick, 0);
    const [first, ...rest] = takeAll(lanes);
    for (const slot of rest) lanes.complete(slot, quick, 0);
    for (const slot of takeAll(lanes).slice(1)) lanes.complete(slot, quick, 0);
    if (first !== undefined) lanes.postpone(first, 1000, 0);
    expect(takeAll(lanes, 999)).toEqual([]);
    expect(lanes.nextDueAt()).toBe(1000);
    expect(lanes.capacity(endpoint('a'), tenant, 999)).toBe(0);
    lanes.resume(1000);
    expect(takeAll(lanes, 1000).length).toBeGreaterThanOrEqual(8);
    expect(takeDue(lanes, 1000)).toMatchObject([{ endpoint: endpoint('a') }]);
  });

  test('a lane that was scheduled twice for the same time is taken once', () => {
    const lanes = new Lanes(defaultLimits);
    lanes.schedule(endpoint('a'), 100);
    lanes.schedule(endpoint('a'), 50);
    expect(takeDue(lanes, 60)).toHaveLength(1);
    lanes.schedule(endpoint('a'), 100);
    expect(takeDue(lanes, 100)).toHaveLength(1);
  });

  test('a later time does not postpone a scheduled endpoint', () => {
    const lanes = new Lanes(defaultLimits);
    lanes.schedule(endpoint('a'), 100);
    lanes.schedule(endpoint('a'), 900);
    lanes.schedule(endpoint('a'), 50);
    expect(lanes.nextDueAt()).toBe(50);
    expect(takeDue(lanes, 100)).toHaveLength(1);
    expect(takeDue(lanes, 100)).toHaveLength(0);
  });
});

describe('a rate limit', () => {
  const limits = { rate: { perSecond: 2, burst: 1 }, inFlightMax: Infinity };

  /** A lane with ten deliveries in memory, whose limits are learnt with the first that is started, at 1000. */
  function limited() {
    const lanes = new Lanes(defaultLimits);
    for (let i = 0; i < 10; i++) lanes.enqueue(claimFor('a', tenant), 1000);
    const [first] = takeAll(lanes, 1000);
    if (first === undefined) throw new Error('nothing was started');
    const released = lanes.limit(first, limits, 1000);
    return { lanes, first, released };
  }

  test('returns to the store what is not sent soon', () => {
    const { lanes, released } = limited();
    expect(released).toHaveLength(9);
    expect(lanes.counts.buffered).toBe(0);
    expect(takeDue(lanes, 1000)).toEqual([{ endpoint: endpoint('a'), count: 4 }]);
  });

  test('gives the time of the next request; until then nothing is started and no turn is due', () => {
    const { lanes, first } = limited();
    takeDue(lanes, 1000);
    for (let i = 0; i < 4; i++) lanes.enqueue(claimFor('a', tenant), 1000);
    lanes.complete(first, quick, 1010);
    expect([takeAll(lanes, 1249), lanes.nextDueAt()]).toEqual([[], 1250]);
    lanes.resume(1250);
    expect(takeAll(lanes, 1250)).toHaveLength(1);
    expect(lanes.nextDueAt()).toBe(1750);
  });

  test('is not used by a delivery that is not sent', () => {
    const { lanes, first } = limited();
    lanes.enqueue(claimFor('a', tenant), 1000);
    lanes.abandon(first, 1000);
    expect(takeAll(lanes, 1000)).toHaveLength(1);
  });

  test('that is the same again changes nothing; without one all is sent', () => {
    const { lanes, first } = limited();
    lanes.enqueue(claimFor('a', tenant), 1000);
    expect(lanes.limit(first, limits, 1100)).toEqual([]);
    expect(lanes.nextReadyAt()).toBe(1250);
    lanes.complete(first, quick, 1100);
    lanes.limit(first, { rate: null, inFlightMax: Infinity }, 1100);
    expect(takeAll(lanes, 1100)).toHaveLength(1);
  });
});
