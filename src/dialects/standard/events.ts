// The catalogue: any well-formed type with any JSON payload. The platform's own names are its own business.
import type { EventCatalogue } from '#dialects/dialect.ts';

/** Letters, digits and `_ . : -`. */
export const eventTypePattern = '^[A-Za-z0-9_.:\\-]+$'; // ours
export const eventTypeLengthMax = 128; // ours

const eventType = new RegExp(eventTypePattern, 'u');

/** True for the name of an event type; `*` is a subscription, not a name. */
export function isEventType(text: string): boolean {
  return text.length <= eventTypeLengthMax && eventType.test(text);
}

export const events: EventCatalogue = {
  checkType: (type) =>
    isEventType(type)
      ? null
      : `An event type has 1 to ${eventTypeLengthMax} letters, digits or any of "_", ".", ":" and "-".`,
  checkPayload: () => null, // documented by Standard Webhooks: `data` may be anything
  orderingKey: () => null, // only when the publisher gives one
  samples: [
    { type: 'carillon.test', payload: { message: 'This is a test event.' } },
    {
      type: 'payment.succeeded',
      payload: {
        id: 'pay_8Kq2mXw4Zt',
        amount: '129.90',
        currency: 'EUR',
        method: 'card',
        reference: 'order-20417',
        customer: { id: 'cus_51Jd9', email: 'ada@example.com' },
        capturedAt: '2026-01-02T03:04:05.678Z',
      },
    },
    {
      type: 'payment.failed',
      payload: {
        id: 'pay_8Kq2mXw4Zu',
        amount: '15.00',
        currency: 'USD',
        method: 'card',
        reference: 'order-20418',
        failure: { code: 'insufficient_funds', message: 'The card has insufficient funds.' },
      },
    },
    {
      type: 'refund.succeeded',
      payload: {
        id: 'ref_2Lm7',
        payment: 'pay_8Kq2mXw4Zt',
        amount: '29.90',
        currency: 'EUR',
        reason: 'requested_by_customer',
      },
    },
    {
      type: 'payout.paid',
      payload: {
        id: 'po_77Hc',
        amount: '2480.15',
        currency: 'EUR',
        arrivesOn: '2026-01-05',
        destination: { bank: 'Example Bank', accountEnding: '4242' },
      },
    },
  ],
};
