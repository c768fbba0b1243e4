// Fills a store with the deliveries of weeks, in a minute: by the store's own `publish` and `record`, as a process without a
// worker would, so that the rows are the same as those that a server writes.
import type { Claim } from '#core/delivery.ts';
import type { EventDraft } from '#core/event.ts';
import { fingerprint } from '#core/fingerprint.ts';
import type { TenantId } from '#core/tenant.ts';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { openStore, type Place } from '#store/open.ts';
import type { AttemptResult, RecordTerms, Store } from '#store/store.ts';

/** Events of one tenant with one endpoint: as many deliveries as events. */
export interface Filling {
  readonly place: Place;
  readonly tenant: TenantId;
  readonly eventType: string;
  readonly count: number;
  /** The events are published in even steps from `from` to `until`. Unix ms. */
  readonly from: number;
  readonly until: number;
  /** `waiting`: no attempt was made. `finished`: delivered at the first attempt, a second later. */
  readonly state: 'waiting' | 'finished';
  readonly onProgress: (written: number) => void;
}

const perBatch = 1000;
/** Events between two reports of progress. */
const perReport = 100_000;

export async function fill(filling: Filling): Promise<void> {
  const { place, count, from, until } = filling;
  const ids = createIdSource(systemRandom);
  const store = await openStore(place, { ids, now: from });
  try {
    for (let written = 0; written < count; written += perBatch) {
      const now = Math.floor(from + ((until - from) * written) / count);
      const drafts = Array.from({ length: Math.min(perBatch, count - written) }, (_, i) =>
        makeDraft(filling, written + i),
      );
      await writeBatch(store, filling, drafts, now);
      const done = written + drafts.length;
      if (done % perReport === 0 || done === count) filling.onProgress(done);
    }
  } finally {
    await store.close();
  }
}

async function writeBatch(store: Store, filling: Filling, drafts: EventDraft[], now: number): Promise<void> {
  const places = filling.state === 'finished' ? drafts.length : 0;
  const terms = { now, leaseMs: 60_000, capacity: () => places };
  const { claims, results } = await store.events.publish(
    drafts.map((draft) => [draft]),
    terms,
  );
  const refused = results.find((result) => result.kind !== 'published');
  if (refused !== undefined) throw new Error(`an event was not published: ${refused.kind}`);
  if (claims.length !== places) throw new Error(`${claims.length} of ${places} deliveries were claimed`);
  if (claims.length > 0)
    await store.deliveries.record(claims.map(deliver), { ...recordTerms, now: now + 1000 });
}

/** 140 bytes of payload. */
function makeDraft({ tenant, eventType }: Filling, number: number): EventDraft {
  const payload = Buffer.from(
    JSON.stringify({ order: `order-${number}`, amount: 1050, currency: 'EUR', note: 'x'.repeat(70) }),
  );
  return {
    id: null,
    tenant,
    mode: 'live',
    type: eventType,
    payload,
    fingerprint: fingerprint(eventType, 'live', payload),
    orderingKey: null,
    occurredAt: null,
    traceparent: null,
    metadata: {},
    onlyEndpoint: null,
    isNumbered: false,
  };
}

function deliver(claim: Claim): AttemptResult {
  const startedAt = claim.firstDueAt + 980;
  return {
    claim,
    settlement: { outcome: 'accepted', state: 'delivered', dueAt: startedAt, step: 0, isGone: false },
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
      outcome: 'accepted',
      status: 200,
      responseHeaders: { 'content-length': '0', date: 'Thu, 01 Jan 2026 00:00:00 GMT' },
      responseBody: new Uint8Array(0),
      error: null,
    },
  };
}

const attemptIds = createIdSource(systemRandom);
const recordTerms: Omit<RecordTerms, 'now'> = { noticeHealth: () => [], noticeExhausted: () => null };
