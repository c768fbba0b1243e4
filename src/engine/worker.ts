// The loop: claim, send, record. One turn of it can be stepped; `run` only turns it.
import type { Attempt, Reply } from '#core/attempt.ts';
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Limits } from '#core/limits.ts';
import { settle } from '#core/retry.ts';
import type { WireHeaders } from '#dialects/dialect.ts';
import type { Clock } from '#lib/clock.ts';
import { createIdle } from '#lib/idle.ts';
import type { IdSource } from '#lib/ids.ts';
import type { Logger } from '#lib/log.ts';
import type { Random } from '#lib/random.ts';
import type { AttemptResult, Store } from '#store/store.ts';
import { createLanes, type Slot } from './lanes.ts';
import type { DeliveryMetrics } from './metrics.ts';
import { createRecorder } from './recorder.ts';
import type { Sender } from '#sending/send.ts';
import type { Stats } from './stats.ts';
import type { Target, Targets } from './targets.ts';

export interface Worker {
  /** One turn: claims what is due, starts what has a slot. Answers how many it claimed. */
  tick(): Promise<number>;
  /** Resolves when nothing is on its way and everything that ended is recorded. */
  settled(): Promise<void>;
  /** Turns until `signal` aborts, sleeping while nothing is due. */
  run(signal: AbortSignal): Promise<void>;
  /** Starts nothing any more; what is on its way goes on. */
  rest(): void;
  /** Ends: finishes what is on its way, gives back what is not. `deadline` cuts the waiting short. */
  stop(deadline: AbortSignal): Promise<void>;
  /** How many fresh deliveries of an endpoint can be handed over now. */
  readonly places: (endpoint: EndpointId) => number;
  /** Takes deliveries that were claimed for this process when they were published. */
  take(claims: readonly Claim[]): void;
  /** These endpoints have something due. */
  wake(endpoints: readonly EndpointId[]): void;
  /** Nothing that waits here in memory is this process's any more. */
  disown(): void;
  /** This endpoint has changed. */
  readonly forget: (endpoint: EndpointId) => void;
  readonly counts: { readonly inFlight: number; readonly buffered: number };
}

export interface WorkerDeps {
  readonly store: Store;
  readonly targets: Targets;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly limits: Limits;
  readonly metrics: DeliveryMetrics;
  readonly stats: Stats;
  readonly log: Logger;
  /** How often the store is asked which endpoints have work, beside what this process knows itself. */
  readonly rescanMs: number;
}

/** How long a claim holds. Longer than any policy's timeout and the wait in memory before it. */
export const leaseMs = 60_000;
/** What must be left of a lease beyond the timeout for a request to be started. */
const leaseMarginMs = 5_000;
/** Endpoints claimed for in one transaction, and endpoints read of the agenda at once. */
const lanesPerClaim = 200;
const agendaPage = 1000;
/** Pause before what could not be claimed is asked for again. */
const claimAgainMs = 1000;

export function createWorker(deps: WorkerDeps): Worker {
  const { store, targets, sender, clock, log } = deps;
  const lanes = createLanes(deps.limits);
  /** Deliveries that are being sent or recorded. */
  let underway = 0;
  /** What was taken is sent in a moment. */
  let isTaking = false;
  const idle = createIdle(() => underway === 0 && !isTaking);
  let rescanAt = -Infinity;
  let isResting = false;
  /** Ends the sleep of `run`, which lasts until `sleepsUntil` otherwise. */
  let rouse: () => void = () => {};
  let sleepsUntil = -Infinity;

  const wakeAt = (endpoint: EndpointId, dueAt: number): void => {
    lanes.wake(endpoint, dueAt);
    if (dueAt < sleepsUntil) rouse();
  };
  const wake = (endpoints: readonly EndpointId[]): void => {
    for (const endpoint of endpoints) wakeAt(endpoint, clock.now());
  };
  const recorder = createRecorder(deps, { woken: wake, due: wakeAt });

  /** Learns what waits in the store: at the start, and whatever other processes have left there since. */
  const rescan = async (): Promise<void> => {
    rescanAt = clock.now() + deps.rescanMs;
    for (let after: EndpointId | null = null; ;) {
      const page = await store.deliveries.agenda(after, agendaPage);
      for (const { endpoint, dueAt } of page) lanes.wake(endpoint, dueAt);
      const last = page.at(-1);
      if (last === undefined || page.length < agendaPage) return;
      after = last.endpoint;
    }
  };

  const claim = async (): Promise<number> => {
    const now = clock.now();
    const wanted = lanes.wanted(now, lanesPerClaim);
    if (wanted.length === 0) return 0;
    try {
      const claims = await store.deliveries.claim(wanted, now, leaseMs);
      for (const each of claims) lanes.add(each, clock.now());
      const next = await store.deliveries.nextDue(wanted.map(({ endpoint }) => endpoint));
      for (const { endpoint, dueAt } of next) lanes.wake(endpoint, dueAt);
      return claims.length;
    } catch (error) {
      for (const { endpoint } of wanted) lanes.wake(endpoint, now + claimAgainMs);
      throw error;
    }
  };

  const dispatch = (): void => {
    while (!isResting && recorder.hasRoom()) {
      const slot = lanes.next(clock.now());
      if (slot === null) return;
      underway++;
      void deliver(slot);
    }
  };

  const ended = (): void => {
    underway--;
    dispatch();
    // Its place in memory may be what something due in the store was waiting for.
    if (lanes.nextDueAt() <= clock.now()) rouse();
    idle.look();
  };

  const deliver = async (slot: Slot): Promise<void> => {
    const { claim } = slot;
    try {
      const found = targets.get(claim.endpoint, claim.revision);
      const target = found instanceof Promise ? await orNull(found) : found;
      if (target === null || !canSend(claim, target, clock.now())) lanes.dropped(slot, clock.now());
      else await recorder.record(await attempt(slot, target));
    } catch (error) {
      log.error({ err: error, delivery: claim.id }, 'delivery.crashed');
    }
    ended();
  };

  /** Makes one request. The slot is freed as soon as the reply is there. */
  const attempt = async (slot: Slot, target: Target): Promise<AttemptResult> => {
    const { claim } = slot;
    const startedAt = clock.now();
    const { url } = target.endpoint;
    let headers: WireHeaders = {};
    let reply: Reply;
    try {
      const payload = target.dialect.render(claim.event, target.endpoint);
      headers = await sign(claim, target, payload, startedAt);
      reply = await sender.send({ url, headers, body: payload, timeoutMs: target.dialect.policy.timeoutMs });
    } catch (error) {
      log.error({ err: error, delivery: claim.id }, 'delivery.not_rendered');
      const message = 'The payload could not be rendered or signed; the server log has the details.';
      reply = { kind: 'failed', error: 'request_failed', message, status: null, durationMs: 0 };
    }
    const now = clock.now();
    lanes.sent(slot, reply, now);
    dispatch();
    const { policy } = target.dialect;
    const settlement = settle(claim, reply, policy, now, deps.random.fraction());
    const id = deps.ids.next('att', startedAt);
    return {
      claim,
      settlement,
      disabling: policy.disabling,
      attempt: toAttempt({ id, claim, startedAt, url, headers, reply, outcome: settlement.outcome }),
    };
  };

  return {
    async tick() {
      if (clock.now() >= rescanAt) await rescan();
      const claimed = await claim();
      dispatch();
      return claimed;
    },
    settled: () => idle.wait(),
    async run(signal) {
      signal.addEventListener('abort', () => rouse(), { once: true });
      while (!signal.aborted) {
        const roused = new Promise<void>((resolve) => {
          rouse = resolve;
        });
        const claimed = await this.tick().catch((error: unknown) => {
          log.error({ err: error }, 'worker.turn_failed');
          return 0;
        });
        if (claimed > 0) continue;
        const now = clock.now();
        const dueAt = Math.min(lanes.nextDueAt(), rescanAt);
        // What is due already, and yet nothing was claimed of it, waits for memory.
        sleepsUntil = dueAt > now ? dueAt : now + memoryNapMs;
        const sleeping = new AbortController();
        await Promise.race([roused, clock.sleep(sleepsUntil - now, sleeping.signal)]);
        sleeping.abort();
        sleepsUntil = -Infinity;
      }
    },
    rest() {
      isResting = true;
    },
    async stop(deadline) {
      this.rest();
      const unsent = lanes.clear();
      const cut = new Promise<void>((resolve) => {
        if (deadline.aborted) resolve();
        deadline.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([this.settled(), cut]);
      // What can't be given back now is due when its lease ends.
      await store.deliveries
        .release(unsent, clock.now())
        .catch((error: unknown) => log.error({ err: error, claims: unsent.length }, 'worker.not_released'));
    },
    places: (endpoint) => (isResting ? 0 : lanes.places(endpoint, clock.now())),
    take(claims) {
      for (const each of claims) lanes.add(each, clock.now());
      if (claims.length === 0 || isTaking) return;
      // Whoever published is answered first: sending takes longer.
      isTaking = true;
      setImmediate(() => {
        isTaking = false;
        dispatch();
        idle.look();
      });
    },
    wake,
    disown: () => void lanes.clear(),
    forget: (endpoint) => targets.forget(endpoint),
    counts: lanes.counts,
  };

  async function orNull(found: Promise<Target | null>): Promise<Target | null> {
    try {
      return await found;
    } catch (error) {
      // The store can't be read now: the claim comes due again when its lease ends.
      log.error({ err: error }, 'worker.target_unreadable');
      return null;
    }
  }
}

/** How long `run` sleeps when memory is full, should no request end before. */
const memoryNapMs = 250;

/** A disabled endpoint holds its deliveries; a lease about to end leaves them to whoever claims next. */
function canSend(claim: Claim, target: Target, now: number): boolean {
  const hasTime = now + target.dialect.policy.timeoutMs + leaseMarginMs <= claim.leaseUntil;
  return hasTime && (target.endpoint.enabled || claim.isOrdered);
}

/** Signed at `now`, with the trace that the event came with. */
async function sign(claim: Claim, target: Target, payload: Uint8Array, now: number): Promise<WireHeaders> {
  const { endpoint, secrets, dialect } = target;
  const headers = await dialect.sign({ event: claim.event, endpoint, payload, secrets }, now);
  const { traceparent } = claim.event;
  return traceparent === null ? headers : { ...headers, traceparent };
}

function toAttempt(made: {
  id: string;
  claim: Claim;
  startedAt: number;
  url: string;
  headers: WireHeaders;
  reply: Reply;
  outcome: Attempt['outcome'];
}): Attempt {
  const { id, claim, startedAt, url, headers, reply, outcome } = made;
  const isAnswered = reply.kind === 'answered';
  return {
    id,
    delivery: claim.id,
    number: claim.attempts + 1,
    startedAt,
    durationMs: Math.round(reply.durationMs),
    url,
    requestHeaders: headers,
    outcome,
    status: reply.status,
    responseHeaders: isAnswered ? reply.headers : {},
    responseBody: isAnswered ? reply.body : new Uint8Array(0),
    error: errorOf(reply),
  };
}

function errorOf(reply: Reply): Attempt['error'] {
  if (reply.kind === 'failed') return { code: reply.error, message: reply.message };
  if (!reply.isCut) return null;
  return {
    code: 'answer_cut',
    message: 'The answer was longer than what is read of an answer and was cut there.',
  };
}
