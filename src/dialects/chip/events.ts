// The catalogue: the platform's event types and what their payloads must be.
import { isStorable } from '#input/text.ts';
import type { EventCatalogue } from '#dialects/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import { samples } from './samples.ts';

/** documented: 21 on the older page and 8 added later; the newest page has removed two of them. */
export const eventTypes: readonly string[] = [
  'purchase.created',
  'purchase.paid',
  'purchase.payment_failure',
  'purchase.pending_execute',
  'purchase.pending_charge',
  'purchase.cancelled',
  'purchase.hold',
  'purchase.captured',
  'purchase.pending_capture',
  'purchase.released',
  'purchase.pending_release',
  'purchase.preauthorized',
  'purchase.pending_recurring_token_delete',
  'purchase.recurring_token_deleted',
  'purchase.subscription_charge_failure',
  'purchase.pending_refund',
  'payment.refunded',
  'billing_template_client.subscription_billing_cancelled',
  'payout.pending',
  'payout.failed',
  'payout.success',
  'purchase.viewed',
  'purchase.settled',
  'purchase.refund_failure',
  'purchase.capture_failure',
  'purchase.release_failure',
  'payment.charged_back',
  'payment.chargeback_reversed',
  'payout.created',
];

const known: ReadonlySet<string> = new Set(eventTypes);

export function isEventType(text: string): boolean {
  return known.has(text);
}

/** documented: `type` in the objects of these events; the other kinds have no official sample. */
const typeByFamily: Readonly<Record<string, string>> = { purchase: 'purchase', payment: 'payment' };

/** ours: the platform's ids are UUIDs; any text that the stores accept is accepted. */
const idLengthMax = 200;

const noObject =
  'The payload must be the object itself (a Purchase, Payment, Payout or BillingTemplateClient).';
const noId = `The object must have its "id", a text of 1 to ${idLengthMax} characters: deliveries keep their order by it.`;
const noTestFlag = 'The "is_test" of the object must be true or false.';

function checkPayload(type: string, payload: JsonValue): string | null {
  if (!isJsonObject(payload)) return noObject;
  if (!isObjectId(own(payload, 'id'))) return noId;
  const wanted = typeByFamily[type.slice(0, type.indexOf('.'))];
  if (wanted !== undefined && own(payload, 'type') !== wanted) {
    return `The object of this event is a ${wanted}: its "type" must be "${wanted}".`;
  }
  const isTest = own(payload, 'is_test');
  if (isTest !== undefined && typeof isTest !== 'boolean') return noTestFlag;
  const eventType = own(payload, 'event_type');
  // Receivers read the one in the object, so it must not contradict.
  if (eventType !== undefined && eventType !== type) {
    return 'The "event_type" of the object must be the type of the event; leave it out, and it is added.';
  }
  return null;
}

function isObjectId(id: JsonValue | undefined): id is string {
  return typeof id === 'string' && id !== '' && id.length <= idLengthMax && isStorable(id);
}

function own(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** documented: deliveries are sequential per source object. */
function orderingKey(_type: string, payload: JsonValue): string | null {
  const id = isJsonObject(payload) ? own(payload, 'id') : undefined;
  return isObjectId(id) ? id : null;
}

export const events: EventCatalogue = {
  checkType: (type) =>
    isEventType(type) ? null : `CHIP has no such event type; it has ${eventTypes.join(', ')}.`,
  checkPayload,
  orderingKey,
  samples,
};
