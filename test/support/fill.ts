// Fills a store with the deliveries of weeks, in a minute: by the store's own `publish` and `record`, as a process without a
// worker would, so that the rows are the same as those that a server writes.
import { randomBytes } from 'node:crypto';
import type { Claim } from '#core/delivery.ts';
import type { EventDraft } from '#core/event.ts';
import type { TenantId } from '#core/tenant.ts';
import { StatsCollector } from '#engine/stats.ts';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { openStore, type Place } from '#store/open.ts';
import type { MadeResult, RecordTerms, Store } from '#store/store.ts';

/** Events that each go to one endpoint: as many deliveries as events. */
export interface Filling {
  readonly place: Place;
  readonly count: number;
  /** The events are published in even steps from `from` to `until`. Unix ms. */
  readonly from: number;
  readonly until: number;
  /** What the event of this number is, from 0. */
  readonly eventOf: (number: number) => FilledEvent;
  /** Of one transaction; 1000 by default. */
  readonly perBatch?: number;
  /** Random characters in each payload, which do not compress; by default 70 that do, for 140 bytes. */
  readonly noteLength?: number;
  readonly onProgress: (written: number) => void;
}

export interface FilledEvent {
  readonly tenant: TenantId;
  /** All events of a type have the same state. */
  readonly type: string;
  /** `waiting`: no attempt was made, or its endpoint is disabled. The others ended with their first attempt, a second later. */
  readonly state: 'waiting' | 'delivered' | 'exhausted';
}

/** Events between two flushes of the statistics, which a busy server makes every few seconds. */
const perFlush = 1000;
/** Events between two reports of progress. */
const perReport = 100_000;

export async function fill(filling: Filling): Promise<void> {
  const { place, count, from, until, perBatch = 1000 } = filling;
  const ids = createIdSource(systemRandom);
  const store = await openStore(place, { ids, now: from });
  const stats = new StatsCollector(store);
  try {
    for (let written = 0; written < count; written += perBatch) {
      const now = Math.floor(from + ((until - from) * written) / count);
      const numbers = Array.from({ length: Math.min(perBatch, count - written) }, (_, i) => written + i);
      await writeBatch(store, stats, filling, numbers, now);
      const done = written + numbers.length;
      if (Math.floor(done / perFlush) > Math.floor(written / perFlush) || done === count) await stats.flush();
      if (done % perReport === 0 || done === count) filling.onProgress(done);
    }
  } finally {
    await store.close();
  }
}

async function writeBatch(
  store: Store,
  stats: StatsCollector,
  { eventOf, noteLength }: Filling,
  numbers: readonly number[],
  now: number,
): Promise<void> {
  const events = numbers.map(eventOf);
  const ended = events.filter(({ state }) => state !== 'waiting');
  const terms = { now, leaseMs: 60_000, capacity: () => ended.length };
  const drafts = events.map((event, index) => [makeDraft(event, numbers[index] ?? 0, noteLength)]);
  const { claims, results } = await store.events.publish(drafts, terms);
  const refused = results.find((result) => result.kind !== 'published');
  if (refused !== undefined) throw new Error(`an event was not published: ${refused.kind}`);
  if (claims.length !== ended.length)
    throw new Error(`${claims.length} of ${ended.length} deliveries were claimed`);
  if (claims.length === 0) return;
  const exhausted = new Set(events.filter(({ state }) => state === 'exhausted').map(({ type }) => type));
  const settled = claims.map((claim) => settle(claim, exhausted.has(claim.event.type)));
  await store.deliveries.record(settled, { ...recordTerms, now: now + 1000 });
  for (const { claim, attempt } of settled)
    stats.count(claim.event.tenant, claim.endpoint, now + 1000, attempt);
}

function makeDraft({ tenant, type }: FilledEvent, number: number, noteLength?: number): EventDraft {
  const note =
    noteLength === undefined
      ? 'x'.repeat(70)
      : randomBytes(noteLength).toString('base64').slice(0, noteLength);
  const payload = Buffer.from(
    JSON.stringify({ order: `order-${number}`, amount: 1050, currency: 'EUR', note }),
  );
  return {
    id: null,
    tenant,
    mode: 'live',
    type,
    payload,
    orderingKey: null,
    occurredAt: null,
    traceparent: null,
    metadata: {},
    onlyEndpoint: null,
    isNumbered: false,
  };
}

function settle(claim: Claim, isRefused: boolean): MadeResult {
  const startedAt = claim.firstDueAt + 980;
  const outcome = isRefused ? 'refused' : 'accepted';
  const state = isRefused ? 'exhausted' : 'delivered';
  return {
    claim,
    settlement: { outcome, state, dueAt: startedAt, step: 0, isGone: false },
    disabling: { kind: 'never' },
    sent: 'published',
    content: null,
    attempt: {
      id: attemptIds.next('att', startedAt),
      delivery: claim.id,
      number: 1,
      trigger: claim.trigger,
      startedAt,
      durationMs: 20,
      url: 'http://127.0.0.1:9000/hook',
      requestHeaders: {
        'content-type': 'application/json',
        'webhook-id': claim.event.id,
        'webhook-timestamp': String(Math.floor(startedAt / 1000)),
        'webhook-signature': 'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
      },
      outcome,
      status: isRefused ? 503 : 200,
      responseHeaders: { 'content-length': '0', date: 'Thu, 01 Jan 2026 00:00:00 GMT' },
      responseBody: new Uint8Array(0),
      error: null,
    },
  };
}

const attemptIds = createIdSource(systemRandom);
const recordTerms: Omit<RecordTerms, 'now'> = { noticeHealth: () => [], noticeExhausted: () => null };
