// Event drafts: an event checked by its tenant's dialect.
import type { PublishEvent } from '#core/commands.ts';
import type { EventDraft } from '#core/event.ts';
import { Fault } from '#core/fault.ts';
import type { Limits } from '#core/limits.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Dialect } from './dialect.ts';

export interface DraftContext {
  readonly tenant: TenantId;
  readonly dialect: Dialect;
  readonly limits: Limits;
  readonly traceparent?: string | null;
  /** Prefix of the field names in faults: `events[3].`; empty for a single event. */
  readonly at?: string;
}

/** The id and the ordering key are checked where the event is read. Faults: `event_type_unknown`, `payload_refused`, `body_too_large`. */
export function draftEvent(event: PublishEvent, context: DraftContext): EventDraft {
  const { tenant, dialect, limits, traceparent = null, at = '' } = context;
  const { id, type, mode = 'live', orderingKey } = event;
  refuse('event_type_unknown', `${at}type`, dialect.events.checkType(type));
  const payload = event.source;
  if (payload.length > limits.payloadBytesMax) {
    const problem = `is ${payload.length} bytes of JSON; at most ${limits.payloadBytesMax} are accepted`;
    refuse('body_too_large', `${at}payload`, problem);
  }
  refuse('payload_refused', `${at}payload`, dialect.events.checkPayload(type, event.payload));
  return {
    id: id ?? null,
    tenant,
    mode,
    type,
    payload,
    orderingKey: orderingKey ?? dialect.events.orderingKey(type, event.payload),
    occurredAt: event.occurredAt ?? null,
    traceparent,
    metadata: event.metadata ?? {},
    onlyEndpoint: null,
    isNumbered: dialect.numbersEvents === true,
  };
}

function refuse(
  code: 'event_type_unknown' | 'payload_refused' | 'body_too_large',
  field: string,
  problem: string | null,
): void {
  if (problem === null) return;
  throw new Fault(code, `${field}: ${problem}`, { fields: [{ field, message: problem }] });
}
