// The delivery loop: claim, send, record. `tick` makes one turn of it, `run` repeats it until a graceful shutdown.
// Backpressure: nothing is claimed beyond the memory for it, nothing is sent while too many results are unwritten.
import type { Reply, Unsent } from '#core/attempt.ts';
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Limits } from '#core/limits.ts';
import { readRetryAfter } from '#core/retry.ts';
import type { TenantId } from '#core/tenant.ts';
import { aborted } from '#lib/deadline.ts';
import { nextTurn } from '#lib/event-loop.ts';
import type { IdSource } from '#lib/ids.ts';
import { Latch } from '#lib/latch.ts';
import { createFailureLog, type LogFailure } from '#lib/failure-log.ts';
import type { Logger } from '#lib/log.ts';
import type { Random } from '#lib/random.ts';
import type { Tracer } from '#lib/tracing.ts';
import type { Sender } from '#sending/send.ts';
import {
  canSend,
  cancelByTransform,
  failTransform,
  makeRequest,
  settleAttempt,
  type SettledAttempt,
} from './attempt.ts';
import { Claimer, type ClaimerDeps } from './claimer.ts';
import { type ContentDeps, prepare, type Prepared } from './content.ts';
import { Lanes, type Slot } from './lanes.ts';
import type { DeliveryMetrics } from './metrics.ts';
import type { NewsDesk } from './news.ts';
import type { Pause } from './pause.ts';
import { Recorder } from './recorder.ts';
import { type Shortages, shortageWaitMs } from './shortages.ts';
import type { StatsCollector } from './stats.ts';
import type { Target, Targets } from './targets.ts';

export interface WorkerDeps extends ClaimerDeps, Pick<ContentDeps, 'transforms' | 'contentReads'> {
  readonly targets: Targets;
  readonly sender: Sender;
  readonly random: Random;
  readonly ids: IdSource;
  readonly limits: Limits;
  readonly metrics: DeliveryMetrics;
  readonly stats: StatsCollector;
  readonly shortages: Shortages;
  readonly pause: Pause;
  readonly news: NewsDesk;
  readonly log: Logger;
  readonly tracer: Tracer | null;
}

/** Requests started in one turn of the event loop, some milliseconds of work: then what has arrived is handled. */
const startsPerTurn = 64;
/** How long `run` sleeps while memory is full, unless a request ends before. */
const memoryWaitMs = 250;

export class Worker {
  readonly #deps: WorkerDeps;
  readonly #lanes: Lanes;
  readonly #claimer: Claimer;
  readonly #recorder: Recorder;
  readonly #failed: LogFailure;
  /** Deliveries that are being sent or recorded, and a dispatch that is about to run. */
  readonly #inProgress = new Latch();
  #isPaused = false;
  #isDispatchPending = false;
  /** Requests that may still be started in this turn of the event loop. */
  #startsLeft = startsPerTurn;
  /** Ends the sleep of `run`, which lasts until `#sleepsUntil` otherwise. */
  #wakeUp: () => void = () => {};
  #sleepsUntil = -Infinity;

  constructor(deps: WorkerDeps) {
    this.#deps = deps;
    this.#failed = createFailureLog(deps);
    this.#lanes = new Lanes(deps.limits);
    this.#claimer = new Claimer(deps, this.#lanes);
    this.#recorder = new Recorder(deps, {
      notify: (endpoints) => this.notify(endpoints),
      schedule: (endpoint, dueAt) => this.#schedule(endpoint, dueAt),
    });
  }

  get counts(): { readonly inFlight: number; readonly buffered: number } {
    return this.#lanes.counts;
  }

  /** One turn: claims what is due and starts what has a slot. Returns how many deliveries it claimed. */
  async tick(): Promise<number> {
    if (this.#deps.pause.isPaused) return 0;
    const claimed = await this.#claimer.step();
    this.#dispatch();
    return claimed;
  }

  /** Resolves when nothing is in flight and every result is recorded. */
  settled(): Promise<void> {
    return this.#inProgress.wait();
  }

  /** Repeats `tick` until `signal` aborts; sleeps while nothing is due. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wakeUp(), { once: true });
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wakeUp = resolve;
      });
      // What becomes due during the turn is not slept over.
      this.#sleepsUntil = this.#deps.clock.now() + memoryWaitMs;
      const claimed = await this.tick().catch((error: unknown) => {
        this.#failed('worker.turn_failed', error);
        return 0;
      });
      await (claimed === 0 ? this.#sleep(woken) : nextTurn());
    }
  }

  /** Starts no more requests. What is in flight goes on. */
  pause(): void {
    this.#isPaused = true;
  }

  /**
   * Graceful shutdown: finishes what is in flight, at most until `deadline` aborts, and releases the leases of what
   * was not started.
   */
  async stop(deadline: AbortSignal): Promise<void> {
    this.pause();
    const unsent = this.#lanes.clear();
    await Promise.race([this.settled(), aborted(deadline)]);
    const { store, clock } = this.#deps;
    // A lease that cannot be released ends by itself: the delivery is due then.
    await store.deliveries
      .release(unsent, clock.now())
      .catch((error: unknown) => this.#failed('worker.not_released', error, { claims: unsent.length }));
  }

  /** How many fresh deliveries of an endpoint can be enqueued now. */
  capacity(endpoint: EndpointId, tenant: TenantId): number {
    const { pause, clock } = this.#deps;
    return this.#isPaused || pause.isPaused ? 0 : this.#lanes.capacity(endpoint, tenant, clock.now());
  }

  /** Takes deliveries that the publish transaction leased to this process. */
  enqueue(claims: readonly Claim[]): void {
    for (const claim of claims) this.#lanes.enqueue(claim, this.#deps.clock.now());
    // Deferred, so that the publisher is answered first: sending takes longer.
    if (claims.length > 0) this.#dispatchLater();
  }

  #dispatchLater(): void {
    if (this.#isDispatchPending) return;
    this.#isDispatchPending = true;
    this.#inProgress.begin();
    setImmediate(() => {
      this.#isDispatchPending = false;
      this.#startsLeft = startsPerTurn;
      this.#dispatchAsleep();
      this.#inProgress.end();
    });
  }

  /** These endpoints have something due in the store. */
  notify(endpoints: readonly EndpointId[]): void {
    this.#deps.news.due(endpoints);
    for (const endpoint of endpoints) this.#schedule(endpoint, this.#deps.clock.now());
  }

  /** Records the result of an attempt that a client made; false when it came too late. */
  record(result: SettledAttempt): Promise<boolean> {
    return this.#recorder.record(result);
  }

  /**
   * Drops the claims in memory: their leases have been revoked, and other processes send the deliveries. Of several partitions, those
   * of the others are given back.
   */
  releaseLeases(partition?: number): void {
    const others = this.#lanes.clear().filter((claim) => claim.partition !== partition);
    if (others.length > 0) this.#release(others, this.#deps.clock.now());
  }

  #schedule(endpoint: EndpointId, dueAt: number): void {
    this.#lanes.schedule(endpoint, dueAt);
    if (dueAt < this.#sleepsUntil) this.#wakeUp();
  }

  #dispatch(): void {
    this.#lanes.resume(this.#deps.clock.now());
    while (!this.#isPaused && this.#recorder.hasCapacity()) {
      if (this.#startsLeft === 0) return this.#dispatchLater();
      const slot = this.#lanes.acquire(this.#deps.clock.now());
      if (slot === null) return;
      this.#startsLeft--;
      this.#inProgress.begin();
      void this.#deliver(slot);
    }
  }

  /** Dispatches outside of a turn, while `run` may be asleep: a lane may begin to wait for its rate limit for less long. */
  #dispatchAsleep(): void {
    this.#dispatch();
    if (this.#lanes.nextReadyAt() < this.#sleepsUntil) this.#wakeUp();
  }

  async #deliver(slot: Slot): Promise<void> {
    const { targets, clock } = this.#deps;
    const { claim } = slot;
    try {
      const found = targets.get(claim.event.tenant, claim.endpoint, claim.revision);
      const target = found instanceof Promise ? await this.#orNull(found) : found;
      if (target !== null) this.#limit(slot, target, clock.now());
      if (target === null || !canSend(claim, target, clock.now())) this.#lanes.abandon(slot, clock.now());
      else {
        const prepared = prepare(this.#deps, claim, target);
        await this.#send(slot, target, prepared instanceof Promise ? await prepared : prepared);
      }
    } catch (error) {
      this.#failed('delivery.crashed', error, { delivery: claim.id });
    }
    this.#dispatch();
    // The memory that it used may be what something due in the store waits for, and its reply may have begun a pause.
    if (this.#lanes.nextDueAt() < this.#sleepsUntil) this.#wakeUp();
    this.#inProgress.end();
  }

  /** Applies the limits of the endpoint to its lane. What they do not allow in memory goes back to the store. */
  #limit(slot: Slot, { terms }: Target, now: number): void {
    const released = this.#lanes.limit(slot, terms.limits, now);
    if (released.length > 0) this.#release(released, now);
  }

  async #send(slot: Slot, target: Target, prepared: Prepared): Promise<void> {
    const { clock } = this.#deps;
    const { claim } = slot;
    // A transform may have waited for its turn.
    if (prepared.kind === 'unreadable' || !canSend(claim, target, clock.now())) {
      return this.#lanes.abandon(slot, clock.now());
    }
    if (prepared.kind === 'canceled') {
      this.#lanes.drop(slot, clock.now());
      this.#dispatchAsleep();
      await this.#recorder.record(cancelByTransform(claim, target, clock.now()));
      return;
    }
    const exchange =
      prepared.kind === 'load'
        ? await makeRequest(this.#deps, claim, target, prepared.load)
        : prepared.kind === 'failed'
          ? failTransform(claim, target, prepared, clock.now())
          : prepared;
    const now = clock.now();
    if ('shortage' in exchange) return this.#postpone(slot, exchange, now);
    // Frees the slot for another delivery as soon as the reply is there, before the result is recorded.
    this.#complete(slot, exchange.reply, target, now);
    this.#dispatchAsleep();
    await this.#recorder.record(settleAttempt(this.#deps, claim, target, exchange, now));
  }

  /** Frees the slot. When the receiver asked for a pause (429 or 503 with `Retry-After`), its deliveries go back to the store. */
  #complete(slot: Slot, reply: Reply, { terms }: Target, now: number): void {
    const pauseMs = terms.policy.honoursRetryAfter ? readRetryAfter(reply, now) : 0;
    const released = this.#lanes.complete(slot, reply, now, pauseMs);
    if (released.length > 0) this.#release(released, now);
  }

  /** Nothing was sent, for a reason of ours: no attempt. The lease is released, perhaps to another process. */
  #postpone(slot: Slot, unsent: Unsent, now: number): void {
    this.#deps.shortages.report(unsent);
    this.#lanes.postpone(slot, now + shortageWaitMs, now);
    this.#release([slot.claim], now);
  }

  #release(released: readonly Claim[], now: number): void {
    const { store } = this.#deps;
    this.#inProgress.begin();
    void store.deliveries
      .release(released, now)
      .catch((error: unknown) => this.#failed('worker.not_released', error, { claims: released.length }))
      .then(() => this.#inProgress.end());
  }

  /** Null when the store cannot be read now: the delivery is due again when its lease ends. */
  async #orNull(found: Promise<Target | null>): Promise<Target | null> {
    try {
      return await found;
    } catch (error) {
      this.#failed('worker.target_unreadable', error);
      return null;
    }
  }

  async #sleep(woken: Promise<void>): Promise<void> {
    const { clock } = this.#deps;
    const now = clock.now();
    const dueAt = Math.min(this.#lanes.nextDueAt(), this.#claimer.rescanAt);
    // When something is due already and none of it was claimed, memory is full.
    this.#sleepsUntil = dueAt > now ? dueAt : now + memoryWaitMs;
    const sleeping = new AbortController();
    await Promise.race([woken, clock.sleep(this.#sleepsUntil - now, sleeping.signal)]);
    sleeping.abort();
    this.#sleepsUntil = -Infinity;
  }
}
