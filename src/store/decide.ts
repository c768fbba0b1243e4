// Decides each publication before anything is written: accepted as a whole, a repetition of a stored one, or refused as a
// whole. Every store uses it, with what it has read. Idempotency of event ids is decided here.
import type {
  Event,
  EventDraft,
  Publication,
  PublicationResult,
  PublishedEvent,
  Unsent,
} from '#core/event.ts';
import { slotOf } from '#core/slot.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import type { IdSource } from '#lib/ids.ts';
import { canonicalJson } from '#lib/json-source.ts';
import { type EventRow, readEvent, type StoredText } from './records/event-rows.ts';
import type { PublishOutcome } from './store.ts';
import { findTargets, isReached, type Subscribers, type Targets } from './targets.ts';

/** An event that will be written, with the endpoints that receive it. */
export interface Planned extends Targets {
  readonly draft: EventDraft;
  readonly event: Event;
}

/** A known event id: its content, and the result of publishing it again. */
export interface Known {
  readonly content: Content;
  readonly row: PublishedEvent;
}

/** What makes two events under one id the same. */
type Content = Pick<Event, 'type' | 'payload' | 'orderingKey' | 'occurredAt'>;

/** The known ids of these rows, under `eventKey`. */
export function indexKnown(rows: readonly EventRow[], text: StoredText): Map<string, Known> {
  const known = new Map<string, Known>();
  for (const stored of rows) {
    const event = readEvent(stored, text);
    const row = { ...publishedRow(event, stored.deliveries, stored.filtered ?? 0), isReplayed: true };
    known.set(eventKey(event.tenant, event.mode, event.id), {
      content: event,
      row,
    });
  }
  return known;
}

/** What new events are made with. */
export interface Making {
  readonly ids: IdSource;
  readonly now: number;
  /** The number of the next event; 0 where the database numbers it. */
  readonly nextSeq: () => number;
}

/** A publication with up to so many deliveries is never deferred. */
const lightMax = 16;

export interface Decided {
  readonly results: PublishOutcome['results'];
  /** Events that are written with all their deliveries. */
  readonly accepted: readonly Planned[];
  /** Publications that are written in pieces, each with its place among the results. */
  readonly staged: readonly Staged[];
}

const deferred = { kind: 'deferred' } as const;

export interface Staged {
  readonly index: number;
  readonly planned: readonly Planned[];
}

/**
 * Decides in order: a publication repeats one that was accepted before it in the same batch. At most `deliveriesMax`
 * deliveries are accepted, not counting publications with a few: one that would be too much is deferred, and one that is
 * larger by itself is staged.
 */
export function decideAll(
  publications: readonly Publication[],
  knowledge: Knowledge,
  making: Making,
  deliveriesMax: number,
): Decided {
  const known = new Map(knowledge.known);
  const accepted: Planned[] = [];
  const staged: Staged[] = [];
  let total = 0;
  const results = publications.map((publication, index) => {
    const { result, planned, added } = decide(publication, { ...knowledge, known }, making);
    const deliveries = planned.reduce((sum, { targets }) => sum + targets.length, 0);
    const isStaged = deliveries > deliveriesMax;
    if (!isStaged && deliveries > lightMax && total + deliveries > deliveriesMax) return deferred;
    if (isStaged) {
      staged.push({ index, planned });
    } else {
      total += deliveries;
      accepted.push(...planned);
    }
    for (const [key, value] of added) known.set(key, value);
    return result;
  });
  return { results, accepted, staged };
}

/** The counter of a tenant whose events are numbered. */
export interface NumberedRow {
  readonly id: TenantId;
  readonly events_numbered: number;
}

/** How many of these events get a number, by tenant, in the order of tenants. */
export function countNumbered({ accepted, staged }: Decided): ReadonlyMap<TenantId, number> {
  const counts = new Map<TenantId, number>();
  for (const { draft } of [...accepted, ...staged.flatMap(({ planned }) => planned)]) {
    if (draft.isNumbered) counts.set(draft.tenant, (counts.get(draft.tenant) ?? 0) + 1);
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Numbers these events in their order; `last` is the number of each tenant's last one. */
export function numberEvents(decided: Decided, last: ReadonlyMap<TenantId, number>): Decided {
  const next = new Map<TenantId, number>();
  for (const [tenant, count] of countNumbered(decided)) next.set(tenant, (last.get(tenant) ?? 0) - count + 1);
  const number = (planned: Planned): Planned => {
    const { draft, event } = planned;
    if (!draft.isNumbered) return planned;
    const own = next.get(draft.tenant) ?? 0;
    next.set(draft.tenant, own + 1);
    return { ...planned, event: { ...event, number: own } };
  };
  return {
    ...decided,
    accepted: decided.accepted.map(number),
    staged: decided.staged.map((one) => ({ ...one, planned: one.planned.map(number) })),
  };
}

export interface Knowledge {
  /** The endpoints that the drafts can reach, under `subscribersKey`; no entry for an unknown tenant. */
  readonly subscribers: ReadonlyMap<string, Subscribers>;
  /** The stored events with the ids of the drafts, under `eventKey`. */
  readonly known: ReadonlyMap<string, Known>;
}

interface Decision {
  readonly result: PublicationResult;
  readonly planned: readonly Planned[];
  /** Ids that are known from now on. */
  readonly added: ReadonlyMap<string, Known>;
}

function decide(publication: Publication, { subscribers, known }: Knowledge, making: Making): Decision {
  const planned: Planned[] = [];
  const added = new Map<string, Known>();
  const events: PublishedEvent[] = [];
  for (const [index, draft] of publication.entries()) {
    const { tenant, onlyEndpoint } = draft;
    const reachable = subscribers.get(subscribersKey(tenant, draft.mode));
    if (reachable === undefined) return refuse({ kind: 'tenant_not_found', tenant });
    const id = wellFormed(draft.id);
    const key = id === null ? null : eventKey(tenant, draft.mode, id);
    const before = key === null ? undefined : (added.get(key) ?? known.get(key));
    if (before !== undefined) {
      const differs = findDifferences(before.content, draft);
      if (differs.length > 0) return refuse({ kind: 'id_reused', id: before.row.id, index, differs });
      events.push(before.row);
      continue;
    }
    const { targets, filtered } = findTargets(reachable, draft);
    if (onlyEndpoint !== null && targets.length === 0) {
      return refuse({ kind: 'endpoint_not_found', endpoint: onlyEndpoint });
    }
    if (draft.noticeOf !== undefined && targets.length === 0) continue;
    const event = makeEvent(draft, making);
    const row = {
      ...publishedRow(event, targets.length, filtered),
      unsent: explainUnsent(draft, { targets, filtered }, subscribers),
    };
    planned.push({ draft, event, targets, filtered });
    events.push(row);
    if (key !== null) added.set(key, { content: event, row: { ...row, isReplayed: true, unsent: null } });
  }
  return { result: { kind: 'published', events }, planned, added };
}

/**
 * The members in which a draft differs from the event that has its id. A payload that is written in another way, with its
 * members in another order or with other spacing, is the same. A time that the draft does not give is the same, too.
 */
function findDifferences(event: Content, draft: EventDraft): readonly (keyof Content)[] {
  const differs: (keyof Content)[] = [];
  if (event.type !== draft.type) differs.push('type');
  if (!isSameJson(event.payload, draft.payload)) differs.push('payload');
  if (event.orderingKey !== wellFormed(draft.orderingKey)) differs.push('orderingKey');
  if (draft.occurredAt !== null && event.occurredAt !== draft.occurredAt) differs.push('occurredAt');
  return differs;
}

function isSameJson(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0 || canonicalJson(Buffer.from(a)) === canonicalJson(Buffer.from(b));
}

function refuse(result: PublicationResult): Decision {
  return { result, planned: [], added: new Map() };
}

function makeEvent(draft: EventDraft, { ids, now, nextSeq }: Making): Event {
  return {
    seq: nextSeq(),
    id: wellFormed(draft.id) ?? ids.next('evt', now, slotOf(draft.tenant)),
    tenant: draft.tenant,
    mode: draft.mode,
    type: draft.type,
    payload: draft.payload,
    orderingKey: wellFormed(draft.orderingKey),
    occurredAt: draft.occurredAt ?? now,
    createdAt: now,
    traceparent: draft.traceparent,
    metadata: draft.metadata,
    number: null,
  };
}

function publishedRow(event: Event, deliveries: number, filtered: number): PublishedEvent {
  const { id, type, mode, createdAt } = event;
  return { id, type, mode, deliveries, filtered, createdAt, isReplayed: false, unsent: null };
}

/** A lone surrogate has no UTF-8: it is stored, looked up and compared as U+FFFD. */
export function wellFormed(text: string | null): string | null {
  return text === null ? null : text.toWellFormed();
}

/** Unambiguous for any ids. */
function eventKey(tenant: string, mode: string, id: string): string {
  return `${mode}/${tenant.length}/${tenant}/${id}`;
}

/** Null when something is sent. */
function explainUnsent(
  draft: EventDraft,
  { targets, filtered }: Targets,
  subscribers: Knowledge['subscribers'],
): Unsent | null {
  if (targets.some(({ enabled }) => enabled)) return null;
  if (targets.length > 0) return 'disabled';
  if (filtered > 0) return 'filtered';
  const others = subscribers.get(subscribersKey(draft.tenant, otherMode(draft.mode)));
  if (others !== undefined && isReached(others, draft)) return 'other_mode';
  const own = subscribers.get(subscribersKey(draft.tenant, draft.mode));
  return own?.hasAny === true ? 'no_subscriber' : 'no_endpoint';
}

export function otherMode(mode: Mode): Mode {
  return mode === 'live' ? 'test' : 'live';
}

export function subscribersKey(tenant: TenantId, mode: Mode): string {
  return `${mode}/${tenant}`;
}
