// Claims, as every store makes them: at publication, for the fresh deliveries that the publishing process may send itself,
// and of what is due.
import { type Claim, type DeliveryId, type Sent, singleStep, type Trigger } from '#core/delivery.ts';
import type { EndpointId, EndpointKind } from '#core/endpoint.ts';
import type { Event, EventDraft } from '#core/event.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Subscriber } from './targets.ts';
import type { Due, PublishTerms } from './store.ts';

export interface Capacity {
  /** Takes one place of the endpoint of this tenant, if there is one. What clients pull has none: it waits in the store. */
  readonly take: (target: Subscriber, tenant: TenantId) => boolean;
}

/** Asks for an endpoint's capacity once and counts down from there. */
export function countDown(terms: PublishTerms): Capacity {
  const left = new Map<EndpointId, number>();
  return {
    take({ id: endpoint, kind }, tenant) {
      if (kind === 'pull') return false;
      const capacity = left.get(endpoint) ?? terms.capacity(endpoint, tenant);
      left.set(endpoint, capacity - 1);
      return capacity > 0;
    },
  };
}

/** Nothing is claimed. */
export const noCapacity: Capacity = { take: () => false };

/** Only test events are published to one endpoint. */
export function triggerOf({ onlyEndpoint }: Pick<EventDraft, 'onlyEndpoint'>): Trigger {
  return onlyEndpoint === null ? 'schedule' : 'test';
}

/** The claim of a delivery that is inserted claimed. */
export function freshClaim(
  seq: number,
  id: DeliveryId,
  target: Subscriber,
  event: Event,
  { now, leaseMs }: PublishTerms,
  trigger: Trigger,
): Claim {
  return {
    seq,
    id,
    lease: 1,
    leaseUntil: now + leaseMs,
    endpoint: target.id,
    revision: target.revision,
    event,
    attempts: 0,
    step: 0,
    firstDueAt: now,
    trigger,
    scheduledAt: null,
    replay: null,
    sent: 'nothing',
    wasDelivered: false,
  };
}

/** A delivery that is claimed: the row as it was read, `lease` as it is now. */
export interface ClaimedRow {
  readonly seq: number;
  readonly id: DeliveryId;
  readonly endpoint: EndpointId;
  readonly revision: number;
  readonly event_seq: number;
  readonly attempts: number;
  readonly step: number;
  readonly first_due_at: number;
  readonly lease: number;
  readonly is_ordered: boolean | number;
  readonly is_test: boolean | number;
  readonly scheduled_at: number | null;
  readonly replay: string | null;
  readonly sent: Exclude<Sent, 'published'> | null;
  readonly was_delivered: boolean | number;
}

/** The claims of these rows; `events` by their numbers. */
export function makeClaims(
  rows: readonly ClaimedRow[],
  events: ReadonlyMap<number, Event>,
  leaseUntil: number,
): Claim[] {
  return rows.map((row) => {
    const event = events.get(row.event_seq);
    if (event === undefined) throw new Error(`the event of delivery ${row.id} is missing`);
    return {
      seq: row.seq,
      id: row.id,
      lease: row.lease,
      leaseUntil,
      endpoint: row.endpoint,
      revision: row.revision,
      event,
      attempts: row.attempts,
      step: row.step,
      firstDueAt: row.first_due_at,
      ...readOrder(row),
      sent: row.sent ?? (row.attempts === 0 ? 'nothing' : 'published'),
      wasDelivered: Boolean(row.was_delivered),
    };
  });
}

/** An older process leaves the other columns as they are when it clears `is_ordered`, and does not write them. */
function readOrder(row: ClaimedRow): Pick<Claim, 'trigger' | 'scheduledAt' | 'replay'> {
  if (!row.is_ordered) return { trigger: row.is_test ? 'test' : 'schedule', scheduledAt: null, replay: null };
  const trigger = row.replay === null ? 'redelivery' : 'replay';
  return { trigger, scheduledAt: row.scheduled_at, replay: row.replay };
}

/** The column `sent`: null for most deliveries, which send what was published. */
export function writeSent(sent: Sent): ClaimedRow['sent'] {
  return sent === 'published' ? null : sent;
}

/** Who asks for redeliveries: a replay, or else a client for a single one. */
export interface Order {
  readonly replay: string | null;
  readonly now: number;
}

/** Where in the schedule an ended delivery begins: a replay starts the schedule anew. */
export function stepOf({ replay }: Order): number {
  return replay === null ? singleStep : 0;
}

export interface DueRow {
  readonly endpoint: EndpointId;
  readonly due_at: number;
}

export interface WaitingRow {
  readonly endpoint: EndpointId;
  /** Null for an endpoint that is removed. */
  readonly kind: EndpointKind | null;
  /** When the first of what waits may be sent or pulled; null when nothing may be. */
  readonly due_at: number | null;
}

export function readDue({ endpoint, due_at: dueAt }: DueRow): Due {
  return { endpoint, dueAt };
}
