// One HTTP exchange with an endpoint: the only file that sends anything out. However a receiver behaves,
// an exchange costs one socket, 64 KiB of reading and its deadline at most, and ends as a Reply value.
// This is the hot path, so it uses undici's `dispatch` with one object and one promise per exchange.
import { Agent, type Dispatcher, errors } from 'undici';
import { type Reply, responseBytesKept, responseBytesRead, type SendErrorCode } from '#core/attempt.ts';
import { type AddressRules, judgeUrl } from './address.ts';
import { type Deadline, startDeadline } from '#lib/deadline.ts';
import { type BuildDial, createGuard, guardCodes } from './guard.ts';
import type { Resolve } from './resolve.ts';

export interface SendRequest {
  readonly url: string;
  /** All headers but those that belong to the connection or the sender (`host`, `user-agent` and such). */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** For the whole exchange: name, connection, request and the whole answer. */
  readonly timeoutMs: number;
}

export interface Sender {
  /** POSTs once and follows no redirect. Never rejects: every ending is a Reply. */
  send(request: SendRequest): Promise<Reply>;
  /** Ends all connections at once; exchanges still running end as 'failed'. */
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
  readonly buildDial?: BuildDial;
}

/** How long an idle connection is kept, whatever the receiver proposes. An origin's pool goes with its last. */
const keepAliveMs = 10_000;
/** Bytes of an answer's headers. */
const headerBytesMax = 16 * 1024;
/** 1xx answers before the real one; more are an attempt to keep us busy. */
const interimAnswersMax = 16;
/** Parsed URLs that are remembered. */
const targetsMax = 4096;

/** Headers that the sender or the HTTP client writes; a caller's own would break the framing or the TLS name. */
const ownHeaders: ReadonlySet<string> = new Set([
  'host',
  'user-agent',
  'accept-encoding',
  'connection',
  'content-length',
  'transfer-encoding',
  'expect',
]);

/** A sender with its own connections. Throws when `ca` is not a certificate. */
export function createSender(options: SenderOptions): Sender {
  const guard = createGuard(options);
  const findTarget = rememberTargets(options.rules);
  const { socketsKeptMax = 4096 } = options;
  const agent = new Agent({
    connect: guard.connect,
    connections: options.connectionsPerOriginMax,
    allowH2: false,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    maxHeaderSize: headerBytesMax,
    // The deadline covers both, also where these would start anew with each byte.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  return {
    send(request) {
      const target = findTarget(request.url);
      return new Promise((resolve) => {
        const exchange = new Exchange(resolve, request.timeoutMs);
        if (target.refusal !== null) {
          exchange.fail('address_refused', target.refusal);
          return;
        }
        agent.dispatch(
          {
            origin: target.origin,
            path: target.path,
            method: 'POST',
            headers: listHeaders(request.headers, options.userAgent),
            body: request.body,
            reset: guard.openSockets() > socketsKeptMax,
          },
          exchange,
        );
      });
    },
    async close() {
      const closed = agent.destroy();
      guard.destroySockets();
      await closed;
    },
  };
}

const nothing = new Uint8Array(0);

/** One request and its answer, as undici reports on it. Settles once; what comes later is ignored. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (reply: Reply) => void;
  readonly #deadline: Deadline;
  readonly #timeoutMs: number;
  /** Set once the request is on a connection. */
  #controller: Dispatcher.DispatchController | null = null;
  #isSettled = false;
  #interimAnswers = 0;
  #status: number | null = null;
  #headers: Record<string, string> = {};
  #body: Uint8Array = nothing;
  #bytesKept = 0;
  #bytesRead = 0;

  constructor(resolve: (reply: Reply) => void, timeoutMs: number) {
    this.#resolve = resolve;
    this.#timeoutMs = timeoutMs;
    this.#deadline = startDeadline(timeoutMs, expire, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Thrown, not aborted: the request is dropped before its first byte and the connection stays usable.
    if (this.#isSettled) throw new Error('the deadline passed before a connection was free');
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) {
      if (++this.#interimAnswers > interimAnswersMax) this.#giveUp('answer_invalid', interimMessage);
      return;
    }
    this.#status = status;
    this.#headers = flatten(headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#isSettled) return;
    this.#keep(chunk);
    this.#bytesRead += chunk.length;
    if (this.#bytesRead > responseBytesRead) this.#answer(true);
  }

  onResponseEnd(): void {
    this.#answer(false);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const [code, message] = explain(error);
    this.fail(code, message);
  }

  /** The deadline has passed. */
  expire(): void {
    const within = `within ${this.#timeoutMs} ms`;
    if (this.#controller === null) this.fail('timeout', `No connection was free or made ${within}.`);
    else if (this.#status === null) this.#giveUp('timeout', `No answer came ${within}.`);
    else this.#giveUp('timeout', `The answer was not complete ${within}.`);
  }

  fail(error: SendErrorCode, message: string): void {
    if (this.#isSettled) return;
    const durationMs = this.#deadline.elapsedMs();
    this.#settle({ kind: 'failed', error, message, status: this.#status, durationMs });
  }

  #giveUp(error: SendErrorCode, message: string): void {
    this.fail(error, message);
    this.#abort();
  }

  #answer(isCut: boolean): void {
    if (this.#isSettled) return;
    this.#settle({
      kind: 'answered',
      status: this.#status ?? 0,
      headers: this.#headers,
      body: this.#body.length === this.#bytesKept ? this.#body : this.#body.slice(0, this.#bytesKept),
      isCut,
      durationMs: this.#deadline.elapsedMs(),
    });
    if (isCut) this.#abort();
  }

  #settle(reply: Reply): void {
    this.#isSettled = true;
    this.#deadline.clear();
    this.#resolve(reply);
  }

  /** Destroys the connection: what the receiver still sends is not read. */
  #abort(): void {
    this.#controller?.abort(new Error('given up'));
  }

  /** Copies: a chunk is a window on a 64 KiB buffer, which a kept answer of two bytes must not hold. */
  #keep(chunk: Uint8Array): void {
    if (this.#bytesKept === 0) {
      this.#body = new Uint8Array(chunk.subarray(0, responseBytesKept));
      this.#bytesKept = this.#body.length;
      return;
    }
    const room = responseBytesKept - this.#bytesKept;
    if (room <= 0) return;
    if (this.#body.length < responseBytesKept) {
      const first = this.#body;
      this.#body = new Uint8Array(responseBytesKept);
      this.#body.set(first);
    }
    const part = chunk.subarray(0, room);
    this.#body.set(part, this.#bytesKept);
    this.#bytesKept += part.length;
  }
}

function expire(exchange: Exchange): void {
  exchange.expire();
}

interface Target {
  readonly origin: string;
  readonly path: string;
  /** Why nothing may be sent there, as one sentence. */
  readonly refusal: string | null;
}

/** Parses and judges each URL once. Forgets all when full: that costs microseconds, and bookkeeping would too. */
function rememberTargets(rules: AddressRules): (url: string) => Target {
  const targets = new Map<string, Target>();
  return (url) => {
    const known = targets.get(url);
    if (known !== undefined) return known;
    if (targets.size >= targetsMax) targets.clear();
    const target = readTarget(url, rules);
    targets.set(url, target);
    return target;
  };
}

function readTarget(url: string, rules: AddressRules): Target {
  const refusal = judgeUrl(url, rules, { urlLengthMax: Infinity });
  if (refusal !== null) return { origin: '', path: '', refusal };
  const { origin, pathname, search } = new URL(url);
  return { origin, path: pathname + search, refusal: null };
}

/** Names and values in turn, as undici takes them fastest. Asks for no compression: nothing is unpacked. */
function listHeaders(headers: Readonly<Record<string, string>>, userAgent: string): string[] {
  const list = ['user-agent', userAgent, 'accept-encoding', 'identity'];
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value !== undefined && !ownHeaders.has(name.toLowerCase())) list.push(name, value);
  }
  return list;
}

/** undici has put the names in lower case. */
function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return flat;
}

type Explanation = readonly [SendErrorCode, string];

const interimMessage = 'The receiver sent informational answers without end.';
const cutOff: Explanation = ['connection_lost', 'The connection ended before the answer was complete.'];
const noRoute: Explanation = ['connection_refused', 'The address of the receiver cannot be reached.'];
const notHttp: Explanation = ['answer_invalid', 'The answer is not valid HTTP/1.1.'];
const unasked: Explanation = ['answer_invalid', 'The receiver answered 100 or 101 without being asked to.'];
const closed: Explanation = ['request_failed', 'The sender was closed.'];

const explanations: ReadonlyMap<string, Explanation> = new Map<string, Explanation>([
  [guardCodes.addressRefused, ['address_refused', 'The host name does not resolve to a public address.']],
  [guardCodes.nameNotFound, ['name_not_found', 'The host name could not be resolved.']],
  ['ECONNREFUSED', ['connection_refused', 'The receiver refused the connection.']],
  ['EHOSTUNREACH', noRoute],
  ['ENETUNREACH', noRoute],
  ['EADDRNOTAVAIL', noRoute],
  ['ECONNRESET', cutOff],
  ['EPIPE', cutOff],
  ['UND_ERR_SOCKET', cutOff],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', ['connection_lost', 'The answer is not as long as it says.']],
  ['ETIMEDOUT', ['timeout', 'The receiver did not accept a connection in time.']],
  ['UND_ERR_CONNECT_TIMEOUT', ['timeout', 'The receiver did not accept a connection in time.']],
  [
    'UND_ERR_HEADERS_OVERFLOW',
    ['answer_invalid', `The answer has more than ${headerBytesMax} bytes of headers.`],
  ],
  ['UND_ERR_DESTROYED', closed],
  ['UND_ERR_CLOSED', closed],
]);

/** How undici says that 100 or 101 came without `expect` or `upgrade`; other 1xx it passes on. */
const unaskedMessages: ReadonlySet<string> = new Set(['bad response', 'bad upgrade']);

/** OpenSSL's verdicts on a certificate and on the protocol. */
const tlsCodes =
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_|INVALID_|PATH_|CRL_|ERR_TLS_|ERR_SSL_|EPROTO$)/;

/** Says only what is in this file: messages of libraries may quote headers, addresses or certificates. */
function explain(error: Error): Explanation {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'UND_ERR_SOCKET' && unaskedMessages.has(error.message)) return unasked;
  // These have a code only in some versions; the message is the parser's own.
  if (error instanceof errors.HTTPParserError) return /\bEOF\b/.test(error.message) ? cutOff : notHttp;
  const known = explanations.get(code);
  if (known !== undefined) return known;
  if (tlsCodes.test(code)) return ['tls_failed', `The TLS connection failed (${code}).`];
  return ['request_failed', `The request could not be made${code === '' ? '' : ` (${code})`}.`];
}
