// Fair sharing of slots and memory between tenants: dynamic thresholds, as in switches whose ports share a buffer (Choudhury
// and Hahne, 1998). A tenant may take more as long as it holds at most `shareFactor` times what is free. One tenant alone gets
// four fifths of everything, three get four thirteenths each, and something is always free: a tenant that arrives finds it at
// once, also while the slots of the others are taken by slow exchanges for many seconds.
import type { Claim } from '#core/delivery.ts';
import type { TenantId } from '#core/tenant.ts';
import { Deque } from '#lib/deque.ts';

const shareFactor = 4;

/** True when who holds `own` of the `used` ones may take one more of `max`. */
export function isWithinShare(own: number, used: number, max: number): boolean {
  return used < max && own <= shareFactor * (max - used);
}

/** What a tenant, or all of them, hold of slots and memory. */
export class Usage {
  inFlight = 0;
  /** Those of `inFlight` whose lanes were unproven at their start. */
  unproven = 0;
  /** Claimed deliveries in memory that wait for a slot. */
  buffered = 0;
  bufferedBytes = 0;

  queue(claim: Claim): void {
    this.buffered++;
    this.bufferedBytes += claim.event.payload.length;
  }

  unqueue(claim: Claim): void {
    this.buffered--;
    this.bufferedBytes -= claim.event.payload.length;
  }

  /** A delivery of the queue is sent. */
  send(claim: Claim, isProven: boolean): void {
    this.unqueue(claim);
    this.inFlight++;
    if (!isProven) this.unproven++;
  }

  end(isProven: boolean): void {
    this.inFlight--;
    if (!isProven) this.unproven--;
  }
}

/** The lanes of one tenant that wait for a turn, and what all its lanes hold. */
export class TenantLanes<Lane> {
  readonly id: TenantId;
  readonly usage = new Usage();
  /** How many lanes it has. */
  size = 0;
  /** Lanes that can send, by whether their receivers answer. */
  readonly proven = new Deque<Lane>();
  readonly unproven = new Deque<Lane>();
  /** Lanes with something due in the store. */
  readonly due = new Deque<Lane>();

  constructor(id: TenantId) {
    this.id = id;
  }
}

/** Hierarchical round robin: turns go round the tenants, and the turns of a tenant round its lanes. */
export class Rounds<Lane> {
  /** The tenants with lanes in this round. */
  readonly #tenants = new Deque<TenantLanes<Lane>>();
  readonly #queueOf: (tenant: TenantLanes<Lane>) => Deque<Lane>;
  readonly #leave: (lane: Lane, now: number) => boolean;

  /** Each lane that leaves is given to `leave`, which says whether it takes its turn. */
  constructor(
    queueOf: (tenant: TenantLanes<Lane>) => Deque<Lane>,
    leave: (lane: Lane, now: number) => boolean,
  ) {
    this.#queueOf = queueOf;
    this.#leave = leave;
  }

  push(tenant: TenantLanes<Lane>, lane: Lane): void {
    const queue = this.#queueOf(tenant);
    if (queue.size === 0) this.#tenants.push(tenant);
    queue.push(lane);
  }

  /**
   * Takes the next lane of the next tenant that `hasShare`. A tenant that is refused loses its turn; only few are at once,
   * since each of them holds a multiple of what is free.
   */
  take(hasShare: (tenant: TenantLanes<Lane>) => boolean, now: number): Lane | null {
    for (let left = this.#tenants.size; left > 0; left--) {
      const tenant = this.#tenants.shift();
      if (tenant === undefined) return null;
      const queue = this.#queueOf(tenant);
      const lane = hasShare(tenant) ? this.#takeFrom(queue, now) : null;
      if (queue.size > 0) this.#tenants.push(tenant);
      if (lane !== null) return lane;
    }
    return null;
  }

  /** True when a lane of a tenant waits that `hasShare`. */
  some(hasShare: (tenant: TenantLanes<Lane>) => boolean): boolean {
    return this.#tenants.some(hasShare);
  }

  #takeFrom(queue: Deque<Lane>, now: number): Lane | null {
    for (let lane = queue.shift(); lane !== undefined; lane = queue.shift()) {
      if (this.#leave(lane, now)) return lane;
    }
    return null;
  }
}
