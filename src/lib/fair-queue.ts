// Fair queue: work of many keys, round robin, a few pieces at once. No key has more than its share of the time: after a
// piece that took long, the next of the same key waits longer. A full queue refuses at once (backpressure).
import type { Clock } from './clock.ts';

export interface FairQueueOptions {
  readonly clock: Clock;
  /** Pieces that run at once. */
  readonly slots: number;
  /** Pieces of one key that run or wait. */
  readonly perKeyMax: number;
  /** The part of the time of one slot that one key has at most: 0.25 is a quarter. */
  readonly shareMax: number;
  /** What `run` throws when there are as many. */
  readonly overflow: (key: string) => Error;
}

interface Lane {
  readonly waiting: (() => void)[];
  running: number;
  /** Unix ms. */
  notBefore: number;
}

/** The longest that a key pauses after one piece. */
const pauseMsMax = 1000;

export class FairQueue {
  readonly #options: FairQueueOptions;
  /** In the order of their turns. */
  readonly #lanes = new Map<string, Lane>();
  #free: number;
  #wake: { readonly at: number; readonly canceled: AbortController } | null = null;

  constructor(options: FairQueueOptions) {
    this.#options = options;
    this.#free = options.slots;
  }

  /** Runs `work` in its turn. Rejects when the key has too much waiting, or as `work` does. */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const { clock, perKeyMax, shareMax, overflow } = this.#options;
    const lane = this.#lanes.get(key) ?? { waiting: [], running: 0, notBefore: 0 };
    this.#lanes.set(key, lane);
    if (lane.waiting.length + lane.running >= perKeyMax) throw overflow(key);
    await new Promise<void>((resolve) => {
      lane.waiting.push(resolve);
      this.#next();
    });
    const startedAt = clock.now();
    try {
      return await work();
    } finally {
      const endedAt = clock.now();
      const pauseMs = (endedAt - startedAt) * (1 / shareMax - 1);
      lane.notBefore = Math.max(lane.notBefore, endedAt + Math.min(pauseMs, pauseMsMax));
      lane.running--;
      this.#free++;
      // Work that never waits would otherwise keep this thread from hearing of more.
      setImmediate(() => this.#next());
    }
  }

  /** Forgets the timer; what waits stays. */
  close(): void {
    this.#wake?.canceled.abort();
  }

  #next(): void {
    const now = this.#options.clock.now();
    let soonest = Infinity;
    for (const [key, lane] of this.#lanes) {
      if (lane.waiting.length === 0) {
        if (lane.running === 0 && lane.notBefore <= now) this.#lanes.delete(key);
        continue;
      }
      if (lane.notBefore > now) {
        soonest = Math.min(soonest, lane.notBefore);
        continue;
      }
      if (this.#free === 0) return;
      this.#free--;
      lane.running++;
      // The others come first at the next turn.
      this.#lanes.delete(key);
      this.#lanes.set(key, lane);
      lane.waiting.shift()?.();
    }
    if (soonest < Infinity) this.#wakeAt(soonest);
  }

  #wakeAt(at: number): void {
    if (this.#wake !== null && this.#wake.at <= at) return;
    this.#wake?.canceled.abort();
    const canceled = new AbortController();
    this.#wake = { at, canceled };
    const { clock } = this.#options;
    void clock.sleep(at - clock.now(), canceled.signal).then(() => {
      if (canceled.signal.aborted) return;
      this.#wake = null;
      this.#next();
    });
  }
}
