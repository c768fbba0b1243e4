// Scheduling of deliveries: hierarchical round robin over the tenants with work and over the endpoints of each, one delivery a
// turn, so that neither the backlog of an endpoint nor a tenant with a thousand endpoints delays the others; a concurrency
// window per endpoint (AIMD, see lane.ts); half of all slots reserved for endpoints that answer. Slots and memory are shared
// fairly between tenants (fair-share.ts). The queues are bounded by count and by bytes: what does not fit waits in the store.
import type { Reply } from '#core/attempt.ts';
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Limits } from '#core/limits.ts';
import type { TenantId } from '#core/tenant.ts';
import { Heap } from '#lib/heap.ts';
import type { Wanted } from '#store/store.ts';
import { Agenda } from './agenda.ts';
import { isWithinShare, Rounds, TenantLanes, Usage } from './fair-share.ts';
import { Lane } from './lane.ts';
import type { LaneLimits } from './rate-limit.ts';

/** One of the `inFlightMax` places for requests in flight, and the delivery that occupies it. */
export interface Slot {
  readonly claim: Claim;
  readonly lane: Lane;
  /** Whether its lane was proven when the slot was acquired; the slot is counted as such until it is free. */
  readonly isProven: boolean;
}

/** How much is claimed at once: endpoints, and deliveries of all of them. One endpoint may exceed the second. */
export interface ClaimSize {
  readonly endpoints: number;
  readonly deliveries: number;
}

/** Lanes kept in memory. Beyond this, idle ones are evicted, oldest first: their windows start at one again. */
const lanesMax = 50_000;

export class Lanes {
  readonly counts = new Usage();
  readonly #limits: Limits;
  readonly #lanes = new Map<EndpointId, Lane>();
  readonly #tenants = new Map<TenantId, TenantLanes<Lane>>();
  /** The lanes that can send, in the order of their turns. */
  readonly #provenRounds = new Rounds<Lane>((tenant) => tenant.proven, leaveToSend);
  readonly #unprovenRounds = new Rounds<Lane>((tenant) => tenant.unproven, leaveToSend);
  #isProvenTurn = true;
  readonly #agenda = new Agenda();
  /** Lanes with deliveries in memory that wait for the end of a pause or for their rate limit, by that time. */
  readonly #resuming = new Heap<Lane>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * How many more deliveries of an endpoint fit in memory; 0 while older ones are due in the store, while it is paused, and
   * while its tenant holds its share.
   */
  capacity(endpoint: EndpointId, tenant: TenantId, now: number): number {
    const lane = this.#laneOf(endpoint);
    const owner = this.#assign(lane, tenant);
    return lane.dueAt <= now || lane.resumeAt > now || !this.#hasMemory(owner) ? 0 : lane.capacity();
  }

  /** Adds a claimed delivery to the queue of its endpoint. */
  enqueue(claim: Claim, now: number): void {
    const lane = this.#laneOf(claim.endpoint);
    const owner = this.#assign(lane, claim.event.tenant);
    lane.enqueue(claim);
    this.counts.queue(claim);
    owner.usage.queue(claim);
    this.#enterRounds(lane, now);
  }

  /** Something of this endpoint is due in the store at `dueAt`. A later time than a known one changes nothing. */
  schedule(endpoint: EndpointId, dueAt: number): void {
    this.#agenda.schedule(this.#laneOf(endpoint), dueAt);
  }

  /** Up to `countMax` endpoints with something due whose tenants are not known: `assign` them before `takeDue`. */
  unowned(now: number, countMax: number): readonly EndpointId[] {
    return this.#agenda.unowned(now, countMax);
  }

  /** Tells the tenants of these endpoints; what is not among `tenants` has been removed, and nothing of it is due. */
  assign(endpoints: readonly EndpointId[], tenants: ReadonlyMap<EndpointId, TenantId>): void {
    for (const endpoint of endpoints) {
      const lane = this.#laneOf(endpoint);
      const tenant = tenants.get(endpoint);
      if (tenant !== undefined) this.#assign(lane, tenant);
      else this.#agenda.removed(lane);
    }
  }

  /**
   * What to claim now: endpoints with something due and capacity for it. Takes them off the schedule: the caller must
   * `schedule` what is due next.
   */
  takeDue(now: number, max: ClaimSize): readonly Wanted[] {
    const wanted: Wanted[] = [];
    for (let total = 0; wanted.length < max.endpoints && total < max.deliveries;) {
      const lane = this.#agenda.take(this.#hasMemory, now);
      if (lane === null) break;
      const count = lane.capacity();
      total += count;
      wanted.push({ endpoint: lane.endpoint, count });
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
    this.#enterRounds(lane, now);
    if (claim === undefined) return null;
    this.counts.send(claim, isProven);
    lane.tenant?.usage.send(claim, isProven);
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
    if (released.length > 0) this.#agenda.schedule(lane, lane.resumeAt);
    this.#free(slot, now);
    return released;
  }

  /**
   * The limits of an endpoint, which are read with its first delivery that is started. Returns the claims of it that were in
   * memory when they are more than its new limits allow; their leases are to be released.
   */
  limit({ lane }: Slot, limits: LaneLimits, now: number): readonly Claim[] {
    if (!lane.limit(limits, now)) return [];
    const released = lane.isOverfull() ? this.#clearLane(lane) : [];
    if (released.length > 0) this.#agenda.schedule(lane, now);
    lane.isResuming = false;
    this.#enterRounds(lane, now);
    return released;
  }

  /** The delivery was not sent: frees the slot. It is due in the store when its lease ends. */
  abandon(slot: Slot, now: number): void {
    slot.lane.abandon();
    this.#agenda.schedule(slot.lane, slot.claim.leaseUntil);
    this.#free(slot, now);
  }

  /** Nothing is to be sent: frees the slot. */
  drop(slot: Slot, now: number): void {
    slot.lane.abandon();
    this.#free(slot, now);
  }

  /** Nothing could be sent, and its lease is released: frees the slot. Its endpoint waits until `until`. */
  postpone(slot: Slot, until: number, now: number): void {
    slot.lane.postpone(until);
    this.#agenda.schedule(slot.lane, until);
    this.#free(slot, now);
  }

  /** Empties all queues and returns what was in them. What is in flight is not affected. */
  clear(): readonly Claim[] {
    return [...this.#lanes.values()].flatMap((lane) => this.#clearLane(lane));
  }

  /**
   * The earliest time at which something is due in the store, or may be sent after a pause; Infinity for never, and -Infinity
   * while something due can be claimed. What is due and does not fit in memory now has no time. Unix ms.
   */
  nextDueAt(): number {
    return Math.min(this.#agenda.nextDueAt(this.#hasMemory), this.nextReadyAt());
  }

  /** When the next lane that waits in memory may send; Infinity for none. Unix ms. */
  nextReadyAt(): number {
    return this.#resuming.peekKey() ?? Infinity;
  }

  /** Lets the lanes send whose pause has ended, or that have a request of their rate again. */
  resume(now: number): void {
    for (let at = this.#resuming.peekKey(); at !== null && at <= now; at = this.#resuming.peekKey()) {
      const lane = this.#resuming.pop();
      if (lane === null) continue;
      lane.isResuming = false;
      this.#enterRounds(lane, now);
    }
  }

  #clearLane(lane: Lane): readonly Claim[] {
    const claims = lane.clear();
    for (const claim of claims) {
      this.counts.unqueue(claim);
      lane.tenant?.usage.unqueue(claim);
    }
    this.#agenda.resume(lane);
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

  #assign(lane: Lane, id: TenantId): TenantLanes<Lane> {
    if (lane.tenant !== null) return lane.tenant;
    const tenant = this.#tenants.get(id) ?? new TenantLanes<Lane>(id);
    if (tenant.size++ === 0) this.#tenants.set(id, tenant);
    lane.tenant = tenant;
    this.#agenda.owned(lane);
    return tenant;
  }

  #evictIdle(): void {
    for (const [endpoint, lane] of this.#lanes) {
      if (this.#lanes.size <= lanesMax) return;
      if (!lane.isIdle()) continue;
      this.#lanes.delete(endpoint);
      if (lane.tenant !== null && --lane.tenant.size === 0) this.#tenants.delete(lane.tenant.id);
    }
  }

  /** The tenant may hold more claimed deliveries in memory. */
  readonly #hasMemory = ({ usage }: TenantLanes<Lane>): boolean => {
    const { buffered, bufferedBytes } = this.counts;
    return (
      isWithinShare(usage.buffered, buffered, this.#limits.bufferedMax) &&
      isWithinShare(usage.bufferedBytes, bufferedBytes, this.#limits.bufferedBytesMax)
    );
  };

  /** The tenant may start more requests. */
  readonly #hasSlot = ({ usage }: TenantLanes<Lane>): boolean =>
    isWithinShare(usage.inFlight, this.counts.inFlight, this.#limits.inFlightMax);

  /** The same for lanes that are not proven, which share half of all slots. */
  readonly #hasUnprovenSlot = (tenant: TenantLanes<Lane>): boolean =>
    this.#hasSlot(tenant) &&
    isWithinShare(tenant.usage.unproven, this.counts.unproven, this.#limits.inFlightMax / 2);

  #enterRounds(lane: Lane, now: number): void {
    if (lane.isWaiting(now) && !lane.isResuming) {
      lane.isResuming = true;
      this.#resuming.push(lane.readyAt, lane);
    }
    if (lane.isInRounds || lane.tenant === null || !lane.canSend(now)) return;
    lane.isInRounds = true;
    (lane.isProven(now) ? this.#provenRounds : this.#unprovenRounds).push(lane.tenant, lane);
  }

  /** Proven and unproven lanes take turns. */
  #nextLane(now: number): Lane | null {
    const proven = (): Lane | null => this.#provenRounds.take(this.#hasSlot, now);
    const unproven = (): Lane | null => this.#unprovenRounds.take(this.#hasUnprovenSlot, now);
    return this.#isProvenTurn ? (proven() ?? unproven()) : (unproven() ?? proven());
  }

  #free({ lane, isProven }: Slot, now: number): void {
    this.counts.end(isProven);
    lane.tenant?.usage.end(isProven);
    this.#agenda.resume(lane);
    this.#enterRounds(lane, now);
  }
}

/** A lane leaves the rounds of those that can send: true when it still can. */
function leaveToSend(lane: Lane, now: number): boolean {
  lane.isInRounds = false;
  return lane.canSend(now);
}
