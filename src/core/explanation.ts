// Why an event went to an endpoint, or did not. What is not recorded is inferred from the endpoint as it is now.
import type { Delivery } from './delivery.ts';
import type { Endpoint, EndpointId } from './endpoint.ts';
import { isSelected } from './event-types.ts';
import type { Event } from './event.ts';
import type { Reason } from './filter/conditions.ts';
import { compileFilter, subjectOf } from './filter/filter.ts';
import type { Mode } from './tenant.ts';

export const explanationReasons = [
  'owed',
  'disabled',
  'endpoint_removed',
  'canceled',
  'other_mode',
  'created_later',
  'removed_before',
  'not_subscribed',
  'filtered',
  'test_event',
  'unknown',
] as const;

/**
 * With a delivery: it is `owed` or ended by its attempts; it is held (`disabled`) or canceled, with the cause. Without one: why.
 * `unknown`: the endpoint would receive the event now, so it was changed since, or its delivery has expired.
 */
export type ExplanationReason = (typeof explanationReasons)[number];

export interface Explanation {
  readonly endpoint: EndpointId;
  readonly url: string;
  readonly mode: Mode;
  /** Null when there is none. */
  readonly delivery: Delivery | null;
  readonly reason: ExplanationReason;
  /** False when it follows from the endpoint as it is now, and that was changed after the event was published. */
  readonly isRecorded: boolean;
  /** Why the filter does not match. */
  readonly filterReasons: readonly Reason[];
}

/** An endpoint, perhaps a removed one. */
export interface KnownEndpoint {
  readonly endpoint: Endpoint;
  readonly removedAt: number | null;
}

type Told = Pick<Explanation, 'reason' | 'isRecorded' | 'filterReasons'>;

/** Explains one event for many endpoints: its payload is parsed at most once. */
export function createExplainer(
  event: Event,
): (known: KnownEndpoint, delivery: Delivery | null) => Explanation {
  let subject: ReturnType<typeof subjectOf> | null = null;
  const explainFilter = ({ settings }: Endpoint): readonly Reason[] => {
    if (settings.filter === undefined) return [];
    return compileFilter(settings.filter).explain((subject ??= subjectOf(event)));
  };
  return (known, delivery) => {
    const { id, url, mode } = known.endpoint;
    const told =
      delivery === null
        ? explainNone(event, known, explainFilter)
        : explainDelivery(event, known, delivery, explainFilter);
    return { endpoint: id, url, mode, delivery, ...told };
  };
}

const recorded = (reason: ExplanationReason): Told => ({ reason, isRecorded: true, filterReasons: [] });

function explainNone(
  event: Event,
  known: KnownEndpoint,
  explainFilter: (endpoint: Endpoint) => readonly Reason[],
): Told {
  const { endpoint, removedAt } = known;
  if (endpoint.mode !== event.mode) return recorded('other_mode');
  if (endpoint.createdAt > event.createdAt) return recorded('created_later');
  if (removedAt !== null && removedAt <= event.createdAt) return recorded('removed_before');
  return explainSelection(event, endpoint, explainFilter) ?? { ...recorded('unknown'), isRecorded: false };
}

/** Null when the endpoint selects the event as it is now. */
function explainSelection(
  { type, createdAt }: Event,
  endpoint: Endpoint,
  explainFilter: (endpoint: Endpoint) => readonly Reason[],
): Told | null {
  // Unchanged since, it is what the publication saw.
  const isRecorded = endpoint.updatedAt <= createdAt;
  if (!isSelected(endpoint.eventTypes, type)) return { ...recorded('not_subscribed'), isRecorded };
  const filterReasons = explainFilter(endpoint);
  return filterReasons.length === 0 ? null : { reason: 'filtered', isRecorded, filterReasons };
}

function explainDelivery(
  event: Event,
  { endpoint, removedAt }: KnownEndpoint,
  { state, endedAt }: Delivery,
  explainFilter: (endpoint: Endpoint) => readonly Reason[],
): Told {
  if (state === 'held') return recorded('disabled');
  if (state !== 'canceled') return recorded('owed');
  if (removedAt !== null && (endedAt === null || endedAt >= removedAt)) return recorded('endpoint_removed');
  // Who canceled it is not recorded: a change of the endpoint, a person, or the end of its holding time.
  const selection = explainSelection(event, endpoint, explainFilter);
  return { ...(selection ?? recorded('canceled')), isRecorded: false };
}
