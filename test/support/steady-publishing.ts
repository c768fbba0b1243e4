// Publishers that go on while servers are replaced. They repeat what the client library repeats, and where several processes
// answer, a request that one of them does not take goes to the next, as behind a load balancer.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { createClient, type Fetch } from '#packages/client/src/client.ts';

export interface SteadyPublishing {
  /** Ids of the events. */
  readonly accepted: readonly string[];
  /** What was given up or refused. */
  readonly failures: readonly string[];
  /** The longest time without an acceptance since the first one, in ms. */
  longestGapMs(): number;
  /** Resolves when so many more are accepted. */
  untilAccepted(more: number): Promise<void>;
  stop(): Promise<void>;
}

interface Publishing {
  /** The processes that answer, the first choice first. */
  readonly urls: () => readonly string[];
  readonly key: () => string;
  readonly tenant: string;
  readonly publishers: number;
}

/** A pause of each publisher, so that a start beside it has a processor. */
const pauseMs = 40;

/** Begins the id of each event of one call: two of them may publish for one tenant. */
let calls = 0;

export function startPublishing({ urls, key, tenant, publishers }: Publishing): SteadyPublishing {
  const accepted: string[] = [];
  const failures: string[] = [];
  const call = ++calls;
  let lastAt: number | null = null;
  let longestMs = 0;
  let isStopped = false;
  const note = (id: string): void => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - (lastAt ?? now));
    lastAt = now;
    accepted.push(id);
  };
  const publish = async (publisher: number): Promise<void> => {
    const client = createClient({
      server: 'http://127.0.0.1',
      key: 'given-below',
      fetch: balance(urls, key),
    });
    for (let place = 0; !isStopped; place++) {
      const id = `event-${call}-${publisher}-${place}`;
      await client.publish(tenant, { id, type: 'payment.paid', payload: { id } }).then(
        () => note(id),
        (error: unknown) => failures.push(`${id}: ${String(error)}`),
      );
      await sleep(pauseMs);
    }
  };
  const done = Promise.all(Array.from({ length: publishers }, (_, publisher) => publish(publisher)));
  return {
    accepted,
    failures,
    longestGapMs: () => Math.round(longestMs),
    async untilAccepted(more) {
      const wanted = accepted.length + more;
      await expect.poll(() => accepted.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(wanted);
    },
    async stop() {
      isStopped = true;
      await done;
    },
  };
}

/** Asks one process after the other, until one answers something else than 503. */
function balance(urls: Publishing['urls'], key: Publishing['key']): Fetch {
  return async ({ pathname }, init) => {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${key()}` };
    let refused: Response | Error = new TypeError('there is no server');
    for (const url of urls()) {
      refused = await fetch(new URL(pathname, url), { ...init, headers }).catch((error: Error) => error);
      if (refused instanceof Response && refused.status !== 503) return refused;
    }
    if (refused instanceof Error) throw refused;
    return refused;
  };
}
