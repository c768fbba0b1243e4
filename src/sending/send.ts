// HTTP sender with per-request deadline, response limits and connection pooling: the only way out of this
// process. A hostile receiver costs one socket, 80 KiB of reading and its deadline at most, and every exchange
// ends as a Reply value.
import type { Reply, Unsent } from '#core/attempt.ts';
import { type Deadline, startDeadline } from '#lib/deadline.ts';
import { type AddressRules, judgeUrl, portOf } from './address.ts';
import type { AnswerParser } from './answer.ts';
import { Breaker } from './breaker.ts';
import type { ConnectionTerms } from './connection-terms.ts';
import type { Connection, Exchange } from './connection.ts';
import { createEgress, type EgressConfig, type EgressProxy } from './egress.ts';
import { type Failure, headerRefused, senderClosed, tlsUnusable } from './failure.ts';
import { createGuard, type Dial } from './guard.ts';
import { createPool, type Pool } from './pool.ts';
import { finishHead, startHead } from './request.ts';
import type { Resolve } from './resolve.ts';
import type { Egress, Route } from './route.ts';
import { createSecureContexts, type SecureContexts } from './secure-contexts.ts';
import { hasStoodStill, noTime, type OwnFailure } from './shortage.ts';
import type { Target } from './target.ts';

export interface SendRequest {
  readonly url: string;
  /**
   * Sent with the names as they are spelled, but for those that belong to the connection or the sender (`host`,
   * `user-agent` and such), which are dropped.
   */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** For the whole exchange: name, connection, request and the whole answer. */
  readonly timeoutMs: number;
  /** Null or absent: as the server has it. */
  readonly terms?: ConnectionTerms | null;
}

export interface Sender {
  /**
   * POSTs and follows no redirect. Sends once, and once more only when a kept connection turns out to be
   * closed before any byte of an answer. Never rejects: every ending is a Reply, or Unsent when this machine or process
   * could not even try.
   */
  send(request: SendRequest): Promise<Reply | Unsent>;
  /** Closes all connections at once; exchanges still running end as 'failed'. */
  close(): Promise<void>;
}

export interface SenderOptions {
  readonly rules: AddressRules;
  readonly userAgent: string;
  readonly connectionsPerOriginMax: number;
  /** Sockets open at once above which none is kept alive after its exchange. Default 4096. */
  readonly socketsKeptMax?: number;
  readonly resolve?: Resolve;
  /** A PEM certificate that is trusted besides the usual authorities. */
  readonly ca?: string;
  readonly egress?: EgressConfig;
  readonly dial?: Dial;
}

/** Parsed URLs that are remembered. */
const destinationsMax = 4096;

/** How often idle connections and empty pools are looked for. */
const sweepMs = 1_000;

/** A sender with its own connections. Throws when `ca` is not a certificate. */
export function createSender(options: SenderOptions): Sender {
  const contexts = createSecureContexts(options.ca);
  const guard = createGuard({ ...options, secureContext: contexts.common });
  const findDestination = rememberDestinations(options);
  const findRoute = createRoutes(options, contexts);
  const pools = createPools((route) => createPool(guard, route, options.connectionsPerOriginMax), findRoute);
  const { socketsKeptMax = 4096 } = options;
  let isClosed = false;

  return {
    send({ url, headers, body, timeoutMs, terms = null }) {
      const destination = findDestination(url);
      return new Promise((resolve) => {
        const isLast = guard.openSockets() > socketsKeptMax;
        const head = finishHead(destination.headStart, headers, body.length, isLast);
        const exchange = new TimedExchange(head ?? '', body, isLast, timeoutMs, resolve);
        if (destination.refusal !== null) exchange.failed(destination.refusal, null);
        else if (head === null) exchange.failed(headerRefused, null);
        else if (isClosed) exchange.failed(senderClosed, null);
        else pools.send(destination, terms, exchange);
      });
    },
    async close() {
      isClosed = true;
      pools.close();
      guard.destroySockets();
    },
  };
}

/** An exchange that settles a promise, at its deadline at the latest. */
class TimedExchange implements Exchange {
  readonly head: string;
  readonly body: Uint8Array;
  readonly isLast: boolean;
  connection: Connection | null = null;
  isSettled = false;
  readonly #timeoutMs: number;
  readonly #deadline: Deadline;
  readonly #resolve: (ending: Reply | Unsent) => void;

  constructor(
    head: string,
    body: Uint8Array,
    isLast: boolean,
    timeoutMs: number,
    resolve: (ending: Reply | Unsent) => void,
  ) {
    this.head = head;
    this.body = body;
    this.isLast = isLast;
    this.#timeoutMs = timeoutMs;
    this.#deadline = startDeadline(timeoutMs, expire, this);
    this.#resolve = resolve;
  }

  answered(answer: AnswerParser, isCut: boolean): void {
    this.#settle({
      kind: 'answered',
      status: answer.status ?? 0,
      headers: answer.headers,
      body: answer.body(),
      isCut,
      durationMs: this.#deadline.elapsedMs(),
    });
  }

  failed({ code, message }: Failure, status: number | null): void {
    const durationMs = this.#deadline.elapsedMs();
    this.#settle({ kind: 'failed', error: code, message, status, durationMs });
  }

  unsent({ shortage, code }: OwnFailure): void {
    this.#settle({ kind: 'unsent', shortage, code });
  }

  /** The deadline has passed. */
  expire(): void {
    const isSent = this.connection?.isConnected === true;
    if (!hasStoodStill(this.#deadline.elapsedMs(), this.#timeoutMs))
      this.#giveUp(isSent ? noAnswer : noConnection);
    else if (!isSent) this.#giveUp(() => noTime);
    // Timers run before sockets are read: the answer may be there.
    else setImmediate(() => this.#giveUp(noAnswer));
  }

  #giveUp(describe: (timeoutMs: number) => Failure | OwnFailure): void {
    if (this.isSettled) return;
    // It waited for one of our connections.
    if (this.connection === null) this.unsent(noTime);
    else this.connection.expire(describe(this.#timeoutMs));
  }

  #settle(ending: Reply | Unsent): void {
    this.isSettled = true;
    this.#deadline.clear();
    this.#resolve(ending);
  }
}

function noAnswer(ms: number): Failure {
  return { code: 'timeout', message: `No answer came within ${ms} ms.` };
}

function noConnection(ms: number): Failure {
  return { code: 'timeout', message: `No connection was made within ${ms} ms.` };
}

function expire(exchange: TimedExchange): void {
  exchange.expire();
}

/** A pool for each origin, and for each other way to it, that has connections open. */
function createPools(create: (route: Route) => Pool, findRoute: FindRoute) {
  const pools = new Map<string, Pool>();
  let sweeping: Deadline | null = null;
  const sweep = (): void => {
    const now = performance.now();
    for (const [key, pool] of pools) {
      pool.closeIdle(now);
      if (pool.isEmpty()) pools.delete(key);
    }
    sweeping = pools.size === 0 ? null : startDeadline(sweepMs, sweep, undefined);
  };
  return {
    send({ origin, target }: Destination, terms: ConnectionTerms | null, exchange: TimedExchange): void {
      const key = terms === null ? origin : `${terms.key} ${origin}`;
      const known = pools.get(key);
      if (known !== undefined) {
        known.send(exchange);
        return;
      }
      const route = findRoute(target, terms);
      if ('shortage' in route) exchange.unsent(route);
      else if ('code' in route) exchange.failed(route, null);
      else {
        const pool = create(route);
        pools.set(key, pool);
        sweeping ??= startDeadline(sweepMs, sweep, undefined);
        pool.send(exchange);
      }
    },
    close(): void {
      sweeping?.clear();
      for (const pool of pools.values()) pool.close(senderClosed);
    },
  };
}

type FindRoute = (target: Target, terms: ConnectionTerms | null) => Route | Failure | OwnFailure;

function createRoutes({ egress, userAgent }: SenderOptions, contexts: SecureContexts): FindRoute {
  const findProxy = createEgress(egress ?? { proxy: null, proxies: [], exempt: [] });
  const breakers = new Map<EgressProxy, Breaker>();
  const withBreaker = (proxy: EgressProxy): Egress => {
    const breaker = breakers.get(proxy) ?? new Breaker();
    breakers.set(proxy, breaker);
    return { proxy, breaker };
  };
  return (target, terms) => {
    const proxy = findProxy(target, terms?.egress ?? null);
    // To go without it could show the request, and this server, to networks that must not see them.
    if (proxy === 'unknown') return { shortage: 'egress', code: `${terms?.egress}: not configured` };
    try {
      return {
        target,
        secureContext: terms === null ? contexts.common : contexts.find(terms),
        hasClientCertificate: terms?.tls?.clientCertificate !== undefined,
        egress: proxy === null ? null : withBreaker(proxy),
        userAgent,
      };
    } catch {
      return tlsUnusable;
    }
  };
}

/** What is known of a URL before anything is sent there. */
interface Destination {
  readonly origin: string;
  readonly target: Target;
  readonly headStart: string;
  /** Why nothing may be sent there. */
  readonly refusal: Failure | null;
}

/** Parses and judges each URL once. Forgets all when full: that costs microseconds, and bookkeeping would too. */
function rememberDestinations({ rules, userAgent }: SenderOptions): (url: string) => Destination {
  const destinations = new Map<string, Destination>();
  return (url) => {
    const known = destinations.get(url);
    if (known !== undefined) return known;
    if (destinations.size >= destinationsMax) destinations.clear();
    const destination = readDestination(url, rules, userAgent);
    destinations.set(url, destination);
    return destination;
  };
}

function readDestination(text: string, rules: AddressRules, userAgent: string): Destination {
  const problem = judgeUrl(text, rules, { urlLengthMax: Infinity });
  if (problem !== null) {
    const refusal: Failure = { code: 'address_refused', message: problem };
    return { origin: '', target: { isTls: true, host: '', port: 0 }, headStart: '', refusal };
  }
  const url = new URL(text);
  return {
    origin: url.origin,
    target: {
      isTls: url.protocol === 'https:',
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: portOf(url),
    },
    headStart: startHead(url, userAgent),
    refusal: null,
  };
}
