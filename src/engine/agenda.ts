// The lanes with something due in the store: those that are due later by their time, and those that are due now in the order
// of their turns to be claimed for, tenants first.
import type { EndpointId } from '#core/endpoint.ts';
import { Heap } from '#lib/heap.ts';
import { Rounds, type TenantLanes } from './fair-share.ts';
import type { Lane } from './lane.ts';

type HasShare = (tenant: TenantLanes<Lane>) => boolean;

export class Agenda {
  /** Lanes by `dueAt` that are due later. An entry whose key is not the `dueAt` of its lane any more is outdated. */
  readonly #later = new Heap<Lane>();
  /** Lanes that are due now and have capacity, as far as it is known. */
  readonly #now = new Rounds<Lane>(
    (tenant) => tenant.due,
    (lane, now) => this.#leave(lane, now),
  );
  /** The same whose tenants are not known yet. */
  readonly #unowned = new Set<Lane>();

  /** Something is due at `dueAt`. A later time than a known one changes nothing. */
  schedule(lane: Lane, dueAt: number): void {
    if (dueAt >= lane.dueAt) return;
    lane.dueAt = dueAt;
    if (!lane.isDue) this.#later.push(dueAt, lane);
  }

  /** Takes a lane whose turn it is and whose tenant `hasShare` off the agenda; null when there is none. */
  take(hasShare: HasShare, now: number): Lane | null {
    this.#collect(now);
    return this.#now.take(hasShare, now);
  }

  /** A lane whose queue was too full to claim for it has its turn again, once the queue has drained. */
  resume(lane: Lane): void {
    if (!lane.awaitsCapacity || !lane.isWorthClaiming()) return;
    lane.awaitsCapacity = false;
    this.#enter(lane);
  }

  /** Up to `countMax` lanes that are due now and have no tenant. */
  unowned(now: number, countMax: number): readonly EndpointId[] {
    this.#collect(now);
    const endpoints: EndpointId[] = [];
    for (const { endpoint } of this.#unowned) {
      if (endpoints.push(endpoint) === countMax) break;
    }
    return endpoints;
  }

  /** The tenant of a lane has become known. */
  owned(lane: Lane): void {
    if (this.#unowned.delete(lane)) this.#enter(lane);
  }

  /** The endpoint of a lane without a tenant has been removed: nothing of it is due. */
  removed(lane: Lane): void {
    if (this.#unowned.delete(lane)) takeOff(lane);
  }

  /** The earliest time at which something is due; Infinity for never, -Infinity while a lane has its turn now. */
  nextDueAt(hasShare: HasShare): number {
    if (this.#unowned.size > 0 || this.#now.some(hasShare)) return -Infinity;
    return this.#later.peekKey() ?? Infinity;
  }

  /** Lanes that have become due. */
  #collect(now: number): void {
    for (let at = this.#later.peekKey(); at !== null && at <= now; at = this.#later.peekKey()) {
      const lane = this.#later.pop();
      if (lane === null || lane.dueAt !== at || lane.isDue) continue;
      lane.isDue = true;
      this.#enter(lane);
    }
  }

  #enter(lane: Lane): void {
    if (lane.tenant === null) this.#unowned.add(lane);
    else this.#now.push(lane.tenant, lane);
  }

  /** True when the lane is to be claimed for now: its queue has capacity, and it is not paused. */
  #leave(lane: Lane, now: number): boolean {
    const isPaused = lane.resumeAt > now;
    lane.awaitsCapacity = !isPaused && !lane.isWorthClaiming();
    if (lane.awaitsCapacity) return false;
    takeOff(lane);
    if (isPaused) this.schedule(lane, lane.resumeAt);
    return !isPaused;
  }
}

function takeOff(lane: Lane): void {
  lane.isDue = false;
  lane.dueAt = Infinity;
}
