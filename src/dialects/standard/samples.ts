// Sample events of a payment platform; the first is the test event.
import type { EventSample } from '#dialects/dialect.ts';

export const samples: readonly EventSample[] = [
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
];
