// The loop of alerts: signals become messages, and each channel gets what it is owed. All of it is in the store, so that a
// restart loses nothing; with many processes, one claims a channel at a time. A channel that fails delays no other one.
import type { AlertSignal } from '#core/alert.ts';
import type { Attention } from '#core/attention.ts';
import { operatorTenant } from '#core/tenant.ts';
import type { Clock } from '#lib/clock.ts';
import type { IdSource } from '#lib/ids.ts';
import type { Logger } from '#lib/log.ts';
import { repeat } from '#lib/poll.ts';
import type { ClaimedAlerts, Store } from '#store/store.ts';
import type { DeliverAlert } from './alert-channels.ts';
import type { DeliveryMetrics } from './metrics.ts';

export interface AlertLoopDeps {
  readonly store: {
    readonly alertQueue: Store['alertQueue'];
    readonly endpoints: Pick<Store['endpoints'], 'listAttention'>;
  };
  readonly deliver: DeliverAlert;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly metrics: Pick<DeliveryMetrics, 'alerts'>;
  readonly log: Logger;
  /** What is due for longer is a growing backlog. */
  readonly backlogMs: number;
  readonly perHourMax: number;
}

const stepMs = 2_000;
/** Longer than any sending takes. */
const leaseMs = 120_000;
/** Transactions of one step, each with some signals: what is left comes with the next step. */
const foldsPerStep = 20;
const backlogCheckMs = 60_000;
/** Endpoints of one check; the next one goes on from there. */
const backlogPageSize = 100;
const backlogPagesMax = 10;

export class AlertLoop {
  readonly #deps: AlertLoopDeps;
  #backlogAt = 0;
  /** Where the last check of backlogs has stopped; null at the end. */
  #backlogCursor: string | null = null;

  constructor(deps: AlertLoopDeps) {
    this.#deps = deps;
  }

  /** Returns how many channels were sent to. */
  async step(): Promise<number> {
    const { store, clock, ids, perHourMax } = this.#deps;
    await this.#noteBacklogs();
    const now = clock.now();
    if (!(await store.alertQueue.hasWork(now))) return 0;
    const newId = (): string => ids.next('alm', now);
    for (let folds = 0; folds < foldsPerStep && (await store.alertQueue.fold({ now, newId })) > 0;) folds++;
    const claimed = await store.alertQueue.claim({ now, leaseMs, perHourMax });
    await Promise.all(claimed.map((one) => this.#send(one)));
    return claimed.length;
  }

  /** Repeats `step` until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await repeat(
      () => this.step(),
      { ...this.#deps, everyMs: stepMs, failure: 'alerts.step_failed' },
      signal,
    );
  }

  async #send(claimed: ClaimedAlerts): Promise<void> {
    const { store, deliver, clock, metrics, log } = this.#deps;
    const { channel, via, messages } = claimed;
    const error = messages.length === 0 ? null : await deliver(claimed);
    const dropped = await store.alertQueue.settle(claimed, error, clock.now());
    metrics.alerts(via.kind, error === null ? 'sent' : 'failed', messages.length);
    metrics.alerts(via.kind, 'dropped', dropped);
    const facts = { channel, kind: via.kind, messages: messages.length };
    if (error === null) log.info(facts, 'alert.sent');
    else log.warn({ ...facts, error, dropped }, 'alert.failed');
  }

  /** Each process looks: what it finds is told once in a window, however many of them find it. */
  async #noteBacklogs(): Promise<void> {
    const { store, clock, backlogMs } = this.#deps;
    const now = clock.now();
    if (now < this.#backlogAt) return;
    this.#backlogAt = now + backlogCheckMs;
    if (!(await store.alertQueue.isAskedFor('backlog.growing'))) return;
    const terms = { failuresMin: Number.MAX_SAFE_INTEGER, dueBefore: now - backlogMs };
    for (let pages = 0; pages < backlogPagesMax; pages++) {
      const page: Awaited<ReturnType<Store['endpoints']['listAttention']>> =
        await store.endpoints.listAttention(terms, { limit: backlogPageSize, cursor: this.#backlogCursor });
      await store.alertQueue.note(page.items.flatMap((item) => backlogSignal(item, now) ?? []));
      this.#backlogCursor = page.nextCursor;
      if (this.#backlogCursor === null) return;
    }
  }
}

function backlogSignal({ endpoint, waiting, oldestDueAt }: Attention, now: number): AlertSignal | null {
  if (oldestDueAt === null || endpoint.tenant === operatorTenant) return null;
  const { id, tenant, mode } = endpoint;
  const about = { subject: id, tenant, mode, endpoint: id };
  return { type: 'backlog.growing', ...about, code: null, since: oldestDueAt, at: now, count: waiting };
}
