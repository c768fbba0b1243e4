// What becomes of each publication, before anything is written: accepted whole, a repetition of what is there,
// or refused whole. The same for every store, which brings what it knows.
import { type EndpointId, everyType } from '#core/endpoint.ts';
import type { Event, EventDraft } from '#core/event.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import type { IdSource } from '#lib/ids.ts';
import type { Publication, PublicationResult, PublishedEvent } from '#core/event.ts';

/** An endpoint as publishing needs it. */
export interface Subscriber {
  readonly id: EndpointId;
  readonly enabled: boolean;
  readonly eventTypes: readonly string[];
  readonly revision: number;
}

/** The endpoints of a tenant and mode. */
export interface Subscribers {
  readonly revision: number;
  readonly all: ReadonlyMap<EndpointId, Subscriber>;
  /** The ones that name a type, `*` included, in the order of `all`. */
  readonly byType: ReadonlyMap<string, readonly Subscriber[]>;
}

/** `list` is in the order of ids. */
export function indexSubscribers(revision: number, list: readonly Subscriber[]): Subscribers {
  const byType = new Map<string, Subscriber[]>();
  for (const one of list) {
    for (const type of new Set(one.eventTypes)) {
      const others = byType.get(type);
      if (others === undefined) byType.set(type, [one]);
      else others.push(one);
    }
  }
  return { revision, all: new Map(list.map((one) => [one.id, one])), byType };
}

/** An event that will be written, with the endpoints that get it. */
export interface Planned {
  readonly draft: EventDraft;
  readonly event: Event;
  readonly targets: readonly Subscriber[];
}

/** What is known of an event id: its content, and the answer to whoever publishes it again. */
export interface Known {
  readonly fingerprint: string;
  readonly row: PublishedEvent;
}

/** What a store reads of an event that is there. */
export interface KnownRow extends Pick<Event, 'id' | 'tenant' | 'mode' | 'type'> {
  readonly fingerprint: string;
  readonly deliveries: number;
  readonly created_at: number;
}

/** What is known by these rows, under `eventKey`. `fromStored` gives an id as its publisher gave it. */
export function indexKnown(
  rows: readonly KnownRow[],
  fromStored: (text: string) => string,
): Map<string, Known> {
  const known = new Map<string, Known>();
  for (const { id: stored, tenant, type, mode, deliveries, created_at: createdAt, fingerprint } of rows) {
    const id = fromStored(stored);
    const row = { id, type, mode, deliveries, createdAt, isReplayed: true };
    known.set(eventKey(tenant, mode, id), { fingerprint, row });
  }
  return known;
}

/** What events are made with. */
export interface Making {
  readonly ids: IdSource;
  readonly now: number;
  /** The number of the next event; 0 where it gets its number when it is written. */
  readonly nextSeq: () => number;
}

/** Decides in order: the later publications know the ones that were accepted before them. */
export function decideAll(
  publications: readonly Publication[],
  knowledge: Knowledge,
  making: Making,
): { readonly results: readonly PublicationResult[]; readonly accepted: readonly Planned[] } {
  const known = new Map(knowledge.known);
  const accepted: Planned[] = [];
  const results = publications.map((publication) => {
    const decision = decide(publication, { ...knowledge, known }, making);
    accepted.push(...decision.planned);
    for (const [key, value] of decision.learnt) known.set(key, value);
    return decision.result;
  });
  return { results, accepted };
}

export interface Knowledge {
  /** The endpoints that the drafts can reach, under `subscribersKey`; nothing for a tenant that is not there. */
  readonly subscribers: ReadonlyMap<string, Subscribers>;
  /** What is there of the ids that the drafts give, under `eventKey`. */
  readonly known: ReadonlyMap<string, Known>;
}

interface Decision {
  readonly result: PublicationResult;
  readonly planned: readonly Planned[];
  readonly learnt: ReadonlyMap<string, Known>;
}

function decide(publication: Publication, { subscribers, known }: Knowledge, making: Making): Decision {
  const planned: Planned[] = [];
  const learnt = new Map<string, Known>();
  const events: PublishedEvent[] = [];
  for (const draft of publication) {
    const { tenant, fingerprint, onlyEndpoint } = draft;
    const reachable = subscribers.get(subscribersKey(tenant, draft.mode));
    if (reachable === undefined) return refuse({ kind: 'tenant_not_found', tenant });
    const id = wellFormed(draft.id);
    const key = id === null ? null : eventKey(tenant, draft.mode, id);
    const before = key === null ? undefined : (learnt.get(key) ?? known.get(key));
    if (before !== undefined) {
      if (before.fingerprint !== fingerprint) return refuse({ kind: 'id_reused', id: before.row.id });
      events.push(before.row);
      continue;
    }
    const targets = findTargets(reachable, draft);
    if (onlyEndpoint !== null && targets.length === 0) {
      return refuse({ kind: 'endpoint_not_found', endpoint: onlyEndpoint });
    }
    const event = makeEvent(draft, making);
    const row = publishedRow(event, targets.length);
    planned.push({ draft, event, targets });
    events.push(row);
    if (key !== null) learnt.set(key, { fingerprint, row: { ...row, isReplayed: true } });
  }
  return { result: { kind: 'published', events }, planned, learnt };
}

function refuse(result: PublicationResult): Decision {
  return { result, planned: [], learnt: new Map() };
}

function makeEvent(draft: EventDraft, { ids, now, nextSeq }: Making): Event {
  return {
    seq: nextSeq(),
    id: wellFormed(draft.id) ?? ids.next('evt', now),
    tenant: draft.tenant,
    mode: draft.mode,
    type: draft.type,
    payload: draft.payload,
    orderingKey: wellFormed(draft.orderingKey),
    occurredAt: draft.occurredAt ?? now,
    createdAt: now,
    traceparent: draft.traceparent,
  };
}

function publishedRow(event: Event, deliveries: number): PublishedEvent {
  const { id, type, mode, createdAt } = event;
  return { id, type, mode, deliveries, createdAt, isReplayed: false };
}

/** Half a surrogate pair has no UTF-8: it is stored, looked up and compared as U+FFFD. */
export function wellFormed(text: string | null): string | null {
  return text === null ? null : text.toWellFormed();
}

/** Unambiguous whatever the ids contain. */
function eventKey(tenant: string, mode: string, id: string): string {
  return `${mode}/${tenant.length}/${tenant}/${id}`;
}

/** The endpoints that get a draft; none when it names one that is not there. */
function findTargets(subscribers: Subscribers, draft: EventDraft): readonly Subscriber[] {
  if (draft.onlyEndpoint !== null) {
    const only = subscribers.all.get(draft.onlyEndpoint);
    return only === undefined ? [] : [only];
  }
  const named = subscribers.byType.get(draft.type) ?? [];
  const all = subscribers.byType.get(everyType) ?? [];
  if (named.length === 0) return all;
  if (all.length === 0) return named;
  // Who names both gets it once.
  return [...new Set([...named, ...all])].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Entries of a cache of `Subscribers`. */
export const subscribersMax = 10_000;

export function subscribersKey(tenant: TenantId, mode: Mode): string {
  return `${mode}/${tenant}`;
}
