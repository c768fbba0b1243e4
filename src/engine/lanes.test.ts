import { describe, expect, test } from 'vitest';
import type { Reply } from '#core/attempt.ts';
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { defaultLimits } from '#core/limits.ts';
import { createLanes, type Lanes, type Slot } from './lanes.ts';

const endpoint = (name: string): EndpointId => `ep_${name}` as EndpointId;
const quick: Reply = {
  kind: 'answered',
  status: 200,
  headers: {},
  body: new Uint8Array(),
  isCut: false,
  durationMs: 5,
};
const busy: Reply = { ...quick, status: 429 };
const dead: Reply = { kind: 'failed', error: 'timeout', message: '', status: null, durationMs: 20_000 };

let seq = 0;
function claimFor(name: string): Claim {
  seq++;
  return {
    seq,
    id: `dlv_${seq}` as Claim['id'],
    lease: 1,
    leaseUntil: 60_000,
    endpoint: endpoint(name),
    revision: 1,
    event: { payload: new Uint8Array(10) } as Claim['event'],
    attempts: 0,
    step: 0,
    firstDueAt: 0,
    isOrdered: false,
    wasDelivered: false,
  };
}

function fill(lanes: Lanes, name: string, count: number): void {
  for (let i = 0; i < count; i++) lanes.add(claimFor(name), 0);
}

/** Everything that may be sent now. */
function takeAll(lanes: Lanes, now = 0): Slot[] {
  const taken: Slot[] = [];
  for (let slot = lanes.next(now); slot !== null; slot = lanes.next(now)) taken.push(slot);
  return taken;
}

describe('the width of a lane', () => {
  test('begins at one and doubles each round of quick answers, up to the limit', () => {
    const lanes = createLanes({ ...defaultLimits, inFlightPerEndpointMax: 8 });
    fill(lanes, 'a', 100);
    const widths = Array.from({ length: 6 }, () => {
      const round = takeAll(lanes);
      for (const slot of round) lanes.sent(slot, quick, 0);
      return round.length;
    });
    expect(widths).toEqual([1, 2, 4, 8, 8, 8]);
  });

  test.each([
    ['silence', dead],
    ['429', busy],
    ['a slow answer', { ...quick, durationMs: 6000 }],
  ])('halves at %s and never goes below one', (_, reply) => {
    const lanes = createLanes(defaultLimits);
    fill(lanes, 'a', 200);
    for (let round = 0; round < 3; round++) for (const slot of takeAll(lanes)) lanes.sent(slot, quick, 0);
    const [first, ...rest] = takeAll(lanes);
    expect(rest.length).toBe(7);
    if (first !== undefined) lanes.sent(first, reply, 0);
    for (const slot of rest) lanes.sent(slot, reply, 0);
    const narrow = takeAll(lanes);
    expect(narrow.length).toBe(1);
    for (const slot of narrow) lanes.sent(slot, quick, 0);
    expect(takeAll(lanes).length).toBe(2);
  });
});

describe('fairness', () => {
  test('slots go round the endpoints, not to the longest queue', () => {
    const lanes = createLanes({ ...defaultLimits, inFlightMax: 4 });
    fill(lanes, 'big', 1000);
    fill(lanes, 'small', 1);
    // Half of four slots are for lanes that have not proved themselves.
    expect(takeAll(lanes).map(({ claim }) => claim.endpoint)).toEqual([endpoint('big'), endpoint('small')]);
  });

  test('dead endpoints, however many, leave half of the slots', () => {
    const lanes = createLanes({ ...defaultLimits, inFlightMax: 10 });
    fill(lanes, 'living', 50);
    for (const slot of takeAll(lanes)) lanes.sent(slot, quick, 0);
    for (let i = 0; i < 100; i++) fill(lanes, `dead${i}`, 1);
    const all = takeAll(lanes);
    expect(all.filter(({ claim }) => claim.endpoint !== endpoint('living')).length).toBe(5);
    expect(all.filter(({ claim }) => claim.endpoint === endpoint('living')).length).toBe(2);
    // The living go on as their own answers come, while no dead one has ended.
    for (const slot of all) if (slot.claim.endpoint === endpoint('living')) lanes.sent(slot, quick, 0);
    expect(takeAll(lanes).length).toBe(4);
  });
});

describe('a receiver that falls silent', () => {
  test('keeps what it has and gets no more, until it answers', () => {
    const lanes = createLanes(defaultLimits);
    fill(lanes, 'a', 100);
    for (let round = 0; round < 3; round++) for (const slot of takeAll(lanes)) lanes.sent(slot, quick, 0);
    const [first, ...rest] = takeAll(lanes);
    expect(rest.length).toBe(7);
    if (first !== undefined) lanes.sent(first, quick, 1000);
    expect(takeAll(lanes, 1000).length).toBeGreaterThan(0);
    fill(lanes, 'a', 1);
    for (const slot of rest.slice(0, 3)) lanes.dropped(slot, 4000);
    expect(takeAll(lanes, 4000)).toEqual([]);
    for (const slot of rest.slice(3)) lanes.sent(slot, quick, 4000);
    expect(takeAll(lanes, 4000).length).toBeGreaterThan(0);
  });

  test('a lane that needs little stays narrow', () => {
    const lanes = createLanes(defaultLimits);
    for (let i = 0; i < 50; i++) {
      fill(lanes, 'a', 1);
      for (const slot of takeAll(lanes)) lanes.sent(slot, quick, 0);
    }
    fill(lanes, 'a', 8);
    expect(takeAll(lanes)).toHaveLength(1);
  });
});

describe('memory', () => {
  test('a lane takes few while narrow, and none while older ones wait in the store', () => {
    const lanes = createLanes(defaultLimits);
    expect(lanes.places(endpoint('a'), 0)).toBe(8);
    fill(lanes, 'a', 8);
    expect(lanes.places(endpoint('a'), 0)).toBe(0);
    lanes.wake(endpoint('b'), 5);
    expect(lanes.places(endpoint('b'), 4)).toBe(8);
    expect(lanes.places(endpoint('b'), 5)).toBe(0);
  });

  test('all lanes together are bounded by count and by bytes', () => {
    const lanes = createLanes({ ...defaultLimits, bufferedMax: 3 });
    fill(lanes, 'a', 3);
    expect(lanes.places(endpoint('b'), 0)).toBe(0);
    lanes.wake(endpoint('b'), 0);
    expect(lanes.wanted(0, 10)).toEqual([]);
    const byBytes = createLanes({ ...defaultLimits, bufferedBytesMax: 25 });
    fill(byBytes, 'a', 3);
    expect(byBytes.places(endpoint('b'), 0)).toBe(0);
  });
});

describe('claiming from the store', () => {
  test('asks for what is due, as much as there is room for, once', () => {
    const lanes = createLanes(defaultLimits);
    lanes.wake(endpoint('a'), 100);
    lanes.wake(endpoint('b'), 200);
    expect(lanes.wanted(99, 10)).toEqual([]);
    expect(lanes.nextDueAt()).toBe(100);
    expect(lanes.wanted(100, 10)).toEqual([{ endpoint: endpoint('a'), count: 8 }]);
    expect(lanes.nextDueAt()).toBe(200);
  });

  test('a lane with a full queue is asked for again when it has drained', () => {
    const lanes = createLanes(defaultLimits);
    fill(lanes, 'a', 8);
    lanes.wake(endpoint('a'), 0);
    expect(lanes.wanted(0, 10)).toEqual([]);
    expect(lanes.nextDueAt()).toBe(Infinity);
    for (let round = 0; round < 3; round++) for (const slot of takeAll(lanes)) lanes.sent(slot, quick, 0);
    expect(lanes.wanted(0, 10)).toHaveLength(1);
  });

  test('a lane whose queue was taken out is asked for again', () => {
    const lanes = createLanes(defaultLimits);
    fill(lanes, 'a', 8);
    lanes.wake(endpoint('a'), 0);
    expect(lanes.wanted(0, 10)).toEqual([]);
    expect(lanes.clear()).toHaveLength(8);
    expect(lanes.wanted(0, 10)).toEqual([{ endpoint: endpoint('a'), count: 8 }]);
  });

  test('what was dropped unsent is due again when its lease ends', () => {
    const lanes = createLanes(defaultLimits);
    fill(lanes, 'a', 1);
    for (const slot of takeAll(lanes)) lanes.dropped(slot, 0);
    expect(lanes.nextDueAt()).toBe(60_000);
    expect(lanes.counts.inFlight).toBe(0);
  });

  test('a lane that was woken twice for the same time is asked for once', () => {
    const lanes = createLanes(defaultLimits);
    lanes.wake(endpoint('a'), 100);
    lanes.wake(endpoint('a'), 50);
    expect(lanes.wanted(60, 10)).toHaveLength(1);
    lanes.wake(endpoint('a'), 100);
    expect(lanes.wanted(100, 10)).toHaveLength(1);
  });

  test('a woken endpoint is not put off by a later time', () => {
    const lanes = createLanes(defaultLimits);
    lanes.wake(endpoint('a'), 100);
    lanes.wake(endpoint('a'), 900);
    lanes.wake(endpoint('a'), 50);
    expect(lanes.nextDueAt()).toBe(50);
    expect(lanes.wanted(100, 10)).toHaveLength(1);
    expect(lanes.wanted(100, 10)).toHaveLength(0);
  });
});
