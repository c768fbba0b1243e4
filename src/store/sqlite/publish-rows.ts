// The rows of events and of waiting deliveries, as publishing inserts them.
import type { DeliveryId } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import type { Planned } from '../decide.ts';
import { writeMetadata } from '../records/event-rows.ts';
import { defineInsert } from './database.ts';

export type WaitingRow = readonly (string | number | null)[];
export type EventRow = readonly (string | number | null | Uint8Array)[];

/** In the order of `insertWaiting`. A fresh claim has lease 1, the first fencing number. */
export function freshRow(
  seq: number,
  id: DeliveryId,
  endpoint: EndpointId,
  event: Pick<Event, 'seq' | 'tenant' | 'mode' | 'orderingKey'>,
  now: number,
  dueAt: number,
  claimed: 0 | 1,
  isTest: 0 | 1 = 0,
): WaitingRow {
  const { tenant, mode, orderingKey } = event;
  // prettier-ignore
  return [
    seq, id, tenant, mode, endpoint, event.seq, orderingKey, 0, 0, now, dueAt, claimed, claimed, 0, 0, isTest, null,
  ];
}

/** Payloads are compared themselves. Rows of older versions have a hash of theirs. */
const noFingerprint = '';

export function eventRow({ event, filtered }: Planned, range: EventRow): EventRow {
  const { seq, id, tenant, mode, type, orderingKey, occurredAt, createdAt, traceparent, payload } = event;
  const start = [seq, id, tenant, mode, type, noFingerprint, orderingKey, occurredAt, createdAt, traceparent];
  return [...start, ...range, payload, writeMetadata(event.metadata), event.number, filtered || null];
}

// prettier-ignore
export const insertEvents = defineInsert('events', [
  'seq', 'id', 'tenant', 'mode', 'type', 'fingerprint', 'ordering_key', 'occurred_at', 'created_at', 'traceparent',
  'deliveries', 'first_delivery', 'last_delivery', 'payload', 'metadata',
  'number', 'filtered',
]);

// prettier-ignore
export const insertWaiting = defineInsert('deliveries_waiting', [
  'seq', 'id', 'tenant', 'mode', 'endpoint', 'event_seq', 'ordering_key', 'attempts', 'step', 'first_due_at',
  'due_at', 'lease', 'is_claimed', 'is_ordered', 'was_delivered', 'is_test', 'replay',
]);
