// Runs replays and backfills, each at its rate: a token bucket per replay. Progress is stored with each step, so that a replay
// resumes after a restart.
import type { EndpointId } from '#core/endpoint.ts';
import type { Clock } from '#lib/clock.ts';
import { nextTurn } from '#lib/event-loop.ts';
import type { Logger } from '#lib/log.ts';
import { Poll, repeat } from '#lib/poll.ts';
import type { Store } from '#store/store.ts';
import type { Replay } from '#core/replay.ts';

export interface ReplayLoopDeps {
  readonly store: Pick<Store, 'replays'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** These endpoints have something due. */
  readonly notify: (endpoints: readonly EndpointId[]) => void;
  /** How long ended deliveries are kept. */
  readonly retentionMs: number;
}

const stepMs = 200;
/** Deliveries ordered in one step for a tenant, at most: by one of its replays, or by several in turn. */
const countMax = 500;
/** How often the store is polled for replays that other processes have started, while none runs. */
const pollMs = 5_000;

export class ReplayLoop {
  readonly #deps: ReplayLoopDeps;
  /** The token bucket of each running replay: how many deliveries it could redeliver at the time `at`. */
  readonly #buckets = new Map<string, { readonly tokens: number; readonly at: number }>();
  readonly #poll = new Poll(pollMs);

  constructor(deps: ReplayLoopDeps) {
    this.#deps = deps;
  }

  /** Every running replay redelivers what its rate allows since the step before. Returns how many are running. */
  async step(): Promise<number> {
    const { store, clock } = this.#deps;
    const now = clock.now();
    if (!this.#poll.begin(now)) return 0;
    const running = await store.replays.listRunning();
    for (const own of Map.groupBy(running, ({ tenant }) => tenant).values()) {
      const inTurn = own.toSorted((a, b) => this.#steppedAt(a) - this.#steppedAt(b));
      for (let left = countMax; left > 0 && inTurn.length > 0;) {
        const replay = inTurn.shift();
        if (replay !== undefined) left -= await this.#redeliver(replay, left, now);
      }
    }
    const ids = new Set(running.map(({ id }) => id));
    for (const id of this.#buckets.keys()) if (!ids.has(id)) this.#buckets.delete(id);
    // While one runs, the store is read at every step.
    if (running.length > 0) this.#poll.notify();
    return running.length;
  }

  /** Repeats `step` until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await repeat(
      () => this.step(),
      { ...this.#deps, everyMs: stepMs, failure: 'replay.step_failed' },
      signal,
    );
  }

  /** A replay has been started in this process. */
  notify(): void {
    this.#poll.notify();
  }

  #steppedAt({ id }: Replay): number {
    return this.#buckets.get(id)?.at ?? -Infinity;
  }

  /** Redelivers up to `max` deliveries, and returns how many that was. */
  async #redeliver({ id, ratePerSecond }: Replay, max: number, now: number): Promise<number> {
    const bucket = this.#buckets.get(id) ?? { tokens: 1, at: now };
    const tokens = bucket.tokens + ((now - bucket.at) * ratePerSecond) / 1000;
    const count = Math.min(Math.floor(tokens), max);
    // The bucket holds the tokens of one second: no larger burst after a pause.
    this.#buckets.set(id, { tokens: Math.min(tokens - count, ratePerSecond), at: now });
    if (count < 1) return 0;
    // Commits of others come between.
    await nextTurn();
    const { store, notify, retentionMs } = this.#deps;
    const { due } = await store.replays.step(id, count, now, now - retentionMs);
    notify(due);
    return count;
  }
}
