// Own failures: what this process could not send for a reason of its own. No attempt is recorded; a metric, one log line a
// minute and readiness say so instead.
import type { Shortage, Unsent } from '#core/attempt.ts';
import type { Trouble } from '#core/backend.ts';
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import type { DeliveryMetrics } from './metrics.ts';

/** Pause of an endpoint whose request could not be sent. */
export const shortageWaitMs = 1_000;
const logEveryMs = 60_000;
/** How long readiness remembers a shortage: some rounds of the pauses. */
const rememberMs = 5_000;

/**
 * What to say of each. Ports, proxies, transforms and time are no reasons against readiness: ports run out for one receiver, whose owner
 * would take the server away from all others; a proxy is missing for every process at once, and events can still be taken in;
 * and a process that has stood still works again when it says so.
 */
const meanings: Readonly<Record<Shortage, { readonly hint: string; readonly summary: string | null }>> = {
  descriptors: {
    hint: 'raise the limit of open files (LimitNOFILE, ulimit -n), or lower CARILLON_CONNECTIONS_MAX',
    summary: 'the process is out of file descriptors',
  },
  memory: { hint: 'give the machine or the process more memory', summary: 'the machine is out of memory' },
  names: { hint: 'check the name servers in /etc/resolv.conf', summary: 'no name server can be asked' },
  egress: {
    hint: 'the egress proxy cannot be reached, wants other credentials, or is not configured here: check CARILLON_EGRESS_PROXY and CARILLON_EGRESS_PROXIES',
    summary: null,
  },
  ports: {
    hint: 'too many connections to one receiver are closing: let it keep connections alive, or widen net.ipv4.ip_local_port_range',
    summary: null,
  },
  transforms: {
    hint: 'too many transforms wait: raise CARILLON_TRANSFORM_THREADS, or find the endpoints whose transforms are slow',
    summary: null,
  },
  time: { hint: 'the process stood still: give it more CPU time, or look for swapping', summary: null },
};

interface ShortagesDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<DeliveryMetrics, 'unsent'>;
}

export class Shortages {
  readonly #deps: ShortagesDeps;
  /** When each was seen last. Unix ms. */
  readonly #seenAt = new Map<Shortage, number>();
  #logsAt = -Infinity;
  /** Since the last line. */
  #unsent = 0;

  constructor(deps: ShortagesDeps) {
    this.#deps = deps;
  }

  /** A request was not sent. */
  report({ shortage, code }: Unsent): void {
    const { clock, log, metrics } = this.#deps;
    const now = clock.now();
    metrics.unsent(shortage);
    this.#seenAt.set(shortage, now);
    this.#unsent++;
    if (now < this.#logsAt) return;
    this.#logsAt = now + logEveryMs;
    log.error({ shortage, code, unsent: this.#unsent, hint: meanings[shortage].hint }, 'delivery.not_sent');
    this.#unsent = 0;
  }

  /** Those that keep this process from sending now. */
  troubles(): readonly Trouble[] {
    const since = this.#deps.clock.now() - rememberMs;
    return [...this.#seenAt].flatMap(([shortage, seenAt]) => {
      const { summary, hint } = meanings[shortage];
      return summary === null || seenAt < since ? [] : [{ summary, detail: `${summary}: ${hint}` }];
    });
  }
}
