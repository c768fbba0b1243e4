// Follows the stream of attempts through restarts of the server and changes of the network.
import type { FoundAttempt } from '#contract/deliveries.ts';
import type { StreamEvent } from '#contract/event-stream.ts';
import type { TailQuery } from '#contract/tail.ts';
import { ApiError, openStream } from '#web/lib/api.ts';
import { readEvents } from '#web/lib/event-stream.ts';
import type { Change } from './watch.ts';

/** Pauses before each try to connect; the last one is repeated. */
const pausesMs = [200, 500, 1000, 2000, 5000, 10_000] as const;

/** Ends when `signal` aborts, when the first connection fails, and for a refusal that stays. */
export async function follow(
  query: TailQuery,
  signal: AbortSignal,
  tell: (change: Change) => void,
): Promise<void> {
  let hasOpened = false;
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      const body = await openStream('tailAttempts', { query }, signal);
      tell({ kind: 'opened', at: now() });
      hasOpened = true;
      tries = 0;
      for await (const events of readEvents(body)) tellEvents(events, tell);
      throw new Error('The server closed the connection.');
    } catch (error) {
      if (signal.aborted) return;
      if (!hasOpened || isFinal(error)) return tell({ kind: 'refused', error });
      tell({ kind: 'lost', at: now(), reason: error instanceof Error ? error.message : String(error) });
      await pause(pausesMs[Math.min(tries, pausesMs.length - 1)] ?? 0, signal);
    }
  }
}

/** Throws what the server says when it ends the stream. */
function tellEvents(events: readonly StreamEvent[], tell: (change: Change) => void): void {
  const attempts = events.filter(({ event }) => event === 'attempt').map(({ data }) => data as FoundAttempt);
  if (attempts.length > 0) tell({ kind: 'came', attempts });
  if (events.some(({ event }) => event === 'missed')) tell({ kind: 'missed', at: now() });
  const end = events.find(({ event }) => event === 'end');
  if (end !== undefined) throw new Error((end.data as { readonly detail: string }).detail);
}

/** The server would refuse the same again: the session has ended, or the tenant is removed. */
function isFinal(error: unknown): boolean {
  return error instanceof ApiError && [400, 401, 403, 404].includes(error.status);
}

function now(): string {
  return new Date().toISOString();
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
  });
}
