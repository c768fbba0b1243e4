// Filters of clients as a search for deliveries. Every store uses it, and searches by its own indexes.
import type { DeliveryFilter } from '#core/commands.ts';
import type { DeliveryState } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Scope } from '#core/tenant.ts';
import { firstIdAt } from '#lib/ids.ts';
import type { ReplayStore } from './store.ts';

export interface Search {
  readonly scope: Scope;
  readonly endpoint: EndpointId | null;
  readonly event: string | null;
  readonly eventTypes: readonly string[] | null;
  readonly states: readonly DeliveryState[] | null;
  /** Ids from `lower` on, and before `upper`. */
  readonly lower: string;
  readonly upper: string;
  /** Without the deliveries of removed endpoints. */
  readonly isLiveOnly: boolean;
  /** Without the deliveries of disabled endpoints. */
  readonly isEnabledOnly: boolean;
}

/** The search of a list, newest first; `after` is the id after which it continues. */
export function searchForList(scope: Scope, filter: DeliveryFilter, after: string | null): Search {
  const { lower, upper } = idRange(filter.since, filter.until);
  return {
    scope,
    endpoint: filter.endpoint ?? null,
    event: filter.event ?? null,
    eventTypes: filter.eventType === undefined ? null : [filter.eventType],
    states: filter.state === undefined ? null : [filter.state],
    lower,
    upper: after !== null && after < upper ? after : upper,
    isLiveOnly: false,
    isEnabledOnly: false,
  };
}

type Terms = Parameters<ReplayStore['count']>[0];

/** The search of a replay, oldest first; `position` is the last id that it has redelivered, empty at its start. */
export function searchForReplay(terms: Terms, position: string): Search {
  const { tenant, mode, endpoint, eventTypes, states } = terms;
  const { lower, upper } = idRange(terms.since, terms.until);
  const next = position === '' ? lower : justAfter(position);
  const range = { lower: next > lower ? next : lower, upper };
  return {
    scope: { tenant, mode },
    endpoint,
    event: null,
    eventTypes,
    states,
    ...range,
    isLiveOnly: true,
    isEnabledOnly: endpoint === null && !terms.includeDisabled,
  };
}

/** True when a search can find deliveries in one of these states. */
export function canBe({ states }: Search, asked: readonly DeliveryState[]): boolean {
  return states === null || states.some((state) => asked.includes(state));
}

/** The ids generated at or after `since` and before `until`. */
function idRange(since: number | undefined, until: number | undefined): Pick<Search, 'lower' | 'upper'> {
  return {
    lower: since === undefined ? '' : firstId(since),
    upper: until === undefined ? '~' : firstId(until),
  };
}

/** The smallest text after an id: turns an exclusive bound into an inclusive one. */
function justAfter(id: string): string {
  return `${id}0`;
}

/** Ids hold 48 bits of time. */
const timeMax = 2 ** 48 - 1;

function firstId(ms: number): string {
  return firstIdAt('dlv', Math.min(Math.ceil(ms), timeMax));
}
