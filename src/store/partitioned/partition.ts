// One of several databases, with a circuit breaker: after it was found to be down, everything asked of it is refused at once, until
// a check in the background finds that it answers again. So a database that is gone, or silent, delays its own tenants alone.
import { Fault } from '#core/fault.ts';
import { systemClock } from '#lib/clock.ts';
import { isSlotsClosed } from '../closed.ts';
import { StoreError } from '../sql.ts';

export interface PartitionOptions<S> {
  readonly name: string;
  /** Its place in the slot map. */
  readonly number: number;
  /** One that is open already. */
  readonly store?: S;
  readonly open: () => Promise<S>;
  /** Throws when it cannot be used. */
  readonly check: (store: S) => Promise<unknown>;
  readonly close: (store: S) => Promise<void>;
}

/** Told of each turn. */
export interface PartitionWatcher<S> {
  /** It is open for the first time. */
  opened(partition: Partition<S>, store: S): void;
  /** It answers, or does so again. */
  up(partition: Partition<S>): Promise<void>;
  down(partition: Partition<S>, reason: string): void;
}

const retryAfterSeconds = 2;
const watchMs = 1_000;
/** A call that takes longer has the partition checked. */
const slowMs = 2_000;
const checkMs = 3_000;

interface Call {
  readonly since: number;
  readonly reject: (reason: unknown) => void;
}

export class Partition<S> {
  readonly name: string;
  readonly number: number;
  readonly #options: PartitionOptions<S>;
  readonly #watchers: PartitionWatcher<S>[] = [];
  readonly #closing = new AbortController();
  /** The oldest first. */
  readonly #calls = new Set<Call>();
  #store: S | null = null;
  #isDown = false;
  #probing: Promise<void> | null = null;
  /** What `up` has failed to do is tried again. */
  #isSettled = false;

  constructor(options: PartitionOptions<S>) {
    this.#options = options;
    this.name = options.name;
    this.number = options.number;
    this.#store = options.store ?? null;
  }

  /** Null before it was opened. */
  get store(): S | null {
    return this.#store;
  }

  get isUsable(): boolean {
    return this.#store !== null && !this.#isDown;
  }

  /** Opens it. One that cannot be reached now is opened later, unless it is required; throws what does not pass by itself. */
  async start({ isRequired }: { readonly isRequired: boolean }): Promise<void> {
    try {
      if (this.#store === null) await this.#open();
    } catch (error) {
      if (isRequired || !(error instanceof StoreError) || !error.isTransient) throw error;
      this.#isDown = true;
    }
    void this.#watch();
  }

  watch(watcher: PartitionWatcher<S>): void {
    this.#watchers.push(watcher);
    if (this.#store !== null) watcher.opened(this, this.#store);
    this.#isSettled = false;
  }

  /** Does what `up` of the watchers does, now. */
  async settle(): Promise<void> {
    if (!this.isUsable) return;
    this.#isSettled = true;
    try {
      for (const watcher of this.#watchers) await watcher.up(this);
    } catch (error) {
      this.#isSettled = false;
      throw error;
    }
  }

  /** Fault `unavailable` while it is down. */
  async call<Result>(work: (store: S) => Promise<Result>): Promise<Result> {
    const store = this.#store;
    if (store === null || this.#isDown) throw this.unavailable();
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const call = { since: systemClock.now(), reject };
    this.#calls.add(call);
    work(store).then(resolve, reject);
    try {
      return await promise;
    } catch (error) {
      if (isUnavailable(error) && !isSlotsClosed(error)) void this.#probe();
      throw error;
    } finally {
      this.#calls.delete(call);
    }
  }

  unavailable(cause?: unknown): Fault {
    return new Fault(
      'unavailable',
      `the partition ${this.name} does not answer now; send this again in a moment`,
      { retryAfterSeconds, cause },
    );
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#probing;
    if (this.#store !== null) await this.#options.close(this.#store);
  }

  async #open(): Promise<void> {
    const store = await this.#options.open();
    if (this.#closing.signal.aborted) return this.#options.close(store);
    this.#store = store;
    this.#isDown = false;
    for (const watcher of this.#watchers) watcher.opened(this, store);
  }

  async #watch(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await systemClock.sleep(watchMs, signal);
      if (signal.aborted) return;
      const [oldest] = this.#calls;
      const isSlow = oldest !== undefined && systemClock.now() - oldest.since > slowMs;
      if (!this.isUsable || isSlow) await this.#probe();
      if (this.isUsable && !this.#isSettled) await this.settle().catch(() => {});
    }
  }

  /** One check at a time. Never rejects. */
  #probe(): Promise<void> {
    return (this.#probing ??= this.#check().finally(() => {
      this.#probing = null;
    }));
  }

  async #check(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    try {
      if (this.#store === null) await this.#open();
      else await withinMs(this.#options.check(this.#store), checkMs);
      this.#isDown = false;
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Refuses what waits, too: its outcome is not known, as after a connection that is lost. */
  #fail(error: unknown): void {
    const wasUsable = !this.#isDown;
    this.#isDown = true;
    this.#isSettled = false;
    for (const { reject } of this.#calls) reject(this.unavailable(error));
    if (!wasUsable) return;
    const reason = error instanceof Error ? error.message : String(error);
    for (const watcher of this.#watchers) watcher.down(this, reason);
  }
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof Fault && error.code === 'unavailable';
}

/** For `catch`: null in place of an answer of a partition that is down. */
export function nullWhenDown(error: unknown): null {
  if (isUnavailable(error)) return null;
  throw error;
}

async function withinMs(asked: Promise<unknown>, ms: number): Promise<void> {
  const waited = new AbortController();
  const late = systemClock.sleep(ms, waited.signal).then(() => {
    if (!waited.signal.aborted) throw new StoreError(`no answer for ${ms / 1000} seconds`, undefined, true);
  });
  try {
    await Promise.race([asked, late]);
  } finally {
    waited.abort();
  }
}
