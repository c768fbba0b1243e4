// HTTP CONNECT (RFC 9110 9.3.6): a connection to the receiver through an egress proxy. The SSRF guard judges the receiver
// first, and the proxy is asked for the address that passed. A proxy that cannot be reached, or wants other credentials, is an
// own failure; what it answers about the receiver is the receiver's failure.
import type { Socket } from 'node:net';
import { explain, type Failure, senderClosed } from './failure.ts';
import type { Guard } from './guard.ts';
import type { Egress, Route } from './route.ts';
import type { OwnFailure } from './shortage.ts';

/** What a tunnel reports to its connection. */
export interface TunnelOwner {
  /** Errors and the end of the connection are those of this socket now. */
  use(socket: Socket): void;
  /** The receiver may be written to. */
  opened(): void;
  failed(failure: Failure | OwnFailure): void;
}

/** Where what is read goes; `callback` gets how many bytes there are, and answers false to stop reading. */
export interface ReadInto {
  readonly buffer: Uint8Array;
  readonly callback: (bytes: number) => boolean;
}

/** Of the head of an answer. */
const headBytesMax = 16 * 1024;

/** Where it has got to: judging the receiver, connecting to the proxy, waiting for its answer, or beyond it. */
type Phase = 'judging' | 'connecting' | 'asked' | 'through' | 'closed';

export class Tunnel {
  readonly #guard: Guard;
  readonly #route: Route;
  readonly #egress: Egress;
  readonly #onRead: ReadInto;
  readonly #owner: TunnelOwner;
  #phase: Phase = 'judging';
  #head = '';

  constructor(guard: Guard, route: Route, egress: Egress, onRead: ReadInto, owner: TunnelOwner) {
    this.#guard = guard;
    this.#route = route;
    this.#egress = egress;
    this.#onRead = onRead;
    this.#owner = owner;
    guard.findAddress(route.target).then(
      ({ address, family }) => this.#connect(family === 6 ? `[${address}]` : address),
      (error: Error) => this.#fail(explain(error, null, false)),
    );
  }

  /** A failure before the receiver may be written to, as what it is by the place where it happened. */
  explain(failure: Failure | OwnFailure): Failure | OwnFailure {
    if ('shortage' in failure || failure === senderClosed) return failure;
    if (this.#phase === 'connecting') return this.#unreachable(failure.code);
    if (this.#phase !== 'asked') return failure;
    const what = failure.code === 'timeout' ? 'did not answer in time' : 'ended the connection';
    return { code: 'egress_failed', message: `The egress proxy ${what} when it was asked for the receiver.` };
  }

  /** Does nothing more. */
  close(): void {
    if (this.#phase === 'connecting') this.#egress.breaker.failed();
    this.#phase = 'closed';
  }

  #fail(failure: Failure | OwnFailure): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#owner.failed(failure);
  }

  #unreachable(why: string): OwnFailure {
    return { shortage: 'egress', code: `${this.#egress.proxy.name}: ${why}` };
  }

  #connect(address: string): void {
    if (this.#phase === 'closed') return;
    if (!this.#egress.breaker.tryEnter()) {
      this.#fail(this.#unreachable('unreachable'));
      return;
    }
    this.#phase = 'connecting';
    const { buffer, callback } = this.#onRead;
    const read = (bytes: number): boolean =>
      this.#phase === 'through' ? callback(bytes) : this.#readAnswer(buffer.subarray(0, bytes), socket);
    const socket = this.#guard.connectToProxy(this.#egress.proxy, { buffer, callback: read });
    this.#owner.use(socket);
    socket.once(this.#egress.proxy.isTls ? 'secureConnect' : 'connect', () => {
      this.#egress.breaker.succeeded();
      this.#phase = 'asked';
      socket.write(this.#request(`${address}:${this.#route.target.port}`), 'latin1');
    });
  }

  #request(authority: string): string {
    const { authorization } = this.#egress.proxy;
    const credentials = authorization === null ? '' : `Proxy-Authorization: ${authorization}\r\n`;
    const { userAgent } = this.#route;
    return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nUser-Agent: ${userAgent}\r\n${credentials}\r\n`;
  }

  /** False stops reading. */
  #readAnswer(bytes: Uint8Array, socket: Socket): boolean {
    if (this.#phase !== 'asked') return false;
    this.#head += Buffer.from(bytes).toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0 && this.#head.length <= headBytesMax) return true;
    const problem = this.#judgeAnswer(end);
    if (problem === null) this.#goThrough(socket);
    else this.#fail(problem);
    return problem === null;
  }

  /** `end` is where its head ends, negative when that is too long. */
  #judgeAnswer(end: number): Failure | OwnFailure | null {
    const [, status] = /^HTTP\/1[.][01] ([2-5]\d\d)[ \r]/.exec(this.#head) ?? [];
    if (end < 0 || status === undefined) return this.#unreachable('no HTTP proxy');
    if (status === '407') return this.#unreachable('credentials refused (407)');
    if (!status.startsWith('2')) return refused(status);
    return this.#head.length > end + 4 ? unasked : null;
  }

  #goThrough(socket: Socket): void {
    this.#phase = 'through';
    const { target, secureContext } = this.#route;
    if (!target.isTls) {
      this.#owner.opened();
      return;
    }
    const secured = this.#guard.secure(socket, target, secureContext);
    this.#owner.use(secured);
    secured.on('data', (chunk: Uint8Array) => deliver(chunk, this.#onRead));
    secured.once('secureConnect', () => this.#owner.opened());
  }
}

/** Node reads into a buffer of ours only where TLS is on a socket of its own. */
function deliver(chunk: Uint8Array, { buffer, callback }: ReadInto): void {
  let goesOn = true;
  for (let start = 0; goesOn && start < chunk.length; start += buffer.length) {
    const piece = chunk.subarray(start, start + buffer.length);
    buffer.set(piece);
    goesOn = callback(piece.length);
  }
}

function refused(status: string): Failure {
  const message = `The egress proxy did not connect to the receiver: it answered ${status}.`;
  return { code: 'egress_failed', message };
}

/** Sent before any request: it could be taken for the answer to one. */
const unasked: Failure = {
  code: 'answer_invalid',
  message: 'The receiver sent data before it was asked.',
};
