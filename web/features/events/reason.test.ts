import { expect, test } from 'vitest';
import { reasonOf } from './reason.ts';

const endpoint = {
  mode: 'live',
  eventTypes: ['*'],
  filter: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
} as const;
const event = { mode: 'live', type: 'payment.paid', createdAt: '2026-01-02T00:00:00.000Z' } as const;

test.each([
  [{ mode: 'test' }, 'It is a test endpoint, and this is a live event.'],
  [{ createdAt: '2026-01-03T00:00:00.000Z' }, 'It was created after the event was published.'],
  [
    { eventTypes: ['payout.*', 'paymentx'] },
    'It does not subscribe to payment.paid, but to payout.*, paymentx.',
  ],
  [{ eventTypes: [] }, 'It does not subscribe to payment.paid, but to nothing.'],
  [{ eventTypes: ['payment.*'], filter: { a: 1 } }, 'Its filter did not match the event.'],
  [
    { updatedAt: '2026-01-03T00:00:00.000Z' },
    'It was changed after the event was published, and did not subscribe to it then.',
  ],
  [{ eventTypes: ['payment.paid'] }, 'The event was for another endpoint alone, such as a test event.'],
] as const)('%j: %s', (changes, text) => {
  const changed = { ...endpoint, ...changes } as unknown as Parameters<typeof reasonOf>[0];
  expect(reasonOf(changed, event)).toEqual({ text, isFiltered: 'filter' in changes });
});
