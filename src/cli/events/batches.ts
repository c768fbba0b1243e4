// Batching: groups events into requests by count, size and idle time.
import type { Clock } from '#lib/clock.ts';
import type { WrittenEvent } from './event-reader.ts';

/** Bytes: half of what the server accepts, since the size of the request is only estimated here. */
export const batchLimits = { events: 1000, bytes: 4 * 1024 * 1024 } as const;
/** After this long without input, an incomplete batch is sent. */
const idleMs = 200;

export type Batch = readonly WrittenEvent[];

/** Batches in the order of the events, within the limits. An event beyond the limits is a batch by itself. */
export async function* toBatches(
  groups: AsyncIterable<readonly WrittenEvent[]>,
  clock: Clock,
): AsyncGenerator<Batch> {
  const arrivals = groups[Symbol.asyncIterator]();
  let batch: WrittenEvent[] = [];
  let bytes = 0;
  const take = (): Batch => {
    const full = batch;
    batch = [];
    bytes = 0;
    return full;
  };
  let arrival = arrivals.next();
  for (;;) {
    const arrived = await settled(batch.length === 0 ? arrival : orIdle(arrival, clock));
    if (arrived.kind === 'failed') {
      // The events before the wrong line are sent before its error is thrown.
      if (batch.length > 0) yield take();
      throw arrived.error;
    }
    if (arrived.value === 'idle') {
      yield take();
      continue;
    }
    if (arrived.value.done === true) break;
    for (const event of arrived.value.value) {
      const size = Buffer.byteLength(event.json) + 1;
      const isFull = batch.length >= batchLimits.events || bytes + size > batchLimits.bytes;
      if (isFull && batch.length > 0) yield take();
      batch.push(event);
      bytes += size;
    }
    arrival = arrivals.next();
  }
  if (batch.length > 0) yield take();
}

type Settled<T> =
  { readonly kind: 'done'; readonly value: T } | { readonly kind: 'failed'; readonly error: unknown };

function settled<T>(promise: Promise<T>): Promise<Settled<T>> {
  return promise.then(
    (value) => ({ kind: 'done', value }),
    (error: unknown) => ({ kind: 'failed', error }),
  );
}

async function orIdle<T>(promise: Promise<T>, clock: Clock): Promise<T | 'idle'> {
  const ended = new AbortController();
  try {
    return await Promise.race([promise, clock.sleep(idleMs, ended.signal).then(() => 'idle' as const)]);
  } finally {
    ended.abort();
  }
}
