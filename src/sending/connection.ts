// One HTTP/1.1 connection with keep-alive: one request at a time, no pipelining. A kept connection that the
// receiver closed while the request was on its way (stale keep-alive) hands the request back to be sent again.
import type { Socket } from 'node:net';
import { type Deadline, startDeadline } from '#lib/deadline.ts';
import { AnswerParser } from './answer.ts';
import {
  connectionLost,
  connectTimeout,
  explain,
  type Failure,
  lostWithCertificate,
  toFailure,
} from './failure.ts';
import type { Guard } from './guard.ts';
import type { Route } from './route.ts';
import { hasStoodStill, noTime, type OwnFailure } from './shortage.ts';
import { Tunnel } from './tunnel.ts';

/** One request and where its answer goes. Exactly one of `answered`, `failed` and `unsent` is called, once. */
export interface Exchange {
  /** In latin1, with the empty line at its end. */
  readonly head: string;
  readonly body: Uint8Array;
  /** True when the head says that the connection is not used again. */
  readonly isLast: boolean;
  /** True once one of them was called, which the deadline may do at any time. */
  readonly isSettled: boolean;
  /** Where it is sent; null while it waits for a connection. */
  connection: Connection | null;
  /** The answer may be read during the call only. `isCut`: it was not read to its end. */
  answered(answer: AnswerParser, isCut: boolean): void;
  /** `status` is that of the answer when its headers had arrived. */
  failed(failure: Failure, status: number | null): void;
  /** Nothing of it was sent, for a reason of ours. */
  unsent(failure: OwnFailure): void;
}

/** What a connection reports to the pool that holds it. */
export interface ConnectionOwner {
  /** The connection may be used again. */
  released(connection: Connection): void;
  /** The connection is closed. Called once. `unsent` was lost on a stale one and is owed a new connection. */
  closed(connection: Connection, unsent: Exchange | null): void;
}

/** Time for name, TCP, egress proxy and TLS together. Less than the usual deadlines, so that sockets do not outlive them. */
const connectMsMax = 10_000;

/** How long an idle connection is kept at most. */
const idleMsMax = 10_000;

/** How much earlier than the receiver says: its close takes time to arrive. */
const idleMarginMs = 1_000;

/** Where all sockets of this thread read into: what is read is parsed before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(16 * 1024);

export class Connection {
  /** By `performance.now()`: until when an idle connection may be used. */
  idleUntil = 0;

  /** Null while the guard judges what an egress proxy is asked for. */
  #socket: Socket | null = null;
  readonly #owner: ConnectionOwner;
  readonly #hasClientCertificate: boolean;
  /** Until it leads to the receiver. */
  #tunnel: Tunnel | null = null;
  readonly #answer = new AnswerParser();
  readonly #connecting: Deadline;
  #exchange: Exchange | null = null;
  #isConnected = false;
  #isReused = false;
  #isClosed = false;

  /** Connects at once; `exchange` is sent as soon as that is done. */
  constructor(guard: Guard, route: Route, owner: ConnectionOwner, exchange: Exchange) {
    const { target, secureContext, egress } = route;
    this.#owner = owner;
    this.#hasClientCertificate = route.hasClientCertificate;
    this.#exchange = exchange;
    exchange.connection = this;
    this.#connecting = startDeadline(connectMsMax, failConnecting, this);
    const onRead = { buffer: readBuffer, callback: (bytes: number) => this.#read(bytes) };
    if (egress === null) {
      const socket = guard.connect(target, secureContext, onRead);
      this.#use(socket);
      // Not 'connect' with TLS: nothing is written before the certificate is verified.
      socket.once(target.isTls ? 'secureConnect' : 'connect', () => this.#start());
    } else {
      this.#tunnel = new Tunnel(guard, route, egress, onRead, {
        use: (socket) => this.#use(socket),
        opened: () => this.#start(),
        failed: (failure) => this.fail(failure),
      });
    }
  }

  /** Sends a request on an idle connection. */
  send(exchange: Exchange): void {
    this.#exchange = exchange;
    exchange.connection = this;
    this.#isReused = true;
    this.#answer.reset();
    this.#write(exchange);
  }

  /** A request may be sent, or is. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Gives up on the exchange: what has arrived of an answer counts, or else it has failed by `failure`. */
  expire(failure: Failure | OwnFailure): void {
    const exchange = this.#answer.status === null ? null : this.#exchange;
    if (exchange === null) {
      this.fail(failure);
      return;
    }
    this.#exchange = null;
    this.close();
    exchange.answered(this.#answer, true);
  }

  /** The time for connecting has passed. */
  failConnecting(): void {
    this.fail(hasStoodStill(this.#connecting.elapsedMs(), connectMsMax) ? noTime : connectTimeout);
  }

  /** Ends the exchange and the connection. RFC 9112 9.3.1: a stale connection is no failure of the request. */
  fail(cause: Failure | OwnFailure): void {
    const failure = this.#tunnel?.explain(cause) ?? cause;
    const exchange = this.#exchange;
    const isStale = this.#isReused && failure === connectionLost && !this.#answer.hasBytes;
    this.#exchange = null;
    this.close(isStale ? exchange : null);
    if (isStale) return;
    const isRefused = failure === connectionLost && this.#hasClientCertificate && !this.#answer.hasBytes;
    if (!('shortage' in failure)) {
      exchange?.failed(isRefused && !this.#isReused ? lostWithCertificate : failure, this.#answer.status);
    } else if (this.#isConnected) exchange?.failed(toFailure(failure), this.#answer.status);
    else exchange?.unsent(failure);
  }

  /** Closes at once: what the receiver still sends is not read. */
  close(unsent: Exchange | null = null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connecting.clear();
    this.#tunnel?.close();
    this.#socket?.destroy();
    this.#owner.closed(this, unsent);
  }

  /** From now on it is this socket whose errors count: within a tunnel, TLS has a socket of its own. */
  #use(socket: Socket): void {
    this.#socket = socket;
    const fail = (failure: Failure | OwnFailure): void => {
      if (this.#socket === socket) this.fail(failure);
    };
    socket.on('error', (error) => fail(explain(error, socket, this.#hasClientCertificate)));
    socket.once('end', () => {
      if (this.#socket === socket) this.#end();
    });
    socket.once('close', () => fail(connectionLost));
  }

  #start(): void {
    this.#connecting.clear();
    this.#tunnel = null;
    this.#isConnected = true;
    if (this.#exchange !== null) this.#write(this.#exchange);
  }

  #write({ head, body }: Exchange): void {
    const socket = this.#socket;
    if (socket === null) return;
    socket.cork();
    socket.write(head, 'latin1');
    if (body.length > 0) socket.write(body);
    socket.uncork();
  }

  /** False stops reading. */
  #read(bytes: number): boolean {
    const exchange = this.#exchange;
    if (exchange === null) {
      // No request was sent: these bytes could be taken for the answer to the next one.
      this.close();
      return false;
    }
    const progress = this.#answer.push(readBuffer, bytes);
    if (progress === 'unfinished') return true;
    if (progress === 'invalid') this.fail({ code: 'answer_invalid', message: this.#answer.problem });
    else this.#finish(exchange, progress === 'cut');
    return !this.#isClosed;
  }

  /** The receiver has ended the connection. */
  #end(): void {
    if (this.#exchange !== null && this.#answer.end() === 'whole') this.#finish(this.#exchange, false);
    else this.fail(connectionLost);
  }

  #finish(exchange: Exchange, isCut: boolean): void {
    const answer = this.#answer;
    this.#exchange = null;
    exchange.answered(answer, isCut);
    const keptMs = Math.min(idleMsMax, (answer.keepAliveMs() ?? Infinity) - idleMarginMs);
    // An answer may come before the whole request has been written.
    const canReuse =
      answer.canReuse() && !exchange.isLast && this.#socket?.writableLength === 0 && keptMs > 0;
    if (!canReuse) {
      this.close();
      return;
    }
    this.idleUntil = performance.now() + keptMs;
    this.#owner.released(this);
  }
}

function failConnecting(connection: Connection): void {
  connection.failConnecting();
}
