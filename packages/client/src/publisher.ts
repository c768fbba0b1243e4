// Batching of concurrent publishes: one request at a time for each tenant, and what arrives meanwhile goes with the next
// one. So events are published in the order of the calls, and a lone event is sent at once.
import type { BatchEvent } from '../../../src/contract/events.ts';
import { countOfBatch, type WrittenEvent } from './batch.ts';
import { CarillonError } from './error.ts';

/** Publishes all of them or none. */
export type PublishAll = (tenant: string, events: readonly WrittenEvent[]) => Promise<readonly BatchEvent[]>;

export type PublishOne = (tenant: string, event: WrittenEvent, signal?: AbortSignal) => Promise<BatchEvent>;

interface Waiting extends WrittenEvent {
  readonly resolve: (published: BatchEvent) => void;
  readonly reject: (error: unknown) => void;
}

/** Of all tenants, with what is being sent. Beyond it, publishing is refused with `queue_full`. */
const waitingMax = { events: 10_000, bytes: 64 * 1024 * 1024 };

export function createPublisher(publishAll: PublishAll): PublishOne {
  const queues = new Map<string, Waiting[]>();
  const waiting = { events: 0, bytes: 0 };

  const enqueue = (tenant: string, entry: Waiting): void => {
    const queue = queues.get(tenant);
    if (queue !== undefined) return void queue.push(entry);
    queues.set(tenant, [entry]);
    void drain(tenant, queues, publishAll);
  };

  return async (tenant, event, signal) => {
    signal?.throwIfAborted();
    if (waiting.events >= waitingMax.events || waiting.bytes + event.bytes > waitingMax.bytes) {
      throw new CarillonError('too many events wait to be published', { code: 'queue_full' });
    }
    waiting.events += 1;
    waiting.bytes += event.bytes;
    return new Promise<BatchEvent>((resolve, reject) => {
      const entry: Waiting = {
        ...event,
        resolve: (published) => settle(() => resolve(published)),
        reject: (error) => settle(() => reject(error)),
      };
      const settle = (report: () => void): void => {
        waiting.events -= 1;
        waiting.bytes -= event.bytes;
        signal?.removeEventListener('abort', abort);
        report();
      };
      // What is in a request already stays there, since the others in it are not aborted.
      const abort = (): void => {
        const queue = queues.get(tenant) ?? [];
        const index = queue.indexOf(entry);
        if (index === -1) return reject(signal?.reason as Error);
        queue.splice(index, 1);
        entry.reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort);
      enqueue(tenant, entry);
    });
  };
}

async function drain(tenant: string, queues: Map<string, Waiting[]>, publishAll: PublishAll): Promise<void> {
  const queue = queues.get(tenant) ?? [];
  // Calls of the same turn of the event loop share the first request.
  await Promise.resolve();
  while (queue.length > 0) await publishEach(tenant, queue.splice(0, countOfBatch(queue)), publishAll);
  queues.delete(tenant);
}

/**
 * The events are unrelated, and a request stands or falls as a whole: one that is refused for an event in it is halved, so
 * that each caller gets the answer to its own event.
 */
async function publishEach(
  tenant: string,
  events: readonly Waiting[],
  publishAll: PublishAll,
): Promise<void> {
  let published: readonly BatchEvent[];
  try {
    published = await publishAll(tenant, events);
  } catch (error) {
    if (events.length === 1 || !isOfOneEvent(error)) return events.forEach(({ reject }) => reject(error));
    const half = Math.ceil(events.length / 2);
    await publishEach(tenant, events.slice(0, half), publishAll);
    return publishEach(tenant, events.slice(half), publishAll);
  }
  events.forEach(({ resolve, reject }, index) => {
    const one = published[index];
    if (one !== undefined) return resolve(one);
    reject(new CarillonError('the answer lacks an event', { code: 'answer_invalid' }));
  });
}

/** A wrong field, an id with other content, a body that is too large. Not a key or a tenant that is unknown. */
function isOfOneEvent(error: unknown): boolean {
  return error instanceof CarillonError && [400, 409, 413, 422].includes(error.status);
}
