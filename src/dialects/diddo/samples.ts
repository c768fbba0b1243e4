// Sample events, one of each type; the first is the test event.
import type { EventSample } from '#dialects/dialect.ts';

// ours: the members of `data` are not documented. Ids are UUIDs as in the rest of the platform's interface;
// a cart's states IN_PROGRESS and SUBMITTED are documented, the others are made after them.
const checkout = {
  checkout_id: '7c1f3f4e-2f0b-4d53-9a35-0c4b8a1d6e02',
  cart_id: 'e5b0a9d4-83c6-4f0e-b7a1-5d2c9f6b3a10',
};

export const samples: readonly EventSample[] = [
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
];
