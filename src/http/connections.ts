// Inbound connections: a bound on how many are open, timeouts, and recycling of those that are kept alive. When the bound is
// met, the connection is closed from which the least is lost: a half-open one, whose request does not arrive, or else an idle
// one, the oldest first. Those that have shown a known key come last, and none is closed whose request is being answered.
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '#lib/clock.ts';
import { startDeadline } from '#lib/deadline.ts';
import { announcesBody, isDoublyEncoded } from './body.ts';
import type { HttpMetrics } from './metrics.ts';

/** A connection that is kept alive is closed after so many requests or so long, so that load balancers spread anew. */
const requestsMax = 10_000;
const ageMsMax = 10 * 60_000;

/** How long a request may take to arrive before its connection is the first to be closed. */
const graceMs = 1_000;

/** Times are Unix ms. */
interface Connection {
  readonly openedAt: number;
  /** When the last request began; before the first, when it was opened. */
  since: number;
  requests: number;
  /** Requests whose head has arrived and that are not answered. */
  unanswered: number;
  /** A request has shown a key that is known. */
  isKnown: boolean;
}

export interface ConnectionRules {
  readonly connectionsMax: number;
  /** Time for a whole request. */
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
  readonly metrics: Pick<HttpMetrics, 'connected' | 'shed'>;
}

export class Connections {
  readonly #rules: ConnectionRules;
  readonly #open = new Map<Socket, Connection>();
  /** No request of theirs has arrived. All sets have the oldest first. */
  readonly #fresh = new Set<Socket>();
  /** The body of a request has not arrived completely; it may be answered already. */
  readonly #receiving = new Set<Socket>();
  /** All requests that have arrived are answered: of connections without a known key, and with one. */
  readonly #idle = { strange: new Set<Socket>(), known: new Set<Socket>() } as const;
  #isClosing = false;

  constructor(server: Server, rules: ConnectionRules) {
    this.#rules = rules;
    server.on('connection', (socket: Socket) => this.#add(socket));
    // Before the framework, which may answer at once.
    server.prependListener('request', (request: IncomingMessage) => this.#begin(request));
    // Without a listener the server would close the connection at once.
    server.on('timeout', (socket: Socket) => this.#expireInactive(socket));
  }

  /** A request is being answered. True when it should be the last of its connection. */
  isLast(request: IncomingMessage): boolean {
    const { socket } = request;
    const connection = this.#open.get(socket);
    // Requests that are injected have none.
    if (connection === undefined) return this.#isClosing;
    connection.unanswered--;
    if (this.#isClosing || isDoublyEncoded(request)) return true;
    // More requests have arrived: they are served, too.
    if (connection.unanswered > 0) return false;
    this.#idle[connection.isKnown ? 'known' : 'strange'].add(socket);
    const isOld = this.#rules.clock.now() - connection.openedAt >= ageMsMax;
    return isOld || connection.requests >= requestsMax;
  }

  /** The client has shown a key that is known. */
  trust({ socket }: IncomingMessage): void {
    const connection = this.#open.get(socket);
    if (connection !== undefined) connection.isKnown = true;
  }

  /** The request that is arriving has its answer: another one would be taken for that to the next request. */
  isAnswered(socket: Socket): boolean {
    return this.#receiving.has(socket) && this.#open.get(socket)?.unanswered === 0;
  }

  /**
   * A request did not arrive in time: calls `refuse` for one that has begun and is not answered, and closes silently what has
   * sent nothing, because a client may take an answer for that to its first request.
   */
  expire(socket: Socket, refuse: (socket: Socket) => void): void {
    afterReading(socket, (hasRead) => {
      if (hasRead) this.#waitAgain(socket, () => this.expire(socket, refuse));
      else if (this.#hasBegun(socket) && !this.isAnswered(socket)) refuse(socket);
      else if (!this.#isBeingAnswered(socket)) socket.destroy();
    });
  }

  /** No connection is kept from now on; those are closed that have sent nothing, which the server does not count as idle. */
  close(): void {
    this.#isClosing = true;
    for (const socket of this.#fresh) if (socket.bytesRead === 0) socket.destroy();
  }

  #add(socket: Socket): void {
    if (this.#isClosing || !this.#hasRoom()) {
      socket.destroy();
      return;
    }
    const openedAt = this.#rules.clock.now();
    this.#open.set(socket, { openedAt, since: openedAt, requests: 0, unanswered: 0, isKnown: false });
    this.#fresh.add(socket);
    this.#rules.metrics.connected(this.#open.size);
    socket.once('close', () => this.#remove(socket));
  }

  /** Makes room for one more if need be. False when every connection is at work. */
  #hasRoom(): boolean {
    if (this.#open.size < this.#rules.connectionsMax) return true;
    const now = this.#rules.clock.now();
    const victim =
      this.#findHalfOpen(now - graceMs) ??
      findQuiet(this.#idle.strange) ??
      this.#findHalfOpen(now) ??
      findQuiet(this.#idle.known);
    if (victim === undefined) {
      this.#rules.metrics.shed('new');
      return false;
    }
    const isHalfOpen = this.#fresh.has(victim) || this.#receiving.has(victim);
    this.#rules.metrics.shed(isHalfOpen ? 'half_open' : 'idle');
    victim.destroy();
    // It counts no more, although its 'close' comes later.
    this.#remove(victim);
    return true;
  }

  /** One without a known key whose request began at `before` or earlier and has not arrived. */
  #findHalfOpen(before: number): Socket | undefined {
    for (const sockets of [this.#fresh, this.#receiving]) {
      for (const socket of sockets) {
        const connection = this.#open.get(socket);
        if (connection === undefined || connection.isKnown) continue;
        if (connection.since <= before) return socket;
        break;
      }
    }
    return undefined;
  }

  #remove(socket: Socket): void {
    const { strange, known } = this.#idle;
    for (const sockets of [this.#open, this.#fresh, this.#receiving, strange, known]) sockets.delete(socket);
    this.#rules.metrics.connected(this.#open.size);
  }

  #begin(request: IncomingMessage): void {
    const { socket } = request;
    const connection = this.#open.get(socket);
    if (connection === undefined) return;
    connection.requests++;
    connection.unanswered++;
    connection.since = this.#rules.clock.now();
    this.#fresh.delete(socket);
    this.#idle[connection.isKnown ? 'known' : 'strange'].delete(socket);
    if (!announcesBody(request)) return;
    this.#receiving.add(socket);
    request.once('end', () => this.#receiving.delete(socket));
  }

  #hasBegun(socket: Socket): boolean {
    return this.#fresh.has(socket) ? socket.bytesRead > 0 : this.#receiving.has(socket);
  }

  /** The server checks each request once: what is still not whole gets its time again. */
  #waitAgain(socket: Socket, expire: () => void): void {
    const requests = this.#open.get(socket)?.requests;
    const deadline = startDeadline(
      this.#rules.requestTimeoutMs,
      () => {
        const isSame = this.#open.get(socket)?.requests === requests;
        if (isSame && this.#hasBegun(socket)) expire();
      },
      undefined,
    );
    socket.once('close', () => deadline.clear());
  }

  /** Nothing was read or written for long. */
  #expireInactive(socket: Socket): void {
    afterReading(socket, (hasRead) => {
      if (!hasRead && !this.#isBeingAnswered(socket)) socket.destroy();
    });
  }

  /** The server works on its answer; false while the client does not read one that is written. */
  #isBeingAnswered(socket: Socket): boolean {
    return (this.#open.get(socket)?.unanswered ?? 0) > 0 && socket.writableLength === 0;
  }
}

/**
 * Timers run before sockets are read: after the process stood still, whole requests may wait. `act` runs after the next
 * reading, and is told whether there was anything.
 */
function afterReading(socket: Socket, act: (hasRead: boolean) => void): void {
  const { bytesRead } = socket;
  setImmediate(() => {
    if (!socket.destroyed) act(socket.bytesRead > bytesRead);
  });
}

/** The first one whose answers have all been taken by the client's machine. */
function findQuiet(sockets: ReadonlySet<Socket>): Socket | undefined {
  for (const socket of sockets) if (socket.writableLength === 0) return socket;
  return undefined;
}
