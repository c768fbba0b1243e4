// Publishing: events and all their deliveries by one statement, for any size of the batch. What this process can send at
// once is claimed in the insert itself and returned, so that normally no query asks what is due. Two processes may
// publish the same id at the same time: the second insert waits for the first, violates the primary key of `event_ids`,
// and is decided again.
import { type DeliveryId, parkedUntil, type Trigger } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Event, Publication } from '#core/event.ts';
import { slotOf } from '#core/slot.ts';
import type { TenantId } from '#core/tenant.ts';
import { type Capacity, countDown, freshClaim, noCapacity, triggerOf } from '../claims.ts';
import { countNumbered, type Decided, numberEvents, type NumberedRow, type Planned } from '../decide.ts';
import { deliveriesPerCommit } from '../fan-out.ts';
import { type Queues, queuesJoined } from '../queues.ts';
import { sql, type Value } from '../sql.ts';
import type { PublishOutcome, PublishTerms } from '../store.ts';
import type { Subscriber } from '../targets.ts';
import { violatedConstraint } from './advice.ts';
import { movableSlots, slotsToCheck } from './closed-slots.ts';
import type { Context } from './context.ts';
import { perform, type Queries } from './database.ts';
import { decideWithin } from './decide.ts';
import { stage } from './fan-out.ts';
import { lockQueues, readQueues } from './ordering.ts';
import { BatchClosed, eventRow, insertPublished } from './publish-rows.ts';
import { text, toStored } from './text.ts';
import { unnest } from './unnest.ts';

/** How often a batch is decided while other processes publish one of its ids meanwhile. */
const decisionsMax = 5;

export async function publish(
  context: Context,
  publications: readonly Publication[],
  terms: PublishTerms,
): Promise<PublishOutcome> {
  if (publications.length === 0) return { results: [], fanOuts: new Map(), claims: [], due: [] };
  try {
    return await publishAll(context, publications, terms);
  } catch (error) {
    if (!(error instanceof BatchClosed)) throw error;
    return publishOpen(context, publications, terms, error.slots);
  }
}

/** Without what is of closed slots: that is refused. */
async function publishOpen(
  context: Context,
  publications: readonly Publication[],
  terms: PublishTerms,
  closed: ReadonlySet<number>,
): Promise<PublishOutcome> {
  const isOpen = (publication: Publication): boolean =>
    movableSlots(publication.map(({ tenant }) => tenant)).every((slot) => !closed.has(slot));
  const places = [...publications.keys()].filter((index) => isOpen(publications[index] ?? []));
  const outcome = await publish(
    context,
    places.map((index) => publications[index] ?? []),
    terms,
  );
  const results: PublishOutcome['results'][number][] = publications.map(() => ({ kind: 'unavailable' }));
  for (const [nth, result] of outcome.results.entries()) results[places[nth] ?? 0] = result;
  const fanOuts = [...outcome.fanOuts].map(([nth, fanOut]) => [places[nth] ?? 0, fanOut] as const);
  return { ...outcome, results, fanOuts: new Map(fanOuts) };
}

async function publishAll(
  context: Context,
  publications: readonly Publication[],
  terms: PublishTerms,
): Promise<PublishOutcome> {
  for (let decision = 1; ; decision++) {
    try {
      const decided = await decideWithin(context, context.db, publications, terms.now, deliveriesPerCommit);
      const { results } = decided;
      const written = await write(context, decided, terms);
      context.notify.due(written.due);
      return { results, ...written };
    } catch (error) {
      if (decision >= decisionsMax || violatedConstraint(error) !== 'event_ids_pkey') throw error;
    }
  }
}

/** The same, inside an open transaction, and whole: notices have few deliveries. */
export async function publishWithin(
  context: Context,
  tx: Queries,
  publications: readonly Publication[],
  terms: PublishTerms,
): Promise<PublishOutcome> {
  const decided = await decideWithin(context, tx, publications, terms.now, Infinity);
  // What was leased before its slot was closed is still recorded, with what it has to tell.
  const unchecked = { ...context, isPartition: false };
  return { results: decided.results, ...(await writeWithin(unchecked, tx, decided, terms)) };
}

type Written = Pick<PublishOutcome, 'claims' | 'due'>;

type Published = Written & Pick<PublishOutcome, 'fanOuts'>;

/** Without ordering keys, numbers and pieces, the one statement is the whole transaction. */
async function write(context: Context, decided: Decided, terms: PublishTerms): Promise<Published> {
  const { accepted, staged } = decided;
  const isPlain = accepted.every(({ draft, event }) => event.orderingKey === null && !draft.isNumbered);
  if (isPlain && staged.length === 0) {
    if (accepted.length === 0) return { claims: [], due: [], fanOuts: new Map() };
    const queues = await perform(context.db, readQueues([]));
    return { ...(await writeRows(context, context.db, accepted, terms, queues)), fanOuts: new Map() };
  }
  return context.db.transaction((tx) => writeWithin(context, tx, decided, terms));
}

/** What is staged shares the transaction with the rest: another decision finds all of it or nothing. */
async function writeWithin(
  context: Context,
  tx: Queries,
  decided: Decided,
  terms: PublishTerms,
): Promise<Published> {
  const { accepted, staged } = numberEvents(decided, await takeNumbers(tx, decided));
  const written = await writeQueued(context, tx, accepted, terms);
  return { ...written, fanOuts: await stage(context, tx, staged, terms.now) };
}

/**
 * Moves the counter of each tenant whose events are numbered; where each stands now. The row of a tenant stays locked
 * until the commit, and tenants are locked in one order.
 */
async function takeNumbers(tx: Queries, decided: Decided): Promise<ReadonlyMap<TenantId, number>> {
  const counts = [...countNumbered(decided)];
  if (counts.length === 0) return new Map();
  const rows = await tx.all<NumberedRow>(sql`
    with given as materialized (
      select t.id, g.count from ${unnest('g', { id: 'text', count: 'bigint' }, counts)}
      join tenants t on t.id = g.id order by t.id for no key update of t
    )
    update tenants set events_numbered = events_numbered + given.count from given where tenants.id = given.id
    returning tenants.id, events_numbered`);
  return new Map(rows.map((row) => [row.id, row.events_numbered]));
}

async function writeQueued(
  context: Context,
  tx: Queries,
  accepted: readonly Planned[],
  terms: PublishTerms,
): Promise<Written> {
  if (accepted.length === 0) return { claims: [], due: [] };
  const queues = queuesJoined(accepted, text);
  await perform(tx, lockQueues(queues));
  return writeRows(context, tx, accepted, terms, await perform(tx, readQueues(queues)));
}

/** The rows and claims of a batch of publications. */
interface Batch {
  readonly fresh: Fresh[];
  readonly due: Set<EndpointId>;
  readonly events: Value[][];
  readonly waiting: Value[][];
  readonly tests: number[];
  readonly slots: readonly number[] | null;
}

/** A delivery that is claimed as it is written. */
interface Fresh {
  readonly id: DeliveryId;
  readonly target: Subscriber;
  readonly event: Event;
  readonly trigger: Trigger;
}

async function writeRows(
  context: Context,
  queries: Queries,
  accepted: readonly Planned[],
  terms: PublishTerms,
  queues: Queues,
): Promise<Written> {
  const slots = slotsToCheck(context, accepted);
  const batch: Batch = { fresh: [], due: new Set(), events: [], waiting: [], tests: [], slots };
  const capacity = context.isPresent() ? countDown(terms) : noCapacity;
  for (const planned of accepted) fanOut(context, planned, terms, { batch, queues, capacity });
  const numbers = await insertPublished(queries, batch, terms.now, context.process);
  const events = new Map<Event, Event>();
  const claims = batch.fresh.map(({ id, target, event, trigger }) => {
    const given = numbers.get(id);
    if (given === undefined) throw new Error(`delivery ${id} was not written`);
    // One object for all deliveries of an event, so that its payload is in memory once.
    const numbered = events.get(event) ?? { ...event, seq: given.eventSeq };
    events.set(event, numbered);
    return freshClaim(given.seq, id, target, numbered, terms, trigger);
  });
  return { claims, due: [...batch.due] };
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
  const place = batch.events.length + 1;
  const trigger = triggerOf(draft);
  if (trigger === 'test') batch.tests.push(place);
  const key = event.orderingKey === null ? null : toStored(event.orderingKey);
  const slot = slotOf(event.tenant);
  const deliveries = targets.map((target) => {
    const id = context.ids.next('dlv', terms.now, slot) as DeliveryId;
    const isParked = queues.join(target.id, key);
    const isClaimed = target.enabled && !isParked && capacity.take(target, event.tenant);
    if (isClaimed) batch.fresh.push({ id, target, event, trigger });
    else if (target.enabled && !isParked) batch.due.add(target.id);
    const dueAt = isClaimed ? terms.now + terms.leaseMs : isParked ? parkedUntil : terms.now;
    batch.waiting.push([id, place, target.id, dueAt, isClaimed]);
    return id;
  });
  const [first, last] = [deliveries[0], deliveries.at(-1)];
  const ids = first === undefined || last === undefined ? null : { first, last };
  batch.events.push(eventRow(planned, ids, terms.now));
}
