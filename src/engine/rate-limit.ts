// Rate limit of one endpoint: a token bucket that is kept as one time, of when it is full again (generic cell rate algorithm).
// No timer and no count: a lane that must wait knows until when.
import type { RateLimit } from '#core/settings.ts';

/** What an endpoint sets for its lane. */
export interface LaneLimits {
  readonly rate: RateLimit | null;
  /** Requests in flight at once; Infinity for no limit of its own. */
  readonly inFlightMax: number;
}

export const noLimits: LaneLimits = { rate: null, inFlightMax: Infinity };

/**
 * A start may be late by this part of the interval without delaying those after it: the timers of a busy process are late,
 * and each of these delays would be lost to the rate.
 */
const slack = 0.5;

export class RateLimiter {
  /** Between two requests; 0 without a limit. */
  #intervalMs = 0;
  /** How long before `#fullAt` the bucket has a token. */
  #toleranceMs = 0;
  /** When the bucket is full. Unix ms. */
  #fullAt = -Infinity;

  /** When the next request may start; -Infinity without a limit. Unix ms. */
  get readyAt(): number {
    return Math.ceil(this.#fullAt - this.#toleranceMs);
  }

  /** A limit that is new counts the request that its owner has just started. */
  set(rate: RateLimit | null, now: number): void {
    const wasLimited = this.#intervalMs > 0;
    this.#intervalMs = rate === null ? 0 : 1000 / rate.perSecond;
    this.#toleranceMs = rate === null ? 0 : (rate.burst - 1 + slack) * this.#intervalMs;
    if (rate === null) this.#fullAt = -Infinity;
    else if (wasLimited) this.#fullAt = Math.min(this.#fullAt, now + this.#toleranceMs + this.#intervalMs);
    else this.take(now);
  }

  take(now: number): void {
    if (this.#intervalMs > 0) this.#fullAt = Math.max(this.#fullAt, now) + this.#intervalMs;
  }

  /** What was taken last was not used. */
  giveBack(): void {
    this.#fullAt -= this.#intervalMs;
  }
}
