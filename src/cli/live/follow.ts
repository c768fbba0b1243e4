// Follows a stream through restarts of the server and changes of the network: connects again until it is stopped, or until the
// server refuses it for a reason that stays.
import type { StreamEvent } from '#contract/event-stream.ts';
import type { Clock } from '#lib/clock.ts';
import { ApiFailure } from '../client.ts';
import { Failure, messageOf } from '../failure.ts';
import { readEvents } from './read-events.ts';

export interface Followed {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly open: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;
  /** Once for each loss. */
  readonly lost: (reason: string) => void;
  readonly back: () => void;
}

/** Pauses before each try to connect; the last one is repeated. */
export const pausesMs = [200, 500, 1_000, 2_000, 5_000, 10_000] as const;

export function pauseMs(tries: number): number {
  return pausesMs[Math.min(tries, pausesMs.length - 1)] ?? 0;
}

/** Ends when the signal aborts. Throws when the first connection fails, and for a refusal such as of a revoked key. */
export async function* follow({ clock, signal, open, lost, back }: Followed): AsyncGenerator<StreamEvent> {
  let hasOpened = false;
  for (let tries = 0; !signal.aborted;) {
    try {
      const body = await open(signal);
      if (tries > 0) back();
      hasOpened = true;
      tries = 0;
      for await (const event of readEvents(body, clock)) {
        if (event.event === 'end') throw new Failure(detailOf(event.data));
        yield event;
      }
      throw new Failure('the server closed the connection');
    } catch (error) {
      if (signal.aborted) return;
      if (!hasOpened || isFinal(error)) throw error;
      if (tries === 0) lost(messageOf(error));
      await clock.sleep(pauseMs(tries++), signal);
    }
  }
}

/** Whether the server would refuse the same again: the key is revoked, or the tenant or endpoint is removed. */
export function isFinal(error: unknown): boolean {
  return error instanceof ApiFailure && [400, 401, 403, 404].includes(error.status);
}

function detailOf(data: unknown): string {
  const isObject = typeof data === 'object' && data !== null;
  return isObject && 'detail' in data ? String(data.detail) : 'the server ended the stream';
}
