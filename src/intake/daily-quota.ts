// Events that a tenant may publish in a day (UTC), counted in the memory of this process.
import { Fault } from '#core/fault.ts';
import type { TenantId } from '#core/tenant.ts';
import { BoundedMap } from '#lib/bounded-map.ts';

const dayMs = 86_400_000;
/** Tenants whose counts are kept; the count of an evicted one begins anew. */
const tenantsMax = 100_000;

export class DailyQuota {
  readonly #max: number | null;
  readonly #counts = new BoundedMap<TenantId, number>(tenantsMax);
  #day = 0;

  /** `max` null: no quota. */
  constructor(max: number | null) {
    this.#max = max;
  }

  /** Takes `count` events at `now` (Unix ms), all or none. Fault `rate_limited` until midnight. */
  take(tenant: TenantId, count: number, now: number): void {
    if (this.#max === null) return;
    this.#startDay(Math.floor(now / dayMs));
    const taken = (this.#counts.get(tenant) ?? 0) + count;
    if (taken <= this.#max) return this.#counts.set(tenant, taken);
    const retryAfterSeconds = Math.ceil(((this.#day + 1) * dayMs - now) / 1000);
    throw new Fault('rate_limited', `a tenant can publish ${this.#max} events per day (UTC)`, {
      retryAfterSeconds,
    });
  }

  /** Of events that were not published after all. */
  giveBack(tenant: TenantId, count: number): void {
    const taken = this.#counts.get(tenant);
    if (taken !== undefined) this.#counts.set(tenant, Math.max(0, taken - count));
  }

  #startDay(day: number): void {
    if (day === this.#day) return;
    this.#day = day;
    this.#counts.clear();
  }
}
