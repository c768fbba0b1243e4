// Group commit of attempt results: all that ended while a transaction was being written go into the next one. What
// follows from a result (log line, metrics, schedule, notifications) happens after its commit. Of several databases each has its own
// queue: one that is down delays the results of the others by nothing.
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Settlement } from '#core/retry.ts';
import { type Batcher, createBatcher } from '#lib/batcher.ts';
import type { Clock } from '#lib/clock.ts';
import { createFailureLog, type LogFailure } from '#lib/failure-log.ts';
import type { Logger } from '#lib/log.ts';
import { createTurns, type Turns } from '#lib/turns.ts';
import type { Recorded, Store } from '#store/store.ts';
import type { SettledAttempt } from './attempt.ts';
import type { DeliveryMetrics } from './metrics.ts';
import type { NewsDesk } from './news.ts';
import { noticeExhausted, noticesOfHealth } from './notices.ts';
import type { StatsCollector } from './stats.ts';
import type { Targets } from './targets.ts';

export interface RecorderDeps {
  readonly store: Pick<Store, 'deliveries'>;
  readonly targets: Targets;
  readonly clock: Clock;
  readonly metrics: DeliveryMetrics;
  readonly stats: StatsCollector;
  readonly news: Pick<NewsDesk, 'attempted'>;
  readonly log: Logger;
}

/** When endpoints have something due in the store. */
export interface Schedule {
  /** These have something due now. */
  notify(endpoints: readonly EndpointId[]): void;
  schedule(endpoint: EndpointId, dueAt: number): void;
}

const batchMax = 500;
const queueMax = 5_000;
/** How long one partition has the others wait at most. */
const turnMsMax = 50;
/** Pause before a failed write is made again. */
const retryMs = 500;

export class Recorder {
  readonly #deps: RecorderDeps;
  readonly #failed: LogFailure;
  readonly #schedule: Schedule;
  /** By the numbers of the partitions. */
  readonly #batchers = new Map<number, Batcher<SettledAttempt, boolean>>();
  /** Of several partitions one writes at a time, so that commits are as large as in one database. */
  readonly #turns: Turns;

  constructor(deps: RecorderDeps, schedule: Schedule) {
    this.#deps = deps;
    this.#failed = createFailureLog(deps);
    this.#schedule = schedule;
    this.#turns = createTurns({ atOnce: 1, longMs: turnMsMax, clock: deps.clock });
  }

  /**
   * Resolves when the result is on disk; false when it came too late. Never rejects: a failed write is repeated until it
   * succeeds.
   */
  record(result: SettledAttempt): Promise<boolean> {
    return this.#batcherOf(result.claim.partition).submit(result);
  }

  /**
   * False while so many results wait to be written that no request should be started. Of several partitions one may be down: what is
   * in memory of it has a bound, and nothing more is claimed of it.
   */
  hasCapacity(): boolean {
    for (const batcher of this.#batchers.values()) if (batcher.size() < queueMax) return true;
    return this.#batchers.size === 0;
  }

  /** A claim of the one database has no partition. */
  #batcherOf(partition: number | undefined): Batcher<SettledAttempt, boolean> {
    const known = this.#batchers.get(partition ?? 0);
    if (known !== undefined) return known;
    const batcher = createBatcher<SettledAttempt, boolean>({
      write: (results) => this.#write(results),
      batchMax,
      ...(partition === undefined ? {} : { turns: this.#turns }),
      // `hasCapacity` bounds it: the result of a request that was made must be written, however long the queue is.
      queueMax: Infinity,
      overflow: () => new Error('the queue of results has no bound'),
    });
    this.#batchers.set(partition ?? 0, batcher);
    return batcher;
  }

  async #write(results: readonly SettledAttempt[]): Promise<readonly boolean[]> {
    const { metrics, targets, log } = this.#deps;
    const recorded = await this.#writeUntilDone(results);
    metrics.committed('record', results.length);
    metrics.stale(recorded.stale);
    metrics.disabled(recorded.disabled.length);
    for (const endpoint of recorded.disabled) {
      targets.invalidate(endpoint);
      log.warn({ endpoint }, 'endpoint.disabled');
    }
    for (const result of results) this.#report(result);
    this.#schedule.notify(recorded.due);
    this.#deps.news.attempted();
    return results.map((result) => recorded.kept.has(result));
  }

  async #writeUntilDone(results: readonly SettledAttempt[]): Promise<Recorded> {
    const { store, clock } = this.#deps;
    const noticeHealth = noticesOfHealth(results);
    for (;;) {
      try {
        const terms = { now: clock.now(), noticeHealth, noticeExhausted };
        return await store.deliveries.record(results, terms);
      } catch (error) {
        this.#failed('recorder.write_failed', error, { results: results.length });
        await clock.sleep(retryMs);
      }
    }
  }

  /** The one place where an attempt is logged, counted and, when it failed, scheduled again. */
  #report({ claim, attempt, settlement }: SettledAttempt): void {
    if (attempt === null) return this.#reportCanceled(claim, settlement);
    const { metrics, stats, log } = this.#deps;
    const { event } = claim;
    const { outcome, status, durationMs } = attempt;
    const { state, dueAt } = settlement;
    const endedAt = attempt.startedAt + durationMs;
    metrics.attempted(outcome, durationMs / 1000, { tenant: event.tenant, endpoint: claim.endpoint });
    metrics.settled(state, attempt.number > 1, (endedAt - event.createdAt) / 1000);
    stats.count(event.tenant, claim.endpoint, endedAt, attempt);
    if (state === 'pending') this.#schedule.schedule(claim.endpoint, dueAt);
    const level = outcome === 'accepted' ? 'info' : 'warn';
    log[level](
      {
        tenant: event.tenant,
        mode: event.mode,
        endpoint: claim.endpoint,
        event: event.id,
        delivery: claim.id,
        attempt: attempt.number,
        outcome,
        status,
        ...(attempt.error === null ? {} : { error: attempt.error.code }),
        durationMs,
        state,
        ...(state === 'pending' ? { nextDueAt: new Date(dueAt).toISOString() } : {}),
      },
      'delivery.attempted',
    );
  }

  #reportCanceled({ id, endpoint, event }: Claim, { state, note }: Settlement): void {
    const { tenant, mode } = event;
    const ids = { tenant, mode, endpoint, event: event.id, delivery: id };
    this.#deps.log.info({ ...ids, state, note }, 'delivery.canceled');
  }
}
