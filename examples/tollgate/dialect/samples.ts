// Sample events, one of each type; the first is the test event.
import type { EventSample } from '#dialects/dialect.ts';

export const samples: readonly EventSample[] = [
  { type: 'toll.paid', payload: { gate: 'A7-north', plate: 'TG 2041', amount: '4.20', currency: 'EUR' } },
  { type: 'toll.refused', payload: { gate: 'A7-north', plate: 'TG 2042', cause: 'card_expired' } }, // inferred
];
