// Retries: decides the next state and due time of a delivery after an attempt: success rule, schedule (exponential
// backoff with jitter), Retry-After, exhaustion. Pure.
import type { Schedule } from './schedule.ts';
import type { Outcome, Reply } from './attempt.ts';
import type { Claim, DeliveryNote } from './delivery.ts';
import type { DisablingRule } from './disabling.ts';

/** How a dialect delivers, as data. */
export interface DeliveryPolicy {
  /** Deadline for a whole exchange. */
  readonly timeoutMs: number;
  /** Statuses that count as accepted, both ends included. */
  readonly accepted: { readonly from: number; readonly to: number };
  readonly schedule: Schedule;
  /** Honour `Retry-After` on 429 and 503: never earlier than it says. */
  readonly honoursRetryAfter: boolean;
  /** 410 Gone disables the endpoint. */
  readonly disablesOnGone: boolean;
  readonly disabling: DisablingRule;
  /** What enabling an endpoint sends besides held deliveries: nothing, or also those exhausted meanwhile. */
  readonly onEnable: 'release' | 'release-and-replay';
}

const seconds = 1000;
const minutes = 60 * seconds;
const hours = 60 * minutes;

/** Ten attempts over three days: for dialects whose platform has not published a schedule. */
export const threeDaySchedule: Schedule = {
  delaysMs: [
    0,
    5 * seconds,
    5 * minutes,
    30 * minutes,
    2 * hours,
    5 * hours,
    10 * hours,
    14 * hours,
    20 * hours,
    24 * hours,
  ],
  from: 'previous',
  jitter: 0.1,
};

/** What an attempt led to, or that none is to be made. */
export interface Settlement {
  /** Null without an attempt. */
  readonly outcome: Outcome | null;
  readonly state: 'pending' | 'delivered' | 'exhausted' | 'canceled';
  /** When the next attempt is due; meaningful while `pending`. */
  readonly dueAt: number;
  readonly step: number;
  /** The receiver answered 410 Gone and the policy disables on it. */
  readonly isGone: boolean;
  readonly note?: DeliveryNote;
}

/** What an attempt led to. */
export interface MadeSettlement extends Settlement {
  readonly outcome: Outcome;
  readonly state: Exclude<Settlement['state'], 'canceled'>;
}

/** Upper bound of `Retry-After`. */
export const retryAfterMsMax = 24 * 60 * 60 * 1000;

/** The outcome of a reply under a policy. */
export function judge(reply: Reply, policy: DeliveryPolicy): Outcome {
  if (reply.kind === 'failed') return 'unreachable';
  const isAccepted = reply.status >= policy.accepted.from && reply.status <= policy.accepted.to;
  return isAccepted ? 'accepted' : 'refused';
}

/**
 * What becomes of a claimed delivery after `reply`. A redelivery that fails leaves the schedule as it was. `fraction` is a
 * random number in [0, 1).
 */
export function settle(
  claim: Pick<Claim, 'step' | 'firstDueAt' | 'wasDelivered' | 'scheduledAt'>,
  reply: Reply,
  policy: DeliveryPolicy,
  now: number,
  fraction: number,
): MadeSettlement {
  const outcome = judge(reply, policy);
  const isGone = policy.disablesOnGone && reply.kind === 'answered' && reply.status === 410;
  if (outcome === 'accepted') return { outcome, state: 'delivered', dueAt: now, step: claim.step, isGone };
  const isExtra = claim.scheduledAt !== null;
  const step = isExtra ? claim.step : claim.step + 1;
  const scheduledAt =
    claim.scheduledAt ?? attemptDueAt(policy.schedule, step, claim.firstDueAt, now, fraction);
  if (scheduledAt === null) {
    const state = claim.wasDelivered ? 'delivered' : 'exhausted';
    return { outcome, state, dueAt: now, step, isGone };
  }
  const earliestAt = policy.honoursRetryAfter ? now + readRetryAfter(reply, now) : now;
  return { outcome, state: 'pending', dueAt: Math.max(scheduledAt, earliestAt), step, isGone };
}

/** What becomes of a claimed delivery that is not to be sent: one that had been delivered before stays so. */
export function settleCanceled(
  { step, wasDelivered }: Pick<Claim, 'step' | 'wasDelivered'>,
  note: DeliveryNote,
  now: number,
): Settlement {
  const state = wasDelivered ? 'delivered' : 'canceled';
  return { outcome: null, state, dueAt: now, step, isGone: false, note };
}

/** When the attempt at `step` is due; null past the end of the schedule. */
export function attemptDueAt(
  schedule: Schedule,
  step: number,
  firstDueAt: number,
  now: number,
  fraction: number,
): number | null {
  const delayMs = schedule.delaysMs[step];
  if (delayMs === undefined) return null;
  const spreadMs = Math.round(delayMs * (1 + schedule.jitter * fraction));
  return schedule.from === 'first' ? Math.max(now, firstDueAt + spreadMs) : now + spreadMs;
}

/**
 * The wait in ms that a 429 or 503 asks for (RFC 9110 section 10.2.3): seconds of any length, or one of the three forms
 * of an HTTP date; the longest when it is given several times. 0 for none, at most `retryAfterMsMax`.
 */
export function readRetryAfter(reply: Reply, now: number): number {
  if (reply.kind !== 'answered' || (reply.status !== 429 && reply.status !== 503)) return 0;
  const text = reply.headers['retry-after'] ?? '';
  // Anything beside the values and the commas between them makes the header invalid.
  if (text.replaceAll(retryAfterValue, '').replaceAll(/[\s,]/g, '') !== '') return 0;
  const waits = (text.match(retryAfterValue) ?? []).map((value) =>
    /^\d+$/.test(value) ? Number(value) * 1000 : readHttpDate(value) - now,
  );
  return Math.min(Math.max(0, ...waits.filter((wait) => !Number.isNaN(wait))), retryAfterMsMax);
}

/** Seconds, or a date as in `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`. */
const retryAfterValue =
  /\b(?:[A-Z][a-z]{2,8}, ?\d{1,2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d \d{4}|\d+)\b/g;

/** Unix ms; NaN for a day that does not exist. The third form names no zone and means UTC. */
function readHttpDate(text: string): number {
  return Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
}
