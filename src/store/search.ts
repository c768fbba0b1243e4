// Filters of clients as a search for deliveries. Every store uses it, and searches by its own indexes.
import type { DeliveryFilter } from '#core/commands.ts';
import type { DeliveryState } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { AttemptEnding } from '#core/ending.ts';
import { defaultLimits } from '#core/limits.ts';
import type { WideScope } from '#core/tenant.ts';
import { firstIdAt, isId, uuidToId } from '#lib/ids.ts';
import { modesOf } from './cursor.ts';
import { type Sql, sql } from './sql.ts';
import type { ReplayStore } from './store.ts';

export interface Search {
  readonly scope: WideScope;
  readonly endpoint: EndpointId | null;
  /** Only what one of these names; null for all. */
  readonly named: Named | null;
  /** Of the last attempt. */
  readonly ending: AttemptEnding;
  readonly eventTypes: readonly string[] | null;
  readonly states: readonly DeliveryState[] | null;
  /** Ids from `lower` on, and before `upper`. */
  readonly lower: string;
  readonly upper: string;
  /** Without the deliveries of removed endpoints. */
  readonly isLiveOnly: boolean;
  /** Without the deliveries of disabled endpoints. */
  readonly isEnabledOnly: boolean;
  /** Only deliveries with fewer attempts. */
  readonly attemptsBelow: number;
}

/** What deliveries can be named by: each is one search by index. */
export interface Named {
  /** The id of their event. */
  readonly event: string | null;
  /** The number of their event; in an event without one, its sequence number. */
  readonly number: number | null;
  readonly delivery: string | null;
}

/** The search of a list, newest first; `after` is the id after which it continues. */
export function searchForList(scope: WideScope, filter: DeliveryFilter, after: string | null): Search {
  const { lower, upper } = idRange(filter.since, filter.until);
  const { state, status, error } = filter;
  const isFailure = error !== undefined || (status !== undefined && status.from >= 300);
  return {
    scope,
    endpoint: filter.endpoint ?? null,
    named: namedBy(filter),
    ending: filter,
    eventTypes: filter.eventType === undefined ? null : [filter.eventType],
    states: state !== undefined ? [state] : isFailure ? notDelivered : null,
    lower,
    upper: after !== null && after < upper ? after : upper,
    isLiveOnly: false,
    isEnabledOnly: false,
    attemptsBelow: Infinity,
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
    named: null,
    ending: {},
    eventTypes,
    states,
    ...range,
    isLiveOnly: true,
    isEnabledOnly: endpoint === null && !terms.includeDisabled,
    attemptsBelow: defaultLimits.attemptsMax,
  };
}

/** The rest of a search that has come to an id, itself included. */
export function startAfter(search: Search, order: 'asc' | 'desc', reached: string): Search {
  return order === 'asc' ? { ...search, lower: justAfter(reached) } : { ...search, upper: reached };
}

/** True when a search can find deliveries in one of these states. */
export function canBe({ states }: Search, asked: readonly DeliveryState[]): boolean {
  return states === null || states.some((state) => asked.includes(state));
}

/** A delivery whose last attempt failed is rarely `delivered`: after a redelivery alone. What is not has an index. */
const notDelivered: readonly DeliveryState[] = ['pending', 'held', 'exhausted', 'canceled'];

function namedBy({ event, wireId }: DeliveryFilter): Named | null {
  if (wireId === undefined) return event === undefined ? null : { event, number: null, delivery: null };
  const number = /^[1-9]\d{0,15}$/.test(wireId) ? Number(wireId) : NaN;
  return {
    event: wireId,
    number: Number.isSafeInteger(number) ? number : null,
    delivery: isId('dlv', wireId) ? wireId : uuidToId('dlv', wireId),
  };
}

/** Each scope that is one search in the order of an index. All tenants together are one, whatever the mode. */
export function scopesOf(scope: WideScope): readonly WideScope[] {
  const { tenant, tenants } = scope;
  if (tenant === null && tenants === undefined) return [scope];
  const asked = tenant === null ? (tenants ?? []) : [tenant];
  return asked.flatMap((one) => modesOf(scope).map((mode) => ({ tenant: one, mode })));
}

/** The bounds of the ids of the deliveries of one event, which are nearly adjacent, or of one delivery. */
export interface NamedRange {
  /** The number of the event: other events may have deliveries within the bounds. Null for one delivery. */
  readonly event_seq: number | null;
  readonly first: string;
  readonly last: string;
}

/** True for deliveries `d` whose last attempt ended so: one search by index for each row. */
export function endedSo({ status, error }: AttemptEnding): Sql[] {
  // A scalar subquery: as a semi-join, a planner might read all attempts.
  const last = (column: Sql): Sql =>
    sql`(select ${column} from attempts a where a.delivery = d.id and a.number = d.attempts limit 1)`;
  return [
    ...(status === undefined
      ? []
      : [sql`d.attempts > 0 and ${last(sql`a.status`)} between ${status.from} and ${status.to}`]),
    ...(error === undefined ? [] : [sql`d.attempts > 0 and ${last(sql`a.error_code`)} = ${error}`]),
  ];
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
