// Claims for the lanes with something due in the store, in bounded steps, and finds out which those are.
import type { Clock } from '#lib/clock.ts';
import type { Store } from '#store/store.ts';
import type { ClaimSize, Lanes } from './lanes.ts';
import { walkAgenda } from './whole-agenda.ts';

export interface ClaimerDeps {
  readonly store: Store;
  readonly clock: Clock;
  /** How often the store is polled for endpoints with work that no notification told of. */
  readonly rescanMs: number;
}

/** Length of a lease: longer than the longest timeout (60 s) and its margin, plus the wait in memory before the request. */
export const leaseMs = 90_000;
/** What is claimed in one transaction, for which publishing waits: about 5 ms on SQLite. */
const claimSize: ClaimSize = { endpoints: 100, deliveries: 400 };
/** Endpoints whose tenant is read at once. */
const endpointsPerRead = 1000;
/** Pause before a failed claim is made again. */
const retryMs = 1000;

export class Claimer {
  /** When the store is polled next. Unix ms. */
  rescanAt = -Infinity;
  readonly #deps: ClaimerDeps;
  readonly #lanes: Lanes;

  constructor(deps: ClaimerDeps, lanes: Lanes) {
    this.#deps = deps;
    this.#lanes = lanes;
  }

  /** Makes one claim, if something is due and has capacity. Returns how many deliveries it claimed. */
  async step(): Promise<number> {
    const { store, clock } = this.#deps;
    const now = clock.now();
    if (now >= this.rescanAt) await this.#rescan(now);
    await this.#findTenants(now);
    const wanted = this.#lanes.takeDue(now, claimSize);
    if (wanted.length === 0) return 0;
    try {
      const claims = await store.deliveries.claim(wanted, now, leaseMs);
      for (const claim of claims) this.#lanes.enqueue(claim, clock.now());
      const next = await store.deliveries.nextDue(wanted.map(({ endpoint }) => endpoint));
      for (const { endpoint, dueAt } of next) this.#lanes.schedule(endpoint, dueAt);
      return claims.length;
    } catch (error) {
      for (const { endpoint } of wanted) this.#lanes.schedule(endpoint, now + retryMs);
      throw error;
    }
  }

  /** Reads the schedule of all endpoints: at the start, and for notifications of other processes that were lost. */
  async #rescan(now: number): Promise<void> {
    this.rescanAt = now + this.#deps.rescanMs;
    for await (const due of walkAgenda(this.#deps.store.deliveries)) {
      for (const { endpoint, dueAt } of due) this.#lanes.schedule(endpoint, dueAt);
    }
  }

  /** Asks the store whose the endpoints are that were only notified of: turns go round tenants. */
  async #findTenants(now: number): Promise<void> {
    for (;;) {
      const endpoints = this.#lanes.unowned(now, endpointsPerRead);
      if (endpoints.length === 0) return;
      this.#lanes.assign(endpoints, await this.#deps.store.endpoints.owners(endpoints));
    }
  }
}
