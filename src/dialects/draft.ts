// An event as its tenant's dialect lets it be published: checked, encoded and fingerprinted.
import type { PublishEvent } from '#core/commands.ts';
import { type EventDraft, eventIdLengthMax, eventIdPattern, orderingKeyLengthMax } from '#core/event.ts';
import { Fault, fieldFault } from '#core/fault.ts';
import { fingerprint } from '#core/fingerprint.ts';
import type { Limits } from '#core/limits.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Dialect } from './dialect.ts';

export interface DraftContext {
  readonly tenant: TenantId;
  readonly dialect: Dialect;
  readonly limits: Limits;
  readonly traceparent?: string | null;
  /** The path that the fields of the event are named under: `events[3].`; empty for a single one. */
  readonly at?: string;
}

const eventId = new RegExp(eventIdPattern);
/** Its arrays are their own: a `Buffer` is a window on a pool, all of which would travel with it between threads. */
const utf8 = new TextEncoder();

/** Faults: `field_invalid`, `event_type_unknown`, `payload_refused`, `body_too_large`. */
export function draftEvent(event: PublishEvent, context: DraftContext): EventDraft {
  const { tenant, dialect, limits, traceparent = null, at = '' } = context;
  const { id, type, mode = 'live', orderingKey } = event;
  if (id !== undefined && (id.length > eventIdLengthMax || !eventId.test(id))) {
    throw fieldFault(`${at}id`, `must be 1 to ${eventIdLengthMax} letters, digits, "_", ":" or "-"`);
  }
  if (orderingKey !== undefined && (orderingKey === '' || orderingKey.length > orderingKeyLengthMax)) {
    throw fieldFault(`${at}orderingKey`, `must be 1 to ${orderingKeyLengthMax} characters`);
  }
  refuse('event_type_unknown', `${at}type`, dialect.events.checkType(type));
  const payload = utf8.encode(JSON.stringify(event.payload));
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
    fingerprint: fingerprint(type, mode, payload),
    orderingKey: orderingKey ?? dialect.events.orderingKey(type, event.payload),
    occurredAt: event.occurredAt ?? null,
    traceparent,
    onlyEndpoint: null,
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
