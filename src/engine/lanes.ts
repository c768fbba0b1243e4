// Per-endpoint scheduling: round robin over the endpoints with work, one delivery each, so that the backlog of one
// endpoint does not delay another; a concurrency window per endpoint (AIMD, see lane.ts); half of all slots reserved
// for endpoints that answer, so that any number of unresponsive endpoints cannot take them all. The queues are
// bounded by count and by bytes: what does not fit waits in the store.
import type { Reply } from '#core/attempt.ts';
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Limits } from '#core/limits.ts';
import { Deque } from '#lib/deque.ts';
import { Heap } from '#lib/heap.ts';
import type { Wanted } from '#store/store.ts';
import { Lane } from './lane.ts';

/** One of the `inFlightMax` places for requests in flight, and the delivery that occupies it. */
export interface Slot {
  readonly claim: Claim;
  readonly lane: Lane;
  /** Whether its lane was proven when the slot was acquired; the slot is counted as such until it is free. */
  readonly isProven: boolean;
}

/** Lanes kept in memory. Beyond this, idle ones are evicted, oldest first: their windows start at one again. */
const lanesMax = 50_000;

export class Lanes {
  readonly counts = { inFlight: 0, buffered: 0, bufferedBytes: 0 };
  readonly #limits: Limits;
  readonly #lanes = new Map<EndpointId, Lane>();
  /** The lanes that can send, in the order of their turns. */
  readonly #provenRing = new Deque<Lane>();
  readonly #unprovenRing = new Deque<Lane>();
  #isProvenTurn = true;
  #unprovenInFlight = 0;
  /** Lanes by `dueAt`. An entry whose key is not the `dueAt` of its lane any more is outdated. */
  readonly #schedule = new Heap<Lane>();
  /** Lanes with deliveries in memory that wait for the end of a pause, by that end. */
  readonly #resuming = new Heap<Lane>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** How many more deliveries of an endpoint fit in memory; 0 while older ones are due in the store or it is paused. */
  capacity(endpoint: EndpointId, now: number): number {
    const lane = this.#laneOf(endpoint);
    return lane.dueAt <= now || lane.resumeAt > now || this.#isMemoryFull() ? 0 : lane.capacity();
  }

  /** Adds a claimed delivery to the queue of its endpoint. */
  enqueue(claim: Claim, now: number): void {
    const lane = this.#laneOf(claim.endpoint);
    lane.enqueue(claim);
    this.counts.buffered++;
    this.counts.bufferedBytes += claim.event.payload.length;
    this.#enterRing(lane, now);
  }

  /** Something of this endpoint is due in the store at `dueAt`. A later time than a known one changes nothing. */
  schedule(endpoint: EndpointId, dueAt: number): void {
    this.#scheduleLane(this.#laneOf(endpoint), dueAt);
  }

  /**
   * What to claim now: at most `countMax` endpoints with something due and capacity for it. Takes them off the
   * schedule: the caller must `schedule` what is due next.
   */
  takeDue(now: number, countMax: number): readonly Wanted[] {
    const wanted: Wanted[] = [];
    while (wanted.length < countMax && !this.#isMemoryFull()) {
      const dueAt = this.#schedule.peekKey();
      if (dueAt === null || dueAt > now) break;
      const lane = this.#schedule.pop();
      if (lane === null || lane.dueAt !== dueAt) continue;
      if (lane.resumeAt > now) {
        lane.dueAt = Infinity;
        this.#scheduleLane(lane, lane.resumeAt);
        continue;
      }
      lane.awaitsCapacity = !lane.isWorthClaiming();
      if (lane.awaitsCapacity) continue;
      // Also outdates another entry with the same time.
      lane.dueAt = Infinity;
      wanted.push({ endpoint: lane.endpoint, count: lane.capacity() });
    }
    return wanted;
  }

  /** Acquires a slot for the next delivery to send; null when there is none or no slot is free. */
  acquire(now: number): Slot | null {
    if (this.counts.inFlight >= this.#limits.inFlightMax) return null;
    const lane = this.#nextLane(now);
    if (lane === null) return null;
    this.#isProvenTurn = !this.#isProvenTurn;
    const isProven = lane.isProven(now);
    const claim = lane.start(now);
    this.#enterRing(lane, now);
    if (claim === undefined) return null;
    this.counts.buffered--;
    this.counts.bufferedBytes -= claim.event.payload.length;
    this.counts.inFlight++;
    if (!isProven) this.#unprovenInFlight++;
    return { claim, lane, isProven };
  }

  /**
   * The request has ended: frees the slot and adapts the window of its endpoint. With a `pauseMs` that the receiver asked
   * for, nothing more is sent there until it has passed; returns the claims of that endpoint that were in memory, whose
   * leases are to be released.
   */
  complete(slot: Slot, reply: Reply, now: number, pauseMs = 0): readonly Claim[] {
    const { lane } = slot;
    lane.complete(reply, this.#limits.inFlightPerEndpointMax, now, pauseMs);
    const released = pauseMs > 0 ? this.#clearLane(lane) : [];
    if (released.length > 0) this.#scheduleLane(lane, lane.resumeAt);
    this.#free(slot, now);
    return released;
  }

  /** The delivery was not sent: frees the slot. It is due in the store when its lease ends. */
  abandon(slot: Slot, now: number): void {
    slot.lane.abandon();
    this.#scheduleLane(slot.lane, slot.claim.leaseUntil);
    this.#free(slot, now);
  }

  /** Nothing could be sent, and its lease is released: frees the slot. Its endpoint waits until `until`. */
  postpone(slot: Slot, until: number, now: number): void {
    slot.lane.postpone(until);
    this.#scheduleLane(slot.lane, until);
    this.#free(slot, now);
  }

  /** Empties all queues and returns what was in them. What is in flight is not affected. */
  clear(): readonly Claim[] {
    return [...this.#lanes.values()].flatMap((lane) => this.#clearLane(lane));
  }

  /** The earliest time at which something is due in the store, or may be sent after a pause; Infinity for never. Unix ms. */
  nextDueAt(): number {
    return Math.min(this.#schedule.peekKey() ?? Infinity, this.#resuming.peekKey() ?? Infinity);
  }

  /** Lets the lanes send whose pause has ended. */
  resume(now: number): void {
    for (let at = this.#resuming.peekKey(); at !== null && at <= now; at = this.#resuming.peekKey()) {
      const lane = this.#resuming.pop();
      if (lane === null) continue;
      lane.isResuming = false;
      this.#enterRing(lane, now);
    }
  }

  #clearLane(lane: Lane): readonly Claim[] {
    const claims = lane.clear();
    this.counts.buffered -= claims.length;
    for (const claim of claims) this.counts.bufferedBytes -= claim.event.payload.length;
    this.#rescheduleWithCapacity(lane);
    return claims;
  }

  #laneOf(endpoint: EndpointId): Lane {
    const known = this.#lanes.get(endpoint);
    if (known !== undefined) return known;
    const lane = new Lane(endpoint);
    this.#lanes.set(endpoint, lane);
    if (this.#lanes.size > lanesMax) this.#evictIdle();
    return lane;
  }

  #evictIdle(): void {
    for (const [endpoint, lane] of this.#lanes) {
      if (this.#lanes.size <= lanesMax) return;
      if (lane.isIdle()) this.#lanes.delete(endpoint);
    }
  }

  #isMemoryFull(): boolean {
    const { buffered, bufferedBytes } = this.counts;
    return buffered >= this.#limits.bufferedMax || bufferedBytes >= this.#limits.bufferedBytesMax;
  }

  #scheduleLane(lane: Lane, dueAt: number): void {
    if (dueAt >= lane.dueAt) return;
    lane.dueAt = dueAt;
    this.#schedule.push(dueAt, lane);
  }

  /** Puts a lane back on the schedule that waited for its queue to drain, once it has. */
  #rescheduleWithCapacity(lane: Lane): void {
    if (!lane.awaitsCapacity || !lane.isWorthClaiming()) return;
    lane.awaitsCapacity = false;
    this.#schedule.push(lane.dueAt, lane);
  }

  #enterRing(lane: Lane, now: number): void {
    if (lane.isWaiting(now) && !lane.isResuming) {
      lane.isResuming = true;
      this.#resuming.push(lane.resumeAt, lane);
    }
    if (lane.isInRing || !lane.canSend(now)) return;
    lane.isInRing = true;
    (lane.isProven(now) ? this.#provenRing : this.#unprovenRing).push(lane);
  }

  /** The two rings take turns; unproven lanes never hold more than half of all slots. */
  #nextLane(now: number): Lane | null {
    const hasUnprovenSlot = this.#unprovenInFlight * 2 < this.#limits.inFlightMax;
    if (!hasUnprovenSlot) return leaveRing(this.#provenRing, now);
    return this.#isProvenTurn
      ? (leaveRing(this.#provenRing, now) ?? leaveRing(this.#unprovenRing, now))
      : (leaveRing(this.#unprovenRing, now) ?? leaveRing(this.#provenRing, now));
  }

  #free(slot: Slot, now: number): void {
    this.counts.inFlight--;
    if (!slot.isProven) this.#unprovenInFlight--;
    this.#rescheduleWithCapacity(slot.lane);
    this.#enterRing(slot.lane, now);
  }
}

/** Takes the next lane that can send out of a ring. Lanes that cannot any more leave it as well. */
function leaveRing(ring: Deque<Lane>, now: number): Lane | null {
  for (let lane = ring.shift(); lane !== undefined; lane = ring.shift()) {
    lane.isInRing = false;
    if (lane.canSend(now)) return lane;
  }
  return null;
}
