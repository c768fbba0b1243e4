// The span of a publication, from its request until its events are on disk.
import type { PublishedEvent } from '#core/event.ts';
import { Fault } from '#core/fault.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Clock } from '#lib/clock.ts';
import type { Attributes, Tracer } from '#lib/tracing.ts';

interface Traced {
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly tenant: TenantId;
  /** That of the publisher. */
  readonly traceparent: string | null;
}

/** Calls `publish` with the context that the events are stored with: below the span, or the publisher's where none is recorded. */
export async function tracePublish(
  { tracer, clock, tenant, traceparent }: Traced,
  publish: (traceparent: string | null) => Promise<readonly PublishedEvent[]>,
): Promise<readonly PublishedEvent[]> {
  const start = { name: 'publish', kind: 'producer', startedAt: clock.now(), parent: traceparent } as const;
  const span = tracer.begin(start);
  if (span === null) return publish(traceparent);
  try {
    const published = await publish(span.traceparent);
    span.end(clock.now(), attributesOf(tenant, published));
    return published;
  } catch (error) {
    const code = error instanceof Fault ? error.code : 'internal_error';
    span.end(clock.now(), { 'carillon.tenant': tenant, 'error.type': code }, code);
    throw error;
  }
}

function attributesOf(tenant: TenantId, published: readonly PublishedEvent[]): Attributes {
  const [first] = published;
  return {
    'carillon.tenant': tenant,
    'carillon.deliveries': published.reduce((sum, event) => sum + event.deliveries, 0),
    'messaging.batch.message_count': published.length,
    ...(first === undefined ? {} : { 'messaging.message.id': first.id, 'carillon.event_type': first.type }),
  };
}
