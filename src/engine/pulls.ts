// Deliveries that clients pull: claimed for them, rendered and signed as a push would be, and recorded by the same rules.
// Nothing is sent from here, and no lane, slot or memory of the worker is used.
import type { Claim } from '#core/delivery.ts';
import type { Endpoint } from '#core/endpoint.ts';
import {
  type GivenResult,
  type Lease,
  type LeaseVerdict,
  type PullDelivery,
  type Pulled,
  type PulledDelivery,
  pullLimits,
  type ResultVerdict,
} from '#core/pull.ts';
import type { WireHeaders } from '#dialects/dialect.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Clock } from '#lib/clock.ts';
import type { IdSource } from '#lib/ids.ts';
import type { Logger } from '#lib/log.ts';
import type { Random } from '#lib/random.ts';
import type { Store } from '#store/store.ts';
import {
  cancelByTransform,
  failTransform,
  notRendered,
  renderRequest,
  settleAttempt,
  type SettledAttempt,
} from './attempt.ts';
import { type ContentDeps, type Load, prepare, type Prepared } from './content.ts';
import type { Pause } from './pause.ts';
import { type Shortages, shortageWaitMs } from './shortages.ts';
import type { Target, Targets } from './targets.ts';

export interface PullsDeps extends ContentDeps {
  readonly store: Store;
  readonly targets: Targets;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly log: Logger;
  readonly shortages: Shortages;
  readonly pause: Pick<Pause, 'isPaused'>;
  /** Resolves when the result is on disk; false when its lease was not valid any more. */
  readonly record: (result: SettledAttempt) => Promise<boolean>;
  /** What is leased of these endpoints has changed, or what of them is due. */
  readonly notify: (endpoints: readonly Endpoint['id'][]) => void;
}

/** What was handed out, for the log of the attempt. */
interface Handed {
  /** Unix ms. */
  readonly at: number;
  readonly headers: WireHeaders;
  readonly kept: Kept;
}

/** What is kept with the attempt: retries by the schedule carry the same bytes. */
type Kept = Pick<Load, 'sent' | 'content'>;

/**
 * Bytes of the headers, and of transformed payloads, of what is handed out and has no result yet: some 10,000 deliveries. Of
 * older ones the log has no headers, and they are transformed once more.
 */
const handedBytesMax = 16 * 1024 * 1024;

export class Pulls {
  readonly #deps: PullsDeps;
  readonly #handed = new BoundedMap<string, Handed>(handedBytesMax, ({ headers, kept }) =>
    Object.entries(headers).reduce(
      (sum, [name, value]) => sum + name.length + value.length,
      200 + (kept.content?.payload.length ?? 0),
    ),
  );

  constructor(deps: PullsDeps) {
    this.#deps = deps;
  }

  /** Hands out up to `max` deliveries, less those that the client still holds. */
  async pull(endpoint: Endpoint, { max, leaseMs, held, withMissed }: PullDelivery): Promise<Pulled> {
    const { store, clock, pause } = this.#deps;
    const { id, tenant } = endpoint;
    const now = clock.now();
    const missed = withMissed ? await store.deliveries.countMissed(id, now, pullLimits.missedMax) : null;
    const open = await store.deliveries.findClaims(id, held);
    const room = pause.isPaused ? 0 : max - open.length;
    const claims = room > 0 ? await this.#claim(endpoint, room, leaseMs, now) : [];
    const deliveries = await this.#handOut(endpoint, claims);
    const nextDueAt = room > 0 ? await this.#nextDue(endpoint) : firstEnd(open);
    return { tenant, deliveries, held: open.map(toLease), nextDueAt, missed };
  }

  /** Records results. One whose lease is not held any more changes nothing. */
  async settle(endpoint: Endpoint, results: readonly GivenResult[]): Promise<readonly ResultVerdict[]> {
    const { store, targets, notify } = this.#deps;
    const found = await store.deliveries.findClaims(endpoint.id, results);
    const claims = new Map(found.map((claim) => [keyOf(toLease(claim)), claim]));
    const target = await targets.get(endpoint.tenant, endpoint.id, endpoint.revision);
    const verdicts = await Promise.all(
      results.map((result) => this.#settleOne(claims.get(keyOf(result)), target, result)),
    );
    notify([endpoint.id]);
    return verdicts;
  }

  async extend(
    endpoint: Endpoint,
    leases: readonly Lease[],
    leaseMs: number,
  ): Promise<readonly LeaseVerdict[]> {
    const until = this.#deps.clock.now() + leaseMs;
    const extended = await this.#deps.store.deliveries.extend(endpoint.id, leases, until);
    return judgeLeases(leases, extended, until);
  }

  /** Gives deliveries back: they are due at once. */
  async release(endpoint: Endpoint, leases: readonly Lease[]): Promise<readonly LeaseVerdict[]> {
    const { store, clock, notify } = this.#deps;
    const claims = await store.deliveries.findClaims(endpoint.id, leases);
    for (const lease of leases) this.#handed.delete(keyOf(lease));
    await store.deliveries.release(claims, clock.now());
    notify([endpoint.id]);
    return judgeLeases(leases, claims.map(toLease), null);
  }

  /** What is beyond the size of an answer is given back. */
  async #claim({ id }: Endpoint, room: number, leaseMs: number, now: number): Promise<readonly Claim[]> {
    const { deliveries } = this.#deps.store;
    const claims = await deliveries.pull(id, Math.min(room, pullLimits.deliveriesMax), now, leaseMs);
    let bytes = 0;
    const past = claims.findIndex(({ event }, index) => {
      bytes += event.payload.byteLength;
      return bytes > pullLimits.bytesMax && index > 0;
    });
    if (past === -1) return claims;
    await deliveries.release(claims.slice(past), now);
    return claims.slice(0, past);
  }

  async #handOut(endpoint: Endpoint, claims: readonly Claim[]): Promise<readonly PulledDelivery[]> {
    if (claims.length === 0) return [];
    const target = await this.#deps.targets.get(endpoint.tenant, endpoint.id, claims[0]?.revision ?? 0);
    // Removed meanwhile: what waits for it is canceled.
    if (target === null) return [];
    const made = await Promise.all(claims.map((claim) => this.#handOutOne(claim, target)));
    return made.filter((delivery) => delivery !== null);
  }

  /** Null for what a transform cancels or cannot make, which is recorded, and for what must wait. */
  async #handOutOne(claim: Claim, target: Target): Promise<PulledDelivery | null> {
    const { record, clock } = this.#deps;
    const prepared = await prepare(this.#deps, claim, target);
    const now = clock.now();
    switch (prepared.kind) {
      case 'load':
        return this.#render(claim, target, prepared.load, now);
      case 'canceled':
        await record(cancelByTransform(claim, target, now));
        return null;
      case 'failed': {
        const exchange = failTransform(claim, target, prepared, now);
        await record(settleAttempt(this.#deps, claim, target, exchange, now));
        return null;
      }
      default:
        await this.#postpone(claim, prepared, now);
        return null;
    }
  }

  /** Null for what cannot be rendered, which is recorded as a failed attempt. */
  async #render(claim: Claim, target: Target, load: Load, now: number): Promise<PulledDelivery | null> {
    const { sent: kind, content } = load;
    const kept = { sent: kind, content };
    try {
      const { sent, shown, body } = await renderRequest(load, target, now);
      this.#handed.set(keyOf(toLease(claim)), { at: now, headers: shown, kept });
      return { ...describe(claim), headers: sent, body };
    } catch (error) {
      this.#deps.log.error({ err: error, delivery: claim.id }, 'delivery.not_rendered');
      const exchange = { startedAt: now, url: '', headers: {}, reply: notRendered, ...kept };
      await this.#deps.record(settleAttempt(this.#deps, claim, target, exchange, now));
      return null;
    }
  }

  /** Nothing was handed out, for a reason of ours: no attempt. */
  async #postpone(
    claim: Claim,
    prepared: Extract<Prepared, { kind: 'unsent' | 'unreadable' }>,
    now: number,
  ): Promise<void> {
    if (prepared.kind === 'unsent') this.#deps.shortages.report(prepared);
    await this.#deps.store.deliveries.release([claim], now + shortageWaitMs);
  }

  /** What was handed out by another process, or before much else: a transform makes the same of the same. */
  async #remake(claim: Claim, target: Target): Promise<Kept> {
    const prepared = await prepare(this.#deps, claim, target);
    return prepared.kind === 'load' ? prepared.load : { sent: claim.sent, content: null };
  }

  async #settleOne(
    claim: Claim | undefined,
    target: Target | null,
    result: GivenResult,
  ): Promise<ResultVerdict> {
    const { delivery } = result;
    const lost = { delivery, kind: 'claim_lost' } as const;
    if (claim === undefined || target === null) return lost;
    const now = this.#deps.clock.now();
    const key = keyOf(result);
    const handed = this.#handed.get(key);
    this.#handed.delete(key);
    const durationMs = result.durationMs ?? (handed === undefined ? 0 : now - handed.at);
    const reply =
      result.reply.kind === 'answered'
        ? { ...result.reply, isCut: false, durationMs }
        : { ...result.reply, durationMs };
    const { sent, content } = handed?.kept ?? (await this.#remake(claim, target));
    const headers = handed?.headers ?? {};
    const exchange = { startedAt: now - durationMs, url: '', headers, reply, sent, content };
    const settled = settleAttempt(this.#deps, claim, target, exchange, now);
    if (!(await this.#deps.record(settled))) return lost;
    const { state, dueAt } = settled.settlement;
    return { delivery, kind: 'recorded', state, dueAt: state === 'pending' ? dueAt : null };
  }

  async #nextDue({ id }: Endpoint): Promise<number | null> {
    const [next] = await this.#deps.store.deliveries.nextDue([id]);
    return next?.dueAt ?? null;
  }
}

function describe(claim: Claim): Omit<PulledDelivery, 'headers' | 'body'> {
  const { event, leaseUntil, trigger } = claim;
  return {
    ...toLease(claim),
    leaseUntil,
    attempt: claim.attempts + 1,
    trigger,
    event: event.id,
    eventType: event.type,
    orderingKey: event.orderingKey,
  };
}

function toLease({ id, lease }: Claim): Lease {
  return { delivery: id, lease };
}

function keyOf({ delivery, lease }: Lease): string {
  return `${delivery} ${lease}`;
}

/** The end of the lease that ends first. */
function firstEnd(claims: readonly Claim[]): number | null {
  return claims.length === 0 ? null : Math.min(...claims.map(({ leaseUntil }) => leaseUntil));
}

function judgeLeases(
  asked: readonly Lease[],
  held: readonly Lease[],
  leaseUntil: number | null,
): readonly LeaseVerdict[] {
  const keys = new Set(held.map(keyOf));
  return asked.map((lease) => ({
    delivery: lease.delivery,
    isHeld: keys.has(keyOf(lease)),
    leaseUntil: keys.has(keyOf(lease)) ? leaseUntil : null,
  }));
}
