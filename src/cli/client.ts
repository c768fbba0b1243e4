// Client of the admin API: that of packages/client, with the failures of the command line. The admin key goes only to a
// server that has identified itself as Carillon, over `https:` or loopback.
import type { ClientConfig } from '#config.ts';
import type { Problem } from '#contract/problem.ts';
import { adminPrefix, type Answer, type Call, type RouteName, routes } from '#contract/routes.ts';
import { CarillonError, readRetryAfter } from '#packages/client/src/error.ts';
import { type AnyCall, createSender, readAnswer, urlOf } from '#packages/client/src/sender.ts';
import { exitCodes, Failure } from './failure.ts';
import { carillon, startCommand } from './invocation.ts';

export interface AdminClient {
  /** Scheme, host and port, for messages. */
  readonly origin: string;
  /** Calls one operation. The answer is undefined when it is empty. Throws `Failure`. */
  call<N extends RouteName>(name: N, request: Call<N>): Promise<Answer<N>>;
  /** Publishes the text unchanged: parsing and printing JSON could change its numbers. */
  publish<N extends 'publishEvent' | 'publishBatch'>(
    name: N,
    tenant: string,
    json: string,
  ): Promise<{ readonly value: Answer<N>; readonly headers: Headers }>;
  /** Opens a stream of server-sent events. Throws `Failure`, or the reason of the signal when that is aborted. */
  stream<N extends RouteName>(
    name: N,
    request: Call<N>,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>>;
}

/** The server answered with an error status, or with something that is not an answer of Carillon. */
export class ApiFailure extends Failure {
  readonly status: number;
  readonly problem: Problem | null;
  /** From `Retry-After`; null without that header. */
  readonly retryAfterMs: number | null;

  constructor(
    message: string,
    answer: { status: number; problem: Problem | null; retryAfterMs: number | null },
    more: { hint?: string | null; details?: readonly string[] } = {},
  ) {
    // 400: something that was given is wrong, as far as only the server can know.
    super(message, { ...more, exitCode: answer.status === 400 ? exitCodes.usage : exitCodes.failed });
    this.name = 'ApiFailure';
    this.status = answer.status;
    this.problem = answer.problem;
    this.retryAfterMs = answer.retryAfterMs;
  }
}

/** No answer: the host is unknown, nothing listens there, or the connection failed. */
export class UnreachableFailure extends Failure {}

const timeoutMs = 60_000;

/** Throws `Failure` when the URL or the key cannot be used. */
export function createClient(config: ClientConfig): AdminClient {
  const base = readBase(config);
  const api = new URL(base.pathname.replace(/\/$/, '') + adminPrefix, base);
  const identify = once(() => requireCarillon(new URL(`${api.href}${routes.listTenants.path}`)));
  const key = readKey(config.adminKey);
  const send = createSender({
    api,
    key,
    timeoutMs,
    fetch: async (url, init) => {
      await identify();
      return fetch(url, init);
    },
  });
  const request = (name: RouteName, call: AnyCall) =>
    send(routes[name], call).catch((error: unknown) => {
      throw toFailure(error, base.origin);
    });

  return {
    origin: base.origin,
    call: async <N extends RouteName>(name: N, call: Call<N>) =>
      (await request(name, call as AnyCall)).value as Answer<N>,
    async publish<N extends RouteName>(name: N, tenant: string, json: string) {
      const { value, headers } = await request(name, { params: { tenant }, body: json });
      return { value: value as Answer<N>, headers };
    },
    async stream<N extends RouteName>(name: N, call: Call<N>, signal: AbortSignal) {
      await identify();
      const headers = { authorization: `Bearer ${key}`, accept: eventStreamType };
      const url = urlOf(api, routes[name], call as AnyCall);
      return openStream(url, { headers, redirect: 'manual', signal }).catch((error: unknown) => {
        throw toFailure(error, base.origin);
      });
    },
  };
}

const eventStreamType = 'text/event-stream';

async function openStream(url: URL, init: RequestInit): Promise<ReadableStream<Uint8Array>> {
  const { origin } = url;
  const response = await fetch(url, init).catch((error: unknown) => {
    init.signal?.throwIfAborted();
    throw describeUnreachable(origin, error);
  });
  const isStream = response.headers.get('content-type')?.startsWith(eventStreamType) === true;
  if (response.ok && isStream && response.body !== null) return response.body;
  readAnswer(response, await response.text(), origin);
  throw describeUnknownServer(response, origin);
}

/** Runs `action` until it has succeeded once. */
function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => {
    done ??= action().catch((error: unknown) => {
      done = null;
      throw error;
    });
    return done;
  };
}

/** Asks without the key. A server of the admin API refuses that with a problem whose type is a URN of Carillon. */
async function requireCarillon(url: URL): Promise<void> {
  const { origin } = url;
  const response = await reach(url, { headers: { accept: 'application/json' } });
  const text = await response.text().catch((error: unknown) => {
    throw describeUnreachable(origin, error);
  });
  const type = parse(text)?.type;
  const isCarillon = typeof type === 'string' && type.startsWith('urn:carillon:problem:');
  if (response.ok || !isCarillon) throw describeUnknownServer(response, origin);
}

function parse(text: string): { readonly type?: unknown } | null {
  try {
    return JSON.parse(text) as { readonly type?: unknown } | null;
  } catch {
    return null;
  }
}

/** One request, without following redirects. Throws `UnreachableFailure` with a hint when there is no answer. */
export async function reach(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    throw describeUnreachable(url.origin, error);
  }
}

function readBase({ url, insecure }: ClientConfig): URL {
  const exitCode = exitCodes.configuration;
  const base = URL.parse(url);
  if (base === null || !/^https?:$/.test(base.protocol)) {
    const hint = 'give a URL like http://127.0.0.1:8480 with --server or CARILLON_SERVER';
    throw new Failure(`"${url}" is not the URL of a server`, { hint, exitCode });
  }
  if (base.protocol === 'http:' && !insecure && !isLoopback(base.hostname)) {
    const hint = 'use https:, or add --insecure if you trust the network between';
    throw new Failure(`the admin key is not sent to ${base.origin} without encryption`, { hint, exitCode });
  }
  return base;
}

/** `hostname` as the URL parser writes it: IPv4 in four decimal parts, IPv6 in brackets. */
function isLoopback(hostname: string): boolean {
  return /^(?:.+\.)?localhost$|^127(?:\.\d{1,3}){3}$|^\[::1\]$/.test(hostname);
}

function readKey(key: string | null): string {
  const exitCode = exitCodes.configuration;
  if (key === null || key === '') {
    const hint =
      'give it with --admin-key-file, CARILLON_ADMIN_KEY or CARILLON_ADMIN_KEY_FILE; ' +
      'the server generates it at its first start and keeps it beside the database (data/admin.key)';
    throw new Failure('there is no admin key', { hint, exitCode });
  }
  // A header cannot carry such a key, and the error of `fetch` would print it.
  if (!/^[\x21-\x7e]+$/.test(key)) {
    const hint = 'a key has visible ASCII characters only; check that yours is complete and on one line';
    throw new Failure('the admin key contains characters that are not allowed', { hint, exitCode });
  }
  return key;
}

function describeUnreachable(origin: string, error: unknown): Failure {
  const code = codeOf(error);
  const { text, hint } = reasons[code] ?? { text: code || 'the request failed', hint: serverHint };
  return new UnreachableFailure(`cannot reach ${origin}: ${text}`, { hint, cause: error });
}

const serverHint = 'check that this is the URL of a Carillon server; set another one with --server';
const startHint = `start the server with: ${startCommand}; or set its address with --server`;
const hostHint = 'check the host name in --server or CARILLON_SERVER';
const lostHint = 'the server may have done what was asked; check before you try again';
const reasons: Readonly<Record<string, { readonly text: string; readonly hint: string }>> = {
  ECONNREFUSED: { text: 'connection refused', hint: startHint },
  UND_ERR_CONNECT_TIMEOUT: { text: 'connection timed out', hint: startHint },
  TimeoutError: {
    text: `no answer within ${timeoutMs / 1000} s`,
    hint: `check the server with: ${carillon} doctor`,
  },
  ENOTFOUND: { text: 'unknown host name', hint: hostHint },
  EAI_AGAIN: { text: 'the host name cannot be resolved', hint: hostHint },
  ECONNRESET: { text: 'connection lost', hint: lostHint },
  UND_ERR_SOCKET: { text: 'connection lost', hint: lostHint },
};

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const inner: unknown = error.cause;
  if (inner instanceof Error) return 'code' in inner ? String(inner.code) : inner.message;
  return error.name === 'TimeoutError' ? error.name : '';
}

function toFailure(error: unknown, origin: string): unknown {
  if (!(error instanceof CarillonError)) return error;
  const { code, status, headers, problem, cause } = error;
  // Thrown before the request was made.
  if (cause instanceof Failure) return cause;
  if (code === 'id_invalid') return new Failure(error.message, { exitCode: exitCodes.usage });
  if (headers === null) return describeUnreachable(origin, cause);
  return problem === null
    ? describeUnknownServer({ status, headers }, origin)
    : describeProblem(error, problem);
}

/** An answer that Carillon would not give. */
function describeUnknownServer(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  origin: string,
): ApiFailure {
  const location = headers.get('location');
  const text = location === null ? `${status} without a problem description` : `${status} to ${location}`;
  const answer = { status, problem: null, retryAfterMs: readRetryAfter(headers) };
  return new ApiFailure(`${origin} answered ${text}`, answer, { hint: serverHint });
}

function describeProblem({ status, retryAfterMs }: CarillonError, problem: Problem): ApiFailure {
  const fields = (problem.errors ?? []).map(({ field, message }) => `${field}: ${message}`);
  // The detail repeats the first field.
  const details = fields.filter((line) => !problem.detail.includes(line));
  const answer = { status, problem, retryAfterMs };
  return new ApiFailure(problem.detail, answer, { hint: hints[problem.code] ?? null, details });
}

const hints: Readonly<Record<string, string>> = {
  key_missing: 'give the admin key with --admin-key-file or CARILLON_ADMIN_KEY',
  not_permitted: `see the scopes of the keys with: ${carillon} keys list`,
  key_unknown:
    'this server has another admin key: see admin.key beside its database, or its CARILLON_ADMIN_KEY',
  tenant_not_found: `list all tenants with: ${carillon} tenants list`,
  endpoint_not_found: `list all endpoints with: ${carillon} endpoints list <tenant>`,
  event_not_found: `list the newest events with: ${carillon} events list <tenant>`,
  event_type_not_found: `list all event types with: ${carillon} event-types list`,
  delivery_not_found: `list the newest deliveries with: ${carillon} deliveries list <tenant>`,
  overloaded: 'wait a moment and try again',
  unavailable: 'wait a moment and try again',
  internal: 'see the log of the server',
};
