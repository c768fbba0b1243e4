// How many requests wait or stream: of one tenant, and in all.
import { Fault } from '#core/fault.ts';
import type { Limits } from '#core/limits.ts';
import type { TenantId } from '#core/tenant.ts';

const retryAfterSeconds = 5;

export class Places {
  readonly #limits: Pick<Limits, 'streamsMax' | 'streamsPerTenantMax'>;
  readonly #taken = new Map<TenantId | null, number>();
  #total = 0;

  constructor(limits: Pick<Limits, 'streamsMax' | 'streamsPerTenantMax'>) {
    this.#limits = limits;
  }

  /** Takes a place; the function returned frees it. Faults `rate_limited`, `overloaded`. */
  take(tenant: TenantId | null): () => void {
    const { streamsMax, streamsPerTenantMax } = this.#limits;
    const own = this.#taken.get(tenant) ?? 0;
    if (own >= streamsPerTenantMax) {
      throw new Fault('rate_limited', `at most ${streamsPerTenantMax} streams and waiting requests at once`, {
        retryAfterSeconds,
      });
    }
    if (this.#total >= streamsMax) {
      throw new Fault('overloaded', `this process has ${streamsMax} streams and waiting requests already`, {
        retryAfterSeconds,
      });
    }
    this.#taken.set(tenant, own + 1);
    this.#total++;
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#total--;
      const left = (this.#taken.get(tenant) ?? 1) - 1;
      if (left === 0) this.#taken.delete(tenant);
      else this.#taken.set(tenant, left);
    };
  }
}
