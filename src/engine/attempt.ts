// One attempt: render, sign, send, settle. The worker frees the slot between sending and settling.
import type { Attempt, Reply, Unsent } from '#core/attempt.ts';
import { type Claim, isRedelivery } from '#core/delivery.ts';
import { type MadeSettlement, settle, settleCanceled } from '#core/retry.ts';
import { slotOf } from '#core/slot.ts';
import type { WireHeaders } from '#dialects/dialect.ts';
import type { Clock } from '#lib/clock.ts';
import type { IdSource } from '#lib/ids.ts';
import type { Logger } from '#lib/log.ts';
import type { Random } from '#lib/random.ts';
import type { Tracer } from '#lib/tracing.ts';
import type { Sender } from '#sending/send.ts';
import type { AttemptResult } from '#store/store.ts';
import type { Load } from './content.ts';
import { beginSend, endSend } from './spans.ts';
import type { Target } from './targets.ts';
import type { OwnHeaders } from './terms.ts';

/** A request that was made, and what came of it. */
export interface Exchange {
  /** Unix ms. */
  readonly startedAt: number;
  readonly url: string;
  /** As the log shows them: without secret values. */
  readonly headers: WireHeaders;
  readonly reply: Reply;
  readonly sent: AttemptResult['sent'];
  readonly content: AttemptResult['content'];
}

/** Its result, and whether the tenant of the endpoint can be told what follows from it. */
export interface SettledAttempt extends AttemptResult {
  readonly noticesToTenant: boolean;
}

/** What must be left of a lease beyond the timeout for a request to be started. */
const leaseMarginMs = 5_000;

/**
 * False when the lease could end before the request does: another claim sends the delivery then. False also for a
 * disabled endpoint, except for a redelivery: the store holds its deliveries.
 */
export function canSend(claim: Claim, { terms, endpoint }: Target, now: number): boolean {
  const hasTime = now + terms.policy.timeoutMs + leaseMarginMs <= claim.leaseUntil;
  return hasTime && (endpoint.enabled || isRedelivery(claim));
}

/**
 * Makes the request of one attempt, signed at the time of the call and with the `traceparent` of the event, or of the span
 * of the request where it is traced. Never rejects: a payload that cannot be rendered or signed gives a failed reply. What could not be sent for a reason of ours
 * was no attempt.
 */
export async function makeRequest(
  deps: {
    readonly sender: Sender;
    readonly clock: Clock;
    readonly log: Logger;
    readonly tracer: Tracer | null;
  },
  claim: Claim,
  target: Target,
  load: Load,
): Promise<Exchange | Unsent> {
  const startedAt = deps.clock.now();
  const { url } = load;
  const span = deps.tracer === null ? null : beginSend(deps.tracer, claim, startedAt);
  let headers: WireHeaders = {};
  let reply: Reply;
  try {
    const { sent, shown, body } = await renderRequest(load, target, startedAt, span?.traceparent);
    headers = shown;
    const { policy, connection } = target.terms;
    const { timeoutMs } = policy;
    const ending = await deps.sender.send({ url, headers: sent, body, timeoutMs, terms: connection });
    if (ending.kind === 'unsent') return ending;
    reply = ending;
  } catch (error) {
    deps.log.error({ err: error, delivery: claim.id }, 'delivery.not_rendered');
    reply = notRendered;
  }
  if (span !== null) endSend(span, claim, url, reply, deps.clock.now());
  return { startedAt, url, headers, reply, sent: load.sent, content: load.content };
}

/** Those of the dialect over those of the endpoint, and over those that a transform returned. */
export function joinHeaders(
  own: WireHeaders,
  { headers }: Pick<Target['terms'], 'headers'>,
  added: WireHeaders | null,
): OwnHeaders {
  const more = added === null ? headers : addHeaders(headers, added);
  if (more === null) return { sent: own, shown: own };
  return { sent: { ...more.sent, ...own }, shown: { ...more.shown, ...own } };
}

/** Those that a transform returned, in place of static ones of the same names. */
function addHeaders(own: OwnHeaders | null, added: WireHeaders): OwnHeaders {
  const names = new Set(Object.keys(added).map((name) => name.toLowerCase()));
  const rest = (headers: WireHeaders = {}): WireHeaders =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => !names.has(name.toLowerCase())));
  return { sent: { ...rest(own?.sent), ...added }, shown: { ...rest(own?.shown), ...added } };
}

/** An attempt that failed before its request: the transform of the endpoint did. */
export function failTransform(
  { sent }: Claim,
  { endpoint }: Target,
  { message, durationMs }: { readonly message: string; readonly durationMs: number },
  now: number,
): Exchange {
  const reply: Reply = { kind: 'failed', error: 'transform_failed', message, status: null, durationMs };
  return {
    startedAt: now - Math.round(durationMs),
    url: endpoint.url,
    headers: {},
    reply,
    sent,
    content: null,
  };
}

/** The transform of the endpoint returned null. */
export function cancelByTransform(claim: Claim, { terms }: Target, now: number): SettledAttempt {
  return {
    claim,
    attempt: null,
    settlement: settleCanceled(claim, 'transform_null', now),
    disabling: terms.policy.disabling,
    noticesToTenant: false,
    sent: claim.sent,
    content: null,
  };
}

/** The reply in place of one to a request that could not be made. */
export const notRendered: Extract<Reply, { kind: 'failed' }> = {
  kind: 'failed',
  error: 'request_failed',
  message: 'The payload could not be rendered or signed; the server log has the details.',
  status: null,
  durationMs: 0,
};

/** A request as it is sent. */
interface Rendered extends OwnHeaders {
  readonly body: Uint8Array;
}

/** The request of an attempt, signed at `now` and with the `traceparent` of the event, if no other is given. Rejects when that cannot be done. */
export async function renderRequest(
  { event, headers: added }: Pick<Load, 'event' | 'headers'>,
  { dialect, endpoint, secrets, terms }: Target,
  now: number,
  traceparent = event.traceparent,
): Promise<Rendered> {
  const body = dialect.render(event, endpoint);
  const signed = await dialect.sign({ event, endpoint, payload: body, secrets }, now);
  const own = traceparent === null ? signed : { ...signed, traceparent };
  return { ...joinHeaders(own, terms, added), body };
}

/** Decides what becomes of the delivery after an exchange that ended at `now`, by the policy of its endpoint. */
export function settleAttempt(
  deps: { readonly random: Random; readonly ids: IdSource },
  claim: Claim,
  { terms, dialect }: Target,
  { startedAt, url, headers, reply, sent, content }: Exchange,
  now: number,
): SettledAttempt & { readonly settlement: MadeSettlement } {
  const settlement = settle(claim, reply, terms.policy, now, deps.random.fraction());
  const isAnswered = reply.kind === 'answered';
  return {
    claim,
    settlement,
    disabling: terms.policy.disabling,
    noticesToTenant: dialect.noticesToTenant === true,
    sent,
    content,
    attempt: {
      id: deps.ids.next('att', startedAt, slotOf(claim.event.tenant)),
      delivery: claim.id,
      number: claim.attempts + 1,
      trigger: claim.trigger,
      startedAt,
      durationMs: Math.round(reply.durationMs),
      url,
      requestHeaders: headers,
      outcome: settlement.outcome,
      status: reply.status,
      responseHeaders: isAnswered ? reply.headers : {},
      responseBody: isAnswered ? reply.body : noBody,
      error: errorOf(reply),
    },
  };
}

const noBody = new Uint8Array(0);

function errorOf(reply: Reply): Attempt['error'] {
  if (reply.kind === 'failed') return { code: reply.error, message: reply.message };
  if (!reply.isCut) return null;
  const message = 'The response did not end within its size and time limits; the rest of it was not read.';
  return { code: 'answer_cut', message };
}
