/** A timeout for one piece of work, with a monotonic clock since its start. */
export interface Deadline {
  /** Whole milliseconds since the start; not affected by steps of the system clock. */
  elapsedMs(): number;
  /** The work has ended: `expire` is not called. */
  clear(): void;
}

class TimerDeadline<T> implements Deadline {
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor(ms: number, expire: (subject: T) => void, subject: T) {
    this.#timer = setTimeout(expire, ms, subject);
  }

  elapsedMs(): number {
    return Math.round(performance.now() - this.#startedAt);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

/**
 * Calls `expire(subject)` once after `ms`, unless cleared before. The subject is a separate argument, so that a hot
 * path needs no closure per piece of work. Node keeps timers of equal length in one list behind one system timer:
 * tens of thousands of deadlines cost no more than their objects.
 */
export function startDeadline<T>(ms: number, expire: (subject: T) => void, subject: T): Deadline {
  return new TimerDeadline(ms, expire, subject);
}

/** What the promise resolves to, or `otherwise` when it rejects or takes longer. */
export function settleWithin<T>(promise: Promise<T>, ms: number, otherwise: T): Promise<T> {
  return new Promise((resolve) => {
    const deadline = startDeadline(ms, resolve, otherwise);
    const settle = (value: T): void => {
      deadline.clear();
      resolve(value);
    };
    promise.then(settle, () => settle(otherwise));
  });
}

/** Resolves when `signal` aborts, at once when it has. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
