// The catalogue: six event types, and what their payloads must be.
import type { EventCatalogue } from '#dialects/dialect.ts';
import { isJsonObject } from '#lib/json.ts';

/** documented; `cancelled` has two l's and means that the customer's payments failed too often */
export const eventTypes = [
  'checkout.initialized',
  'checkout.in_progress',
  'checkout.succeeded',
  'checkout.failed',
  'checkout.cancelled',
  'order.submitted',
] as const;

const known: ReadonlySet<string> = new Set(eventTypes);

// ours: the members of `data` are not documented. Ids are UUIDs as in the rest of the platform's interface;
// a cart's states IN_PROGRESS and SUBMITTED are documented, the others are made after them.
const checkout = {
  checkout_id: '7c1f3f4e-2f0b-4d53-9a35-0c4b8a1d6e02',
  cart_id: 'e5b0a9d4-83c6-4f0e-b7a1-5d2c9f6b3a10',
};

export const events: EventCatalogue = {
  checkType: (type) => (known.has(type) ? null : `An event type is one of ${eventTypes.join(', ')}.`),
  checkPayload: (_type, payload) =>
    isJsonObject(payload)
      ? null
      : 'The payload must be a JSON object: it becomes the "data" of what is delivered.',
  orderingKey: () => null, // ours: no order is documented
  samples: [
    { type: 'checkout.succeeded', payload: { ...checkout, status: 'SUCCEEDED' } },
    { type: 'checkout.initialized', payload: { ...checkout, status: 'INITIALIZED' } },
    { type: 'checkout.in_progress', payload: { ...checkout, status: 'IN_PROGRESS' } },
    { type: 'checkout.failed', payload: { ...checkout, status: 'FAILED' } },
    { type: 'checkout.cancelled', payload: { ...checkout, status: 'CANCELLED' } },
    {
      type: 'order.submitted',
      payload: {
        order_id: '0b7d6c52-41e9-4a8e-8c1b-93f2a7e4d518',
        checkout_id: checkout.checkout_id,
        cart_id: checkout.cart_id,
        status: 'SUBMITTED',
      },
    },
  ],
};
