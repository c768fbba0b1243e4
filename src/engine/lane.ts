// The queue and the concurrency window of one endpoint. Congestion control as in TCP: the window starts at one
// request, grows while the receiver answers quickly (slow start, then additive increase), and is halved when it is
// slow, overloaded or unreachable (multiplicative decrease).
import type { Reply } from '#core/attempt.ts';
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { Deque } from '#lib/deque.ts';
import type { TenantLanes } from './fair-share.ts';
import { type LaneLimits, noLimits, RateLimiter } from './rate-limit.ts';

/** A reply within this time adds one to the window, so that the window doubles each round trip (slow start). */
const quickMs = 1000;
/** A reply within this time adds one per round trip (additive increase); a later one counts as none. */
const slowMs = 5000;
/** A receiver that has answered none of its requests for this long counts as unresponsive. */
const unansweredMsMax = 2000;
/**
 * After a pause that the receiver asked for, requests start this far apart, and each reply that asks for no other pause
 * brings them closer by `paceFactor`: a backlog of hundreds is spread over about five seconds before the window alone
 * limits it again.
 */
const paceMsMax = 500;
const paceMsMin = 10;
const paceFactor = 0.9;
/** Deliveries that a lane may hold in memory for each request of its window. */
const queuePerRequest = 4;
const queueMin = 8;
/** Of an endpoint with a rate limit, it holds what is sent within this time: what is held longer could lose its lease. */
const queueSeconds = 2;

export class Lane {
  readonly endpoint: EndpointId;
  /** Null while it is not known. */
  tenant: TenantLanes<Lane> | null = null;
  /** When something is due in the store that is not in memory; Infinity for never. Unix ms. */
  dueAt = Infinity;
  /** It is in the rounds of lanes that can send. */
  isInRounds = false;
  /** It is in the heap of lanes that wait for the end of a pause. */
  isResuming = false;
  /** Something is due in the store now: it waits to be claimed for, and is not on the schedule. */
  isDue = false;
  /** So it does, but the queue is too full to claim it. */
  awaitsCapacity = false;
  /** When the next request may start: the end of a pause that the receiver asked for, then paced. Unix ms. */
  resumeAt = -Infinity;
  /** Time between requests after such a pause; 0 for none. */
  #paceMs = 0;
  /** What its endpoint sets; not known before its first delivery is started. */
  #limits: LaneLimits = noLimits;
  readonly #rate = new RateLimiter();
  /** Claimed deliveries that wait for a slot. */
  readonly #queue = new Deque<Claim>();
  #inFlight = 0;
  /** Requests that may be in flight at once; additive increase makes it fractional. */
  #window = 1;
  /** The last request was answered within `slowMs`. */
  #wasAnswered = false;
  /** Since when requests are in flight and none was answered; Infinity while none is in flight. Unix ms. */
  #unansweredSince = Infinity;

  constructor(endpoint: EndpointId) {
    this.endpoint = endpoint;
  }

  /** When the next request may start: not in a pause, and not beyond the rate limit. Unix ms. */
  get readyAt(): number {
    return Math.max(this.resumeAt, this.#rate.readyAt);
  }

  /** The limits of its endpoint, of which one request has just been started. True when they have changed. */
  limit(limits: LaneLimits, now: number): boolean {
    if (limits === this.#limits) return false;
    this.#limits = limits;
    this.#rate.set(limits.rate, now);
    return true;
  }

  /** Its queue holds more than it may. */
  isOverfull(): boolean {
    return this.#queue.size > this.#queueMax();
  }

  /** How many more deliveries its queue can take. */
  capacity(): number {
    return Math.max(0, this.#queueMax() - this.#queue.size);
  }

  /** At least half of the queue is free: a claim for each single delivery would cost a statement for each. */
  isWorthClaiming(): boolean {
    return this.capacity() * 2 >= this.#queueMax();
  }

  isIdle(): boolean {
    return this.#queue.size === 0 && this.#inFlight === 0 && this.dueAt === Infinity;
  }

  /** The receiver answered the last request in time and is not unresponsive now. */
  isProven(now: number): boolean {
    return this.#wasAnswered && this.#isResponsive(now);
  }

  /** True when a delivery waits and the window is open. The window of an unresponsive receiver is one. */
  canSend(now: number): boolean {
    const window = this.#isResponsive(now) ? this.#window : 1;
    const inFlight = this.#inFlight + 1;
    return (
      this.#queue.size > 0 &&
      inFlight <= window &&
      inFlight <= this.#limits.inFlightMax &&
      now >= this.resumeAt &&
      now >= this.#rate.readyAt
    );
  }

  enqueue(claim: Claim): void {
    this.#queue.push(claim);
  }

  /** Takes the next delivery out of the queue and counts it as in flight. */
  start(now: number): Claim | undefined {
    const claim = this.#queue.shift();
    if (claim === undefined) return undefined;
    this.#inFlight++;
    this.#unansweredSince = Math.min(this.#unansweredSince, now);
    if (this.#paceMs > 0) this.resumeAt = now + this.#paceMs;
    this.#rate.take(now);
    return claim;
  }

  /** Something waits in memory for the end of a pause, or for the rate limit. */
  isWaiting(now: number): boolean {
    return this.#queue.size > 0 && now < this.readyAt;
  }

  /** A request has ended: adapts the window. `pauseMs` is how long the receiver asked to be left alone, 0 if it did not. */
  complete(reply: Reply, windowMax: number, now: number, pauseMs: number): void {
    this.#adaptWindow(reply, windowMax);
    if (pauseMs > 0) this.#pause(now + pauseMs);
    else if (this.#paceMs > 0 && reply.kind === 'answered') {
      this.#paceMs *= paceFactor;
      if (this.#paceMs < paceMsMin) this.#paceMs = 0;
    }
    this.#inFlight--;
    if (this.#inFlight === 0) this.#unansweredSince = Infinity;
    else if (reply.kind === 'answered') this.#unansweredSince = now;
  }

  /** A delivery that was started was not sent after all. */
  abandon(): void {
    this.#inFlight--;
    this.#rate.giveBack();
    if (this.#paceMs > 0) this.resumeAt = -Infinity;
    if (this.#inFlight === 0) this.#unansweredSince = Infinity;
  }

  /** The same, for a reason of ours that may last: nothing starts before `until`. The window says nothing of that. */
  postpone(until: number): void {
    this.abandon();
    this.resumeAt = Math.max(this.resumeAt, until);
  }

  #pause(until: number): void {
    this.resumeAt = Math.max(this.resumeAt, until);
    this.#paceMs = paceMsMax;
    this.#window = 1;
  }

  /** Empties the queue and returns what was in it. */
  clear(): readonly Claim[] {
    return this.#queue.clear();
  }

  /**
   * Grows the window only while more deliveries wait: the window of an endpoint with little traffic stays narrow, so
   * that it takes few slots should its receiver fail.
   */
  #adaptWindow(reply: Reply, windowMax: number): void {
    this.#wasAnswered = reply.kind === 'answered' && reply.durationMs <= slowMs;
    const isOverloaded = reply.kind === 'answered' && (reply.status === 429 || reply.status === 503);
    if (!this.#wasAnswered || isOverloaded) this.#window = Math.max(1, Math.floor(this.#window / 2));
    else if (this.#queue.size > 0) {
      const growth = reply.durationMs <= quickMs ? 1 : 1 / this.#window;
      this.#window = Math.min(windowMax, this.#window + growth);
    }
  }

  #queueMax(): number {
    const { rate, inFlightMax } = this.#limits;
    const fit = Math.max(queueMin, Math.floor(Math.min(this.#window, inFlightMax)) * queuePerRequest);
    return rate === null ? fit : Math.max(1, Math.min(fit, Math.floor(rate.perSecond * queueSeconds)));
  }

  #isResponsive(now: number): boolean {
    return now - this.#unansweredSince <= unansweredMsMax;
  }
}
