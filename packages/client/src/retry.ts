// Retries: exponential backoff with jitter, never earlier than `Retry-After` says.
import { CarillonError } from './error.ts';

export interface RetryPolicy {
  /** The first one included. */
  readonly attempts: number;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Rejects with the reason of the signal when that is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

const backoffMs = { first: 250, max: 10_000 };
/** A server that asks for more is not waited for. */
const retryAfterMsMax = 60_000;

/** Repeats `action` while it fails in a way that `canRepeat`. */
export async function withRetry<T>(
  { attempts, random, sleep }: RetryPolicy,
  canRepeat: (error: CarillonError) => boolean,
  action: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (attempt >= attempts || !(error instanceof CarillonError) || !canRepeat(error)) throw error;
      const askedMs = error.retryAfterMs ?? 0;
      if (askedMs > retryAfterMsMax) throw error;
      const ceilingMs = Math.min(backoffMs.first * 2 ** (attempt - 1), backoffMs.max);
      // At least half, so that a server that is down is not asked at once again; the other half spreads the clients.
      await sleep(askedMs + ceilingMs * (0.5 + random() / 2), signal);
    }
  }
}

/** The answer says that nothing was done. `unavailable` (503) does not: the database may have been lost at the commit. */
export function isRefusedForNow({ status, code }: CarillonError): boolean {
  return status === 429 || code === 'overloaded';
}

/** Also where it is unknown what was done: for what changes nothing, or nothing more the second time. */
export function isPassing({ status, code }: CarillonError): boolean {
  return status === 429 || status >= 500 || code === 'unreachable' || code === 'timeout';
}

/** Sleeps by the timers of the platform. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      if (signal?.aborted === true) reject(signal.reason as Error);
      else resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
