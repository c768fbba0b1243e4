// The spans of the engine: below the context that the store keeps with an event, also when it is sent days later or by
// another process.
import type { Reply } from '#core/attempt.ts';
import type { Claim } from '#core/delivery.ts';
import type { Publication } from '#core/event.ts';
import type { Span, Tracer } from '#lib/tracing.ts';
import { leaseMs } from './claimer.ts';

/** One for each publication of a group commit: they share its time. */
export function traceCommit(
  tracer: Tracer,
  publications: readonly Publication[],
  startedAt: number,
  endedAt: number,
): void {
  for (const [draft] of publications) {
    const parent = draft?.traceparent ?? null;
    const span = tracer.continue({ name: 'commit', kind: 'internal', startedAt, parent });
    span?.end(endedAt, { 'carillon.commit.publications': publications.length });
  }
}

/** Begins the span of a request, after that of the time from its claim until now. Null when the event has no trace. */
export function beginSend(tracer: Tracer, claim: Claim, startedAt: number): Span | null {
  const parent = claim.event.traceparent;
  const claimedAt = Math.min(claim.leaseUntil - leaseMs, startedAt);
  const claimed = tracer.continue({ name: 'claim', kind: 'internal', startedAt: claimedAt, parent });
  claimed?.end(startedAt, attributesOf(claim));
  return tracer.continue({ name: 'send', kind: 'client', startedAt, parent });
}

/** Without the path and the query of the URL: they may hold secrets of the receiver. */
export function endSend(span: Span, claim: Claim, url: string, reply: Reply, endedAt: number): void {
  const { hostname, port, protocol } = new URL(url);
  const attributes = {
    ...attributesOf(claim),
    'http.request.method': 'POST',
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    ...(reply.status === null ? {} : { 'http.response.status_code': reply.status }),
    ...(reply.kind === 'failed' ? { 'error.type': reply.error } : {}),
  };
  const isRefused = reply.kind === 'answered' && reply.status >= 400;
  span.end(endedAt, attributes, reply.kind === 'failed' ? reply.error : isRefused ? `${reply.status}` : null);
}

function attributesOf({ id, endpoint, attempts, trigger, event }: Claim): Record<string, string | number> {
  return {
    'messaging.message.id': event.id,
    'carillon.tenant': event.tenant,
    'carillon.endpoint': endpoint,
    'carillon.delivery': id,
    'carillon.attempt': attempts + 1,
    'carillon.trigger': trigger,
  };
}
