// Which of several servers takes writes, also after a fail-over. All are asked at once, so that one that does not answer
// delays nobody; the one that was found is remembered until it is in doubt.
import type { Clock } from './clock.ts';

export interface PrimaryOptions<Host> {
  readonly hosts: readonly [Host, ...Host[]];
  /** Whether servers are asked at all: otherwise the only one is taken as it is. */
  readonly isAsked: boolean;
  /** Rejects when the server does not take writes or does not answer: soon, and at once when `signal` aborts. */
  readonly ask: (host: Host, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  /** Called when another server has become the primary. */
  readonly onMove: (from: Host) => void;
}

/** No server takes writes. Has the reason of each. */
export class NoPrimary extends Error {
  readonly failures: readonly { readonly host: string; readonly error: unknown }[];

  constructor(failures: NoPrimary['failures']) {
    super('no host takes writes');
    this.name = 'NoPrimary';
    this.failures = failures;
  }
}

/** For so long nobody is asked again after nobody took writes: callers are many. */
const pauseMs = 250;

export class Primary<Host extends { readonly name: string }> {
  readonly #options: PrimaryOptions<Host>;
  #known: Host;
  #isSure: boolean;
  #asking: Promise<Host> | null = null;
  #refused: { readonly until: number; readonly error: unknown } | null = null;

  constructor(options: PrimaryOptions<Host>) {
    this.#options = options;
    this.#known = options.hosts[0];
    this.#isSure = !options.isAsked;
  }

  /** The one found last; before, the first. */
  get known(): Host {
    return this.#known;
  }

  /** The server that takes writes: the one found last, unless it is in doubt. Rejects with `NoPrimary`. */
  async find(): Promise<Host> {
    if (this.#isSure) return this.#known;
    if (this.#refused !== null && this.#options.clock.now() < this.#refused.until) throw this.#refused.error;
    return this.look();
  }

  /** Asks all of them. When none takes writes, the one that is known stays it, as long as it is not in doubt. */
  look(): Promise<Host> {
    if (!this.#options.isAsked) return Promise.resolve(this.#known);
    this.#asking ??= this.#askAll().finally(() => (this.#asking = null));
    return this.#asking;
  }

  /** It has refused a write or lost a connection: all are asked before it is used again. */
  doubt(host: Host): void {
    if (this.#options.isAsked && host === this.#known) this.#isSure = false;
  }

  async #askAll(): Promise<Host> {
    const { hosts, ask, clock, onMove } = this.#options;
    const answered = new AbortController();
    const failures = new Map<Host, unknown>();
    try {
      const found = await Promise.any(
        hosts.map((host) =>
          ask(host, answered.signal).then(
            () => host,
            (error: unknown) => {
              failures.set(host, error);
              throw error;
            },
          ),
        ),
      );
      const before = this.#known;
      this.#known = found;
      this.#isSure = true;
      this.#refused = null;
      if (found !== before) onMove(before);
      return found;
    } catch {
      const error = new NoPrimary(hosts.map((host) => ({ host: host.name, error: failures.get(host) })));
      this.#refused = { until: clock.now() + pauseMs, error };
      throw error;
    } finally {
      answered.abort();
    }
  }
}
