import { BoundedMap } from './bounded-map.ts';

interface Bucket {
  readonly tokens: number;
  /** Unix ms of the last refill. */
  readonly at: number;
}

/** Keys whose buckets are kept; the bucket of an evicted key is full again. */
const keysMax = 10_000;

/** Rate limiter: a token bucket per key. A full bucket holds `burst` tokens, and `perMinute` are refilled in a minute. */
export class RateLimiter {
  readonly #buckets = new BoundedMap<string, Bucket>(keysMax);
  readonly #perMinute: number;
  readonly #burst: number;

  constructor(perMinute: number, burst = perMinute) {
    this.#perMinute = perMinute;
    this.#burst = burst;
  }

  /** Takes a token at `now` (Unix ms). Answers 0, or in how many ms there is one. */
  take(key: string, now: number): number {
    const tokenMs = 60_000 / this.#perMinute;
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: this.#burst, at: now };
    const refilled = Math.min(this.#burst, tokens + Math.max(0, now - at) / tokenMs);
    if (refilled < 1) return Math.ceil((1 - refilled) * tokenMs);
    this.#buckets.set(key, { tokens: refilled - 1, at: now });
    return 0;
  }
}
