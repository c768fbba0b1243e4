// Publishing: events and all their deliveries in one transaction, with as few statements as possible. What this process
// can send at once is claimed in the insert itself and returned, so that normally no query asks what is due.
import type { Claim, DeliveryId } from '#core/delivery.ts';
import { parkedUntil } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Publication } from '#core/event.ts';
import { slotOf } from '#core/slot.ts';
import type { TenantId } from '#core/tenant.ts';
import { type Capacity, countDown, freshClaim, triggerOf } from '../claims.ts';
import { countNumbered, type Decided, numberEvents, type NumberedRow, type Planned } from '../decide.ts';
import { deliveriesPerCommit } from '../fan-out.ts';
import { type Queues, queuesJoined } from '../queues.ts';
import { sql } from '../sql.ts';
import type { PublishOutcome, PublishTerms } from '../store.ts';
import { decideWithin } from './decide.ts';
import { stage } from './fan-out.ts';
import type { Context } from './memory.ts';
import { readQueues } from './ordering.ts';
import {
  eventRow,
  type EventRow,
  freshRow,
  insertEvents,
  insertWaiting,
  type WaitingRow,
} from './publish-rows.ts';
import { text } from './text.ts';

export async function publish(
  context: Context,
  publications: readonly Publication[],
  terms: PublishTerms,
): Promise<PublishOutcome> {
  if (publications.length === 0) return { results: [], fanOuts: new Map(), claims: [], due: [] };
  return context.db.together(() => publishWithin(context, publications, terms, deliveriesPerCommit));
}

/** The same, inside an open transaction; with `deliveriesMax` deliveries, not counting small publications. */
export function publishWithin(
  context: Context,
  publications: readonly Publication[],
  terms: PublishTerms,
  deliveriesMax: number,
): PublishOutcome {
  const decided = decideWithin(context, publications, terms.now, deliveriesMax);
  const { results, accepted, staged } = numberEvents(decided, takeNumbers(context, decided));
  return { results, ...write(context, accepted, terms), fanOuts: stage(context, staged, terms.now) };
}

/** Moves the counter of each tenant whose events are numbered; where each stands now. */
function takeNumbers({ db }: Context, decided: Decided): ReadonlyMap<TenantId, number> {
  const last = new Map<TenantId, number>();
  for (const [tenant, count] of countNumbered(decided)) {
    const row = db.get<NumberedRow>(sql`
      update tenants set events_numbered = events_numbered + ${count} where id = ${tenant}
      returning id, events_numbered`);
    if (row !== undefined) last.set(tenant, row.events_numbered);
  }
  return last;
}

function write(
  context: Context,
  accepted: readonly Planned[],
  terms: PublishTerms,
): Pick<PublishOutcome, 'claims' | 'due'> {
  const { db, memory } = context;
  const batch: Batch = { claims: [], due: new Set(), eventRows: [], waitingRows: [] };
  const queues = readQueues(db, queuesJoined(accepted, text));
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
  const slot = slotOf(event.tenant);
  const deliveries = targets.map((target) => {
    const id = context.ids.next('dlv', terms.now, slot) as DeliveryId;
    const seq = ++context.memory.last.waiting;
    const isParked = queues.join(target.id, event.orderingKey);
    const isClaimed = target.enabled && !isParked && capacity.take(target, event.tenant);
    if (isClaimed) batch.claims.push(freshClaim(seq, id, target, event, terms, trigger));
    else if (target.enabled && !isParked) batch.due.add(target.id);
    const dueAt = isClaimed ? terms.now + terms.leaseMs : isParked ? parkedUntil : terms.now;
    batch.waitingRows.push(freshRow(seq, id, target.id, event, terms.now, dueAt, isClaimed ? 1 : 0, isTest));
    return id;
  });
  const range = [deliveries.length, deliveries[0] ?? null, deliveries.at(-1) ?? null];
  batch.eventRows.push(eventRow(planned, range));
}
