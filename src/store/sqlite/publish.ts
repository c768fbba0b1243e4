// Publishing: events and all their deliveries in one transaction, with as few statements as possible. What this process
// can send at once is claimed in the insert itself and returned, so that normally no query asks what is due.
import type { Claim, DeliveryId } from '#core/delivery.ts';
import { parkedUntil } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Event, Publication } from '#core/event.ts';
import { type Capacity, countDown, freshClaim, triggerOf } from '../claims.ts';
import type { Planned, Subscriber } from '../decide.ts';
import type { Queue, Queues } from '../queues.ts';
import { writeMetadata } from '../records/event-rows.ts';
import type { PublishOutcome, PublishTerms } from '../store.ts';
import { defineInsert } from './database.ts';
import { decideWithin } from './decide.ts';
import type { Context } from './memory.ts';
import { readQueues } from './ordering.ts';

export async function publish(
  context: Context,
  publications: readonly Publication[],
  terms: PublishTerms,
): Promise<PublishOutcome> {
  if (publications.length === 0) return { results: [], claims: [], due: [] };
  return context.db.together(() => publishWithin(context, publications, terms));
}

/** The same, inside an open transaction. */
export function publishWithin(
  context: Context,
  publications: readonly Publication[],
  terms: PublishTerms,
): PublishOutcome {
  const { results, accepted } = decideWithin(context, publications, terms.now);
  return { results, ...write(context, accepted, terms) };
}

function write(
  context: Context,
  accepted: readonly Planned[],
  terms: PublishTerms,
): Omit<PublishOutcome, 'results'> {
  const { db, memory } = context;
  const batch: Batch = { claims: [], due: new Set(), eventRows: [], waitingRows: [] };
  const queues = readQueues(db, listQueues(accepted));
  const capacity = countDown(terms);
  for (const planned of accepted) fanOut(context, planned, terms, { batch, queues, capacity });
  db.insert(insertEvents, batch.eventRows);
  db.insert(insertWaiting, batch.waitingRows);
  db.afterCommit(() => (memory.waiting += batch.waitingRows.length));
  return { claims: batch.claims, due: [...batch.due] };
}

/** The rows and claims of a batch of publications. */
interface Batch {
  readonly claims: Claim[];
  readonly due: Set<EndpointId>;
  readonly eventRows: EventRow[];
  readonly waitingRows: WaitingRow[];
}

interface Tools {
  readonly batch: Batch;
  readonly queues: Queues;
  readonly capacity: Capacity;
}

/** One delivery for each endpoint: claimed for this process, due in the store, or parked behind another. */
function fanOut(
  context: Context,
  planned: Planned,
  terms: PublishTerms,
  { batch, queues, capacity }: Tools,
): void {
  const { draft, event, targets } = planned;
  const trigger = triggerOf(draft);
  const isTest = trigger === 'test' ? 1 : 0;
  const deliveries = targets.map((target) => {
    const id = context.ids.next('dlv', terms.now) as DeliveryId;
    const seq = ++context.memory.last.waiting;
    const isParked = queues.join(target.id, event.orderingKey);
    const isClaimed = target.enabled && !isParked && capacity.take(target.id);
    if (isClaimed) batch.claims.push(freshClaim(seq, id, target, event, terms, trigger));
    else if (target.enabled && !isParked) batch.due.add(target.id);
    const dueAt = isClaimed ? terms.now + terms.leaseMs : isParked ? parkedUntil : terms.now;
    batch.waitingRows.push(freshRow(seq, id, target, event, terms.now, dueAt, isClaimed ? 1 : 0, isTest));
    return id;
  });
  const range = [deliveries.length, deliveries[0] ?? null, deliveries.at(-1) ?? null];
  batch.eventRows.push(eventRow(event, draft.fingerprint, range));
}

function listQueues(accepted: readonly Planned[]): Queue[] {
  const queues: Queue[] = [];
  for (const { event, targets } of accepted) {
    if (event.orderingKey === null) continue;
    for (const target of targets) queues.push([target.id, event.orderingKey]);
  }
  return queues;
}

type WaitingRow = readonly (string | number | null)[];
type EventRow = readonly (string | number | null | Uint8Array)[];

/** In the order of `insertWaiting`. A fresh claim has lease 1, the first fencing number. */
function freshRow(
  seq: number,
  id: DeliveryId,
  target: Subscriber,
  event: Event,
  now: number,
  dueAt: number,
  claimed: 0 | 1,
  isTest: 0 | 1,
): WaitingRow {
  const { tenant, mode, orderingKey } = event;
  return [
    seq,
    id,
    tenant,
    mode,
    target.id,
    event.seq,
    orderingKey,
    0,
    0,
    now,
    dueAt,
    claimed,
    claimed,
    0,
    0,
    isTest,
    null,
  ];
}

function eventRow(event: Event, fingerprint: string, range: EventRow): EventRow {
  const { seq, id, tenant, mode, type, orderingKey, occurredAt, createdAt, traceparent, payload } = event;
  const start = [seq, id, tenant, mode, type, fingerprint, orderingKey, occurredAt, createdAt, traceparent];
  return [...start, ...range, payload, writeMetadata(event.metadata)];
}

// prettier-ignore
const insertEvents = defineInsert('events', [
  'seq', 'id', 'tenant', 'mode', 'type', 'fingerprint', 'ordering_key', 'occurred_at', 'created_at', 'traceparent',
  'deliveries', 'first_delivery', 'last_delivery', 'payload', 'metadata',
]);

// prettier-ignore
export const insertWaiting = defineInsert('deliveries_waiting', [
  'seq', 'id', 'tenant', 'mode', 'endpoint', 'event_seq', 'ordering_key', 'attempts', 'step', 'first_due_at',
  'due_at', 'lease', 'is_claimed', 'is_ordered', 'was_delivered', 'is_test', 'replay',
]);
