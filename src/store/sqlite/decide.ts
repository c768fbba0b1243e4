// What becomes of each publication, before anything is written: accepted whole, a repetition of what is there,
// or refused whole.
import type { Event, EventDraft } from '#core/event.ts';
import type { Publication, PublicationResult, PublishedRow } from '#store/store.ts';
import { sql } from './database.ts';
import type { Context, Subscriber, Subscribers } from './memory.ts';
import { findTargets, readSubscribers, subscribersKey } from './subscribers.ts';

/** An event that will be written, with the endpoints that get it. */
export interface Planned {
  readonly draft: EventDraft;
  readonly event: Event;
  readonly targets: readonly Subscriber[];
}

/** What is known of an event id: its content, and the answer to whoever publishes it again. */
interface Known {
  readonly fingerprint: string;
  readonly row: PublishedRow;
}

/** Decides in order: the later publications know the ones that were accepted before them. */
export function decideAll(
  context: Context,
  publications: readonly Publication[],
  now: number,
): { readonly results: readonly PublicationResult[]; readonly accepted: readonly Planned[] } {
  const drafts = publications.flat();
  const subscribers = readSubscribers(context, drafts);
  const known = readKnown(context, drafts);
  const accepted: Planned[] = [];
  const results = publications.map((publication) => {
    const decision = decide(context, publication, now, { subscribers, known });
    accepted.push(...decision.planned);
    for (const [key, value] of decision.learnt) known.set(key, value);
    return decision.result;
  });
  return { results, accepted };
}

interface Knowledge {
  readonly subscribers: ReadonlyMap<string, Subscribers>;
  readonly known: ReadonlyMap<string, Known>;
}

interface Decision {
  readonly result: PublicationResult;
  readonly planned: readonly Planned[];
  readonly learnt: ReadonlyMap<string, Known>;
}

function decide(
  context: Context,
  publication: Publication,
  now: number,
  { subscribers, known }: Knowledge,
): Decision {
  const planned: Planned[] = [];
  const learnt = new Map<string, Known>();
  const events: PublishedRow[] = [];
  for (const draft of publication) {
    const { tenant, fingerprint, onlyEndpoint } = draft;
    const reachable = subscribers.get(subscribersKey(tenant, draft.mode));
    if (reachable === undefined) return refuse({ kind: 'tenant_not_found', tenant });
    const key = eventKey(tenant, draft.mode, wellFormed(draft.id));
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
    const event = makeEvent(context, draft, now);
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

function makeEvent(context: Context, draft: EventDraft, now: number): Event {
  return {
    seq: ++context.memory.last.events,
    id: wellFormed(draft.id) ?? context.ids.next('evt', now),
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

function publishedRow(event: Event, deliveries: number): PublishedRow {
  const { id, type, mode, createdAt } = event;
  return { id, type, mode, deliveries, createdAt, isReplayed: false };
}

/** Half a surrogate pair has no UTF-8: it is stored, looked up and compared as U+FFFD. */
function wellFormed(text: string | null): string | null {
  return text === null ? null : text.toWellFormed();
}

/** Unambiguous whatever the ids contain; null for an event that has none. */
function eventKey(tenant: string, mode: string, id: string | null): string | null {
  return id === null ? null : `${mode}/${tenant.length}/${tenant}/${id}`;
}

function readKnown(context: Context, drafts: readonly EventDraft[]): Map<string, Known> {
  const asked = drafts.flatMap((draft) => {
    return draft.id === null ? [] : [[draft.tenant, draft.mode, wellFormed(draft.id)]];
  });
  const known = new Map<string, Known>();
  if (asked.length === 0) return known;
  for (const row of context.db.all<KnownRow>(selectKnown, JSON.stringify(asked))) {
    const { id, type, mode, deliveries, created_at: createdAt, fingerprint } = row;
    const published = { id, type, mode, deliveries, createdAt, isReplayed: true };
    const key = eventKey(row.tenant, mode, id);
    if (key !== null) known.set(key, { fingerprint, row: published });
  }
  return known;
}

interface KnownRow extends Pick<Event, 'id' | 'tenant' | 'mode' | 'type'> {
  readonly fingerprint: string;
  readonly deliveries: number;
  readonly created_at: number;
}

const selectKnown = sql`
  select e.id, e.tenant, e.mode, e.type, e.fingerprint, e.deliveries, e.created_at
  from json_each(?) as asked cross join events e
    on e.id = asked.value ->> 2 and e.tenant = asked.value ->> 0 and e.mode = asked.value ->> 1`;
