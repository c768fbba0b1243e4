import type { EndpointId } from './endpoint.ts';
import { Fault, unreachable } from './fault.ts';
import type { Metadata, Mode, TenantId } from './tenant.ts';

/** Something that happened, as published. */
export interface Event {
  /** Sequence number in the order of publication. */
  readonly seq: number;
  /** The publisher's id, or one made here (`evt_…`). Unique per tenant and mode. */
  readonly id: string;
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly type: string;
  /** The payload as JSON in UTF-8: stored once, never copied, never parsed again. */
  readonly payload: Uint8Array;
  readonly orderingKey: string | null;
  /** When it happened, by its publisher; when it was published. Unix ms. */
  readonly occurredAt: number;
  readonly createdAt: number;
  /** The W3C `traceparent` under which it was published. */
  readonly traceparent: string | null;
  readonly metadata: Metadata;
  /** Its number among the numbered events of its tenant, from 1; null when its dialect does not number events. */
  readonly number: number | null;
}

/** An event that is to be published. */
export interface EventDraft {
  /**
   * The publisher's id; null when it gave none. Idempotency: the same id with another payload is another event. The same id with
   * other metadata is the same event, and keeps the metadata of the first.
   */
  readonly id: string | null;
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly type: string;
  readonly payload: Uint8Array;
  readonly orderingKey: string | null;
  readonly occurredAt: number | null;
  readonly traceparent: string | null;
  readonly metadata: Metadata;
  /** When set, the event goes to this endpoint alone, whatever it subscribes to (a test event). */
  readonly onlyEndpoint: EndpointId | null;
  /**
   * Set for a notice that goes only to endpoints which select its type by name or by a prefix, not by `*`: one about an endpoint of
   * the tenant goes to its others. Nothing is written where there is none.
   */
  readonly noticeOf?: EndpointId | null;
  /** Whether it gets a number of its own among its tenant's events. */
  readonly isNumbered: boolean;
}

/** An event as lists have it. */
export type EventHead = Omit<Event, 'payload'>;
export interface ListedEvent {
  readonly event: EventHead;
  readonly deliveries: number;
  readonly filtered: number;
}

/** An event with the number of its deliveries, and of the endpoints whose filters did not match it. */
export interface StoredEvent {
  readonly event: Event;
  readonly deliveries: number;
  readonly filtered: number;
}

/** The answer to a publish. */
export interface PublishedEvent {
  readonly id: string;
  readonly type: string;
  readonly mode: Mode;
  /** Deliveries created when the event was first published. */
  readonly deliveries: number;
  /** Endpoints that select its type and whose filters did not match it. */
  readonly filtered: number;
  readonly createdAt: number;
  /** True when the same event had been published before. */
  readonly isReplayed: boolean;
  /** Why nothing of it is sent; null when something is, and for a repetition. */
  readonly unsent: Unsent | null;
}

/**
 * Why no endpoint gets an event: its tenant has none, none subscribes to its type, only one of the other mode does, or all
 * that do are disabled.
 */
export type Unsent = 'no_endpoint' | 'no_subscriber' | 'filtered' | 'other_mode' | 'disabled';

/** The events of one request: all or none. */
export type Publication = readonly EventDraft[];

/** What became of a publication. */
export type PublicationResult =
  | { readonly kind: 'published'; readonly events: readonly PublishedEvent[] }
  | {
      readonly kind: 'id_reused';
      readonly id: string;
      /** The place of the event in its publication. */
      readonly index: number;
      /** The members in which it differs from the event that has this id. */
      readonly differs: readonly string[];
    }
  | { readonly kind: 'tenant_not_found'; readonly tenant: TenantId }
  | { readonly kind: 'endpoint_not_found'; readonly endpoint: EndpointId }
  /** The database of its tenant does not answer now, and that of others does. Whether it was written is not known. */
  | { readonly kind: 'unavailable' };

/** A publication that takes more than one commit: its result comes later, under this number. */
export interface PublicationInProgress {
  readonly kind: 'in_progress';
  readonly id: number;
}

/** The events of a publication that was written. Throws the fault of one that was not; in a batch, it names the event. */
export function publishedOf(result: PublicationResult, isBatch: boolean): readonly PublishedEvent[] {
  switch (result.kind) {
    case 'published':
      return result.events;
    case 'tenant_not_found':
      throw new Fault('tenant_not_found', `there is no tenant "${result.tenant}"`);
    case 'endpoint_not_found':
      throw new Fault('endpoint_not_found', `this tenant has no endpoint "${result.endpoint}"`);
    case 'id_reused':
      throw idReused(result, isBatch);
    case 'unavailable':
      throw new Fault(
        'unavailable',
        'the database of this tenant does not answer now; send this again in a moment',
        { retryAfterSeconds: 1 },
      );
    default:
      return unreachable(result);
  }
}

function idReused(
  { id, index, differs }: Extract<PublicationResult, { kind: 'id_reused' }>,
  isBatch: boolean,
): Fault {
  const at = isBatch ? `events[${index}].` : '';
  const message = `the event id "${id}" was published before with another ${differs.join(' and ')}; use a new id`;
  return new Fault('event_id_reused', isBatch ? `events[${index}]: ${message}` : message, {
    fields: differs.map((name) => ({
      field: at + name,
      message: `differs from the event that was published as "${id}"`,
    })),
  });
}
