// Which endpoints an event is delivered to: those that have an entry for its type, and whose filters match.
import type { EndpointId, EndpointKind } from '#core/endpoint.ts';
import { entriesFor, everyType } from '#core/event-types.ts';
import type { EventDraft } from '#core/event.ts';
import { FilterIndex } from '#core/filter/filter-index.ts';
import { type Matcher, subjectOf } from '#core/filter/filter.ts';
import type { Subject } from '#core/filter/subject.ts';

/** An endpoint as publishing needs it. */
export interface Subscriber {
  readonly id: EndpointId;
  readonly enabled: boolean;
  readonly kind: EndpointKind;
  /** Null for none. */
  readonly filter: Matcher | null;
  readonly revision: number;
}

/** The endpoints of a tenant and mode that the drafts of a batch can reach. */
export interface Subscribers {
  /** Those that have an entry among their event types. */
  readonly byEntry: ReadonlyMap<string, SubscriberList>;
  /** Those that drafts name themselves. */
  readonly byId: ReadonlyMap<EndpointId, Subscriber>;
  /** False when the tenant has no endpoint in this mode; known only where a draft reaches none. */
  readonly hasAny: boolean;
}

export class SubscriberList {
  /** In the order of their ids. */
  readonly all: readonly Subscriber[];
  readonly #filters: FilterIndex | null;
  #ids: ReadonlySet<EndpointId> | null = null;

  constructor(all: readonly Subscriber[]) {
    this.all = all;
    const isFiltered = all.some(({ filter }) => filter !== null);
    this.#filters = isFiltered ? new FilterIndex(all.map(({ filter }) => filter)) : null;
  }

  has(id: EndpointId): boolean {
    this.#ids ??= new Set(this.all.map((each) => each.id));
    return this.#ids.has(id);
  }

  /** Those whose filters match, in the order of their ids. The subject is read only when some have filters. */
  matching(readSubject: () => Subject): readonly Subscriber[] {
    if (this.#filters === null) return this.all;
    return this.#filters.matching(readSubject()).flatMap((place) => this.all[place] ?? []);
  }
}

type Aim = Pick<EventDraft, 'type' | 'onlyEndpoint' | 'noticeOf'>;

/** Whether some endpoint has an entry for the draft, whatever its filter. */
export function isReached(subscribers: Subscribers, draft: Aim): boolean {
  if (draft.onlyEndpoint !== null) return subscribers.byId.has(draft.onlyEndpoint);
  return listsFor(subscribers, draft).some(({ all }) => all.some(({ id }) => id !== draft.noticeOf));
}

export interface Targets {
  /** In the order of their ids; the list itself where nothing is filtered, so that events of a type share it. */
  readonly targets: readonly Subscriber[];
  /** How many more endpoints select the type and have filters that do not match the event. */
  readonly filtered: number;
}

/** None when the draft names an unknown endpoint. A test event goes to its endpoint whatever the filter. */
export function findTargets(subscribers: Subscribers, draft: EventDraft): Targets {
  if (draft.onlyEndpoint !== null) {
    const only = subscribers.byId.get(draft.onlyEndpoint);
    return { targets: only === undefined ? [] : [only], filtered: 0 };
  }
  const lists = listsFor(subscribers, draft);
  let subject: Subject | null = null;
  // Parses the payload, once for all filters.
  const readSubject = (): Subject => (subject ??= subjectOf(draft));
  const matching = merge(lists.map((list) => list.matching(readSubject)));
  const targets = draft.noticeOf ? matching.filter(({ id }) => id !== draft.noticeOf) : matching;
  return { targets, filtered: countSelected(lists, draft) - targets.length };
}

/** Those of the entries that select the type. A notice goes only to endpoints that name its type, and never to the one it is about. */
function listsFor({ byEntry }: Subscribers, { type, noticeOf }: Aim): readonly SubscriberList[] {
  return entriesFor(type).flatMap((entry) => {
    const list = noticeOf !== undefined && entry === everyType ? undefined : byEntry.get(entry);
    return list === undefined || list.all.length === 0 ? [] : [list];
  });
}

/** An endpoint that several entries select is one. */
function countSelected(lists: readonly SubscriberList[], { noticeOf }: Aim): number {
  // The largest list is counted without looking at its members.
  const sorted = lists.toSorted((a, b) => b.all.length - a.all.length);
  const counts = sorted.map(({ all }, nth) => {
    const before = sorted.slice(0, nth);
    return nth === 0 ? all.length : all.filter(({ id }) => !before.some((list) => list.has(id))).length;
  });
  const isExcluded = noticeOf && lists.some((list) => list.has(noticeOf));
  return counts.reduce((sum, count) => sum + count, 0) - (isExcluded ? 1 : 0);
}

/** An endpoint that several entries select receives the event once. */
function merge(lists: readonly (readonly Subscriber[])[]): readonly Subscriber[] {
  const [first = [], second] = lists;
  if (second === undefined) return first;
  const byId = new Map(lists.flat().map((each) => [each.id, each]));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
