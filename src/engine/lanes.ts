// Which delivery is sent next. Every endpoint with work has a lane; free slots go round the lanes, one
// delivery each, so that what one endpoint owes another never counts. A lane begins with one request at a
// time and widens while its receiver answers quickly; one that doesn't answer narrows back to one. Lanes
// that have not proved themselves share half of all slots, so that any number of dead endpoints leaves
// the other half to the living.
import type { Reply } from '#core/attempt.ts';
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Limits } from '#core/limits.ts';
import { createDeque, type Deque } from '#lib/deque.ts';
import { createHeap } from '#lib/heap.ts';
import type { Wanted } from '#store/store.ts';

export interface Lane {
  readonly endpoint: EndpointId;
  /** Claimed and waiting in memory for a slot. */
  readonly queue: Deque<Claim>;
  inFlight: number;
  /** Requests that may be under way at once; grows by fractions. */
  width: number;
  /** The last request was answered, and not slowly. */
  isProven: boolean;
  /** Since when requests are under way and none was answered; Infinity while none is under way. */
  silentSince: number;
  /** When something is due in the store that is not in memory. */
  dueAt: number;
  /** It stands in the ring of lanes that may send. */
  isReady: boolean;
  /** Something is due in the store, but memory holds enough of it: looked at again when a request ends. */
  isStalled: boolean;
}

/** A place among the requests under way, and the delivery that has taken it. */
export interface Slot {
  readonly claim: Claim;
  readonly lane: Lane;
  /** What it was taken as, and is given back as, whatever the lane has become meanwhile. */
  readonly isTrusted: boolean;
}

export interface Lanes {
  /** How many more deliveries of an endpoint memory has room for; 0 while older ones wait in the store. */
  places(endpoint: EndpointId, now: number): number;
  /** Takes a claimed delivery into memory. */
  add(claim: Claim, now: number): void;
  /** Something of this endpoint is due in the store at `dueAt`. */
  wake(endpoint: EndpointId, dueAt: number): void;
  /**
   * What to claim now: lanes with something due and room for it, at most `lanesMax` of them. Each is asked for
   * once: whoever claims must `wake` it for what is due next.
   */
  wanted(now: number, lanesMax: number): readonly Wanted[];
  /** The next delivery to send, with its slot taken; null when there is none or no slot is free. */
  next(now: number): Slot | null;
  /** The request has ended: the slot is free, and its lane knows its receiver better. */
  sent(slot: Slot, reply: Reply, now: number): void;
  /** It was not sent after all; the slot is free and it comes due in the store when its lease ends. */
  dropped(slot: Slot, now: number): void;
  /** Everything in memory that is not on its way, taken out. */
  clear(): readonly Claim[];
  /** The earliest time at which something in the store is due; Infinity for never. */
  nextDueAt(): number;
  readonly counts: { inFlight: number; buffered: number; bufferedBytes: number };
}

/** An answer within this time widens its lane by one, so that the width doubles each round trip. */
const quickMs = 1000;
/** A slower one widens it by one in a whole round; beyond this it narrows it like no answer at all. */
const slowMs = 5000;
/** A receiver that has answered none of its requests for this long has fallen silent. */
const silenceMs = 2000;
/** Deliveries a lane may hold in memory for each request that it may have under way. */
const depth = 4;
const queueMin = 8;
/** Idle lanes beyond this many are forgotten, oldest first: they start narrow again. */
const lanesKept = 50_000;

export function createLanes(limits: Limits): Lanes {
  const lanes = new Map<EndpointId, Lane>();
  const rings = { proven: createDeque<Lane>(), unproven: createDeque<Lane>() };
  let isProvenTurn = true;
  const timetable = createHeap<Lane>();
  const counts = { inFlight: 0, buffered: 0, bufferedBytes: 0 };
  let unprovenInFlight = 0;

  const laneOf = (endpoint: EndpointId): Lane => {
    const known = lanes.get(endpoint);
    if (known !== undefined) return known;
    const lane: Lane = {
      endpoint,
      queue: createDeque(),
      inFlight: 0,
      width: 1,
      isProven: false,
      silentSince: Infinity,
      dueAt: Infinity,
      isReady: false,
      isStalled: false,
    };
    lanes.set(endpoint, lane);
    if (lanes.size > lanesKept) forgetIdle(lanes);
    return lane;
  };

  const isMemoryFull = (): boolean =>
    counts.buffered >= limits.bufferedMax || counts.bufferedBytes >= limits.bufferedBytesMax;

  const queueMax = (lane: Lane): number => Math.max(queueMin, Math.floor(lane.width) * depth);
  const room = (lane: Lane): number => Math.max(0, queueMax(lane) - lane.queue.size());
  /** Half a queue at a time: a claim for each delivery would cost a statement for each. */
  const isWorthClaiming = (lane: Lane): boolean => room(lane) * 2 >= queueMax(lane);

  const schedule = (lane: Lane, dueAt: number): void => {
    if (dueAt >= lane.dueAt) return;
    lane.dueAt = dueAt;
    timetable.push(dueAt, lane);
  };

  const enterRing = (lane: Lane, now: number): void => {
    if (lane.isReady || !canSend(lane, now)) return;
    lane.isReady = true;
    (isTrusted(lane, now) ? rings.proven : rings.unproven).push(lane);
  };

  /** The next lane of a ring that can send, taken out of it. */
  const turnRing = (ring: Deque<Lane>, now: number): Lane | null => {
    for (let lane = ring.shift(); lane !== undefined; lane = ring.shift()) {
      lane.isReady = false;
      if (canSend(lane, now)) return lane;
    }
    return null;
  };

  const take = (lane: Lane, now: number): Slot | null => {
    const claim = lane.queue.shift();
    if (claim === undefined) return null;
    counts.buffered--;
    counts.bufferedBytes -= claim.event.payload.length;
    counts.inFlight++;
    lane.inFlight++;
    lane.silentSince = Math.min(lane.silentSince, now);
    const slot = { claim, lane, isTrusted: isTrusted(lane, now) };
    if (!slot.isTrusted) unprovenInFlight++;
    return slot;
  };

  const unstall = (lane: Lane): void => {
    lane.isStalled = false;
    timetable.push(lane.dueAt, lane);
  };

  const giveBack = ({ lane, isTrusted: wasTrusted }: Slot): void => {
    counts.inFlight--;
    lane.inFlight--;
    if (!wasTrusted) unprovenInFlight--;
    if (lane.isStalled && isWorthClaiming(lane)) unstall(lane);
  };

  return {
    places(endpoint, now) {
      const lane = laneOf(endpoint);
      return lane.dueAt <= now || isMemoryFull() ? 0 : room(lane);
    },
    add(claim, now) {
      const lane = laneOf(claim.endpoint);
      lane.queue.push(claim);
      counts.buffered++;
      counts.bufferedBytes += claim.event.payload.length;
      enterRing(lane, now);
    },
    wake: (endpoint, dueAt) => schedule(laneOf(endpoint), dueAt),
    wanted(now, lanesMax) {
      const wanted: Wanted[] = [];
      while (wanted.length < lanesMax && !isMemoryFull()) {
        const dueAt = timetable.peekKey();
        if (dueAt === null || dueAt > now) break;
        const lane = timetable.pop();
        // An entry that its lane has moved away from since is an old one.
        if (lane === null || lane.dueAt !== dueAt) continue;
        lane.isStalled = !isWorthClaiming(lane);
        if (lane.isStalled) continue;
        // Another entry of the same time must not ask for it again.
        lane.dueAt = Infinity;
        wanted.push({ endpoint: lane.endpoint, count: room(lane) });
      }
      return wanted;
    },
    next(now) {
      if (counts.inFlight >= limits.inFlightMax) return null;
      const mayProve = unprovenInFlight * 2 < limits.inFlightMax;
      const turnUnproven = (): Lane | null => (mayProve ? turnRing(rings.unproven, now) : null);
      const lane = isProvenTurn
        ? (turnRing(rings.proven, now) ?? turnUnproven())
        : (turnUnproven() ?? turnRing(rings.proven, now));
      if (lane === null) return null;
      isProvenTurn = !isProvenTurn;
      const slot = take(lane, now);
      enterRing(lane, now);
      return slot;
    },
    sent(slot, reply, now) {
      const { lane } = slot;
      learn(lane, reply, limits.inFlightPerEndpointMax);
      giveBack(slot);
      if (reply.kind === 'answered' || lane.inFlight === 0)
        lane.silentSince = lane.inFlight > 0 ? now : Infinity;
      enterRing(lane, now);
    },
    dropped(slot, now) {
      const { lane, claim } = slot;
      giveBack(slot);
      if (lane.inFlight === 0) lane.silentSince = Infinity;
      schedule(lane, claim.leaseUntil);
      enterRing(lane, now);
    },
    clear() {
      const all = [...lanes.values()].flatMap((lane) => lane.queue.clear());
      counts.buffered = 0;
      counts.bufferedBytes = 0;
      // There is room again for what lies in the store.
      for (const lane of lanes.values()) if (lane.isStalled) unstall(lane);
      return all;
    },
    nextDueAt: () => timetable.peekKey() ?? Infinity,
    counts,
  };
}

/** It was answered well the last time, and is not waiting for an answer for long now. */
function isTrusted(lane: Lane, now: number): boolean {
  return lane.isProven && now - lane.silentSince <= silenceMs;
}

/** A lane whose receiver has fallen silent is as narrow as one that has not begun. */
function canSend(lane: Lane, now: number): boolean {
  const width = now - lane.silentSince <= silenceMs ? lane.width : 1;
  return lane.queue.size() > 0 && lane.inFlight + 1 <= width;
}

/**
 * Widens a lane whose receiver keeps up, if more waits for it: a lane that needs little stays narrow, so that
 * it takes few slots should its receiver die. Halves it when the receiver is slow, silent or says it
 * has too much.
 */
function learn(lane: Lane, reply: Reply, widthMax: number): void {
  lane.isProven = reply.kind === 'answered' && reply.durationMs <= slowMs;
  const isOverloaded = reply.kind === 'answered' && (reply.status === 429 || reply.status === 503);
  if (!lane.isProven || isOverloaded) lane.width = Math.max(1, Math.floor(lane.width / 2));
  else if (lane.queue.size() > 0) {
    lane.width = Math.min(widthMax, lane.width + (reply.durationMs <= quickMs ? 1 : 1 / lane.width));
  }
}

function forgetIdle(lanes: Map<EndpointId, Lane>): void {
  for (const [endpoint, lane] of lanes) {
    if (lanes.size <= lanesKept) return;
    const isIdle = lane.queue.size() === 0 && lane.inFlight === 0 && lane.dueAt === Infinity;
    if (isIdle) lanes.delete(endpoint);
  }
}
