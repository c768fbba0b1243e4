// What `listen` does until it ends: takes deliveries under short leases, sends each to the application, and reports the answer.
// A session that is killed loses nothing: its leases end, and the deliveries are handed out again.
import type { PulledDelivery, ResultVerdicts } from '#contract/pull.ts';
import type { Clock } from '#lib/clock.ts';
import type { AdminClient } from '../client.ts';
import { follow, isFinal, pauseMs } from '../live/follow.ts';
import { type Answered, forward, type ForwardTerms } from './forward.ts';
import type { Step } from './inspect.ts';

export type Verdict = ResultVerdicts['data'][number];

export interface SessionReport {
  missed(count: number): void;
  taken(delivery: PulledDelivery): void;
  answered(delivery: PulledDelivery, answered: Answered, verdict: Verdict): void;
  lost(reason: string): void;
  back(): void;
}

export interface SessionTerms {
  readonly client: AdminClient;
  readonly clock: Clock;
  readonly tenant: string;
  readonly endpoint: string;
  readonly application: ForwardTerms;
  readonly signal: AbortSignal;
  readonly report: SessionReport;
  /** Ends after so many answers. */
  readonly countMax: number;
  /** Ends after the first answer that the server takes for a failure. */
  readonly failsFast: boolean;
  /** Deliveries then come one by one: the next one waits until the person goes on. Null: without. */
  readonly inspect: ((delivery: PulledDelivery, signal: AbortSignal) => Promise<Step>) | null;
}

export interface Totals {
  answered: number;
  failed: number;
}

/** Short, so that what a killed session held is soon handed out again; extended while the application works. */
const leaseMs = 15_000;
const extendMs = 5_000;
const heldMax = 10;
/** For what is in flight when the session ends. */
const endMs = 5_000;

/** Throws `Failure` when the server cannot be reached at first, and when it refuses for a reason that stays. */
export async function runSession(terms: SessionTerms): Promise<Totals> {
  return new Session(terms).run();
}

class Session {
  readonly #terms: SessionTerms;
  readonly #totals: Totals = { answered: 0, failed: 0 };
  readonly #held = new Map<string, PulledDelivery>();
  readonly #work = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #signal: AbortSignal;
  #taken = 0;
  #last: Promise<void> = Promise.resolve();
  #failure: unknown = null;

  constructor(terms: SessionTerms) {
    this.#terms = terms;
    this.#signal = AbortSignal.any([terms.signal, this.#stopping.signal]);
  }

  async run(): Promise<Totals> {
    const { clock, report } = this.#terms;
    void this.#extend();
    try {
      const events = follow({
        clock,
        signal: this.#signal,
        open: (signal) => this.#open(signal),
        lost: (reason) => report.lost(reason),
        back: () => report.back(),
      });
      for await (const { event, data } of events) {
        if (event === 'missed') report.missed((data as { readonly count: number }).count);
        if (event === 'delivery') this.#take(data as PulledDelivery);
      }
    } finally {
      this.#stopping.abort();
      await this.#end();
    }
    if (this.#failure !== null) throw this.#failure;
    return this.#totals;
  }

  #open(signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const { client, tenant, endpoint, countMax, inspect } = this.#terms;
    const query = { max: inspect === null ? Math.min(heldMax, countMax) : 1, leaseMs };
    return client.stream('streamDeliveries', { params: { tenant, id: endpoint }, query }, signal);
  }

  #take(delivery: PulledDelivery): void {
    this.#held.set(delivery.delivery, delivery);
    // What is beyond the count is released at the end.
    if (this.#taken >= this.#terms.countMax || this.#signal.aborted) return;
    this.#taken++;
    const { inspect } = this.#terms;
    const work = (inspect === null ? this.#handle(delivery) : this.#inTurn(delivery))
      .catch((error: unknown) => {
        this.#failure ??= error;
        this.#stopping.abort();
      })
      .finally(() => this.#work.delete(work));
    this.#work.add(work);
  }

  /** After the one before it, unless it was handed out again meanwhile. */
  #inTurn(delivery: PulledDelivery): Promise<void> {
    const handled = this.#last.then(() => {
      const isHeld = this.#held.get(delivery.delivery) === delivery;
      return isHeld && !this.#signal.aborted ? this.#handle(delivery) : undefined;
    });
    this.#last = handled.catch(() => {});
    return handled;
  }

  async #handle(delivery: PulledDelivery): Promise<void> {
    const { application, report, countMax, failsFast, inspect } = this.#terms;
    report.taken(delivery);
    const answered = await forward(delivery, application);
    const verdict = await this.#record(delivery, answered);
    if (this.#held.get(delivery.delivery) === delivery) this.#held.delete(delivery.delivery);
    if (verdict === null) return;
    const isFailed = verdict.state !== 'delivered' && verdict.code === null;
    this.#totals.answered++;
    if (isFailed) this.#totals.failed++;
    report.answered(delivery, answered, verdict);
    if (inspect !== null && (await inspect(delivery, this.#signal)) === 'quit') this.#stopping.abort();
    if (this.#totals.answered >= countMax || (isFailed && failsFast)) this.#stopping.abort();
  }

  /** Repeated while the server cannot be reached. Null when the session ends before. */
  async #record({ delivery, lease }: PulledDelivery, answered: Answered): Promise<Verdict | null> {
    const { client, tenant, endpoint, clock } = this.#terms;
    const durationMs = Math.min(answered.durationMs, 3_600_000);
    const results = [{ delivery, lease, ...answered, durationMs }];
    for (let tries = 0; ; tries++) {
      try {
        const params = { tenant, id: endpoint };
        const { data } = await client.call('recordResults', { params, body: { results } });
        return data[0] ?? null;
      } catch (error) {
        if (isFinal(error)) throw error;
        if (this.#signal.aborted) return null;
        await clock.sleep(pauseMs(tries), this.#signal);
      }
    }
  }

  async #extend(): Promise<void> {
    const { client, tenant, endpoint, clock } = this.#terms;
    while (!this.#signal.aborted) {
      await clock.sleep(extendMs, this.#signal);
      const leases = this.#leases();
      if (leases.length === 0 || this.#signal.aborted) continue;
      const request = { params: { tenant, id: endpoint }, body: { leases, leaseMs } };
      // A lease that is not extended ends: the delivery is handed out again.
      await client.call('extendLeases', request).catch(() => {});
    }
  }

  /** Lets the application finish, and gives back what it was not asked. */
  async #end(): Promise<void> {
    const { client, tenant, endpoint, clock } = this.#terms;
    const waiting = new AbortController();
    await Promise.race([Promise.all(this.#work), clock.sleep(endMs, waiting.signal)]);
    waiting.abort();
    const leases = this.#leases();
    if (leases.length === 0) return;
    const request = { params: { tenant, id: endpoint }, body: { leases } };
    await client.call('releaseLeases', request).catch(() => {});
  }

  #leases(): { delivery: string; lease: number }[] {
    return [...this.#held.values()].slice(0, 100).map(({ delivery, lease }) => ({ delivery, lease }));
  }
}
