// Talks to the admin API.
import type { Problem } from '#contract/problem.ts';
import { exitCodes, Failure } from './failure.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface AdminClient {
  /** Scheme, host and port, for messages. */
  readonly origin: string;
  get<T>(path: string, query?: Query): Promise<T>;
  /** `body` as it is when it is a text (JSON already), otherwise as JSON. */
  send<T>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object | string): Promise<T>;
  /** Like `send`, with what the headers of the answer say. */
  post<T>(path: string, body: object | string): Promise<Answer<T>>;
}

interface Answer<T> {
  readonly value: T;
  readonly headers: Headers;
}

/** The server answered, and not with success. */
export class ApiFailure extends Failure {
  readonly status: number;
  readonly problem: Problem | null;
  /** What `Retry-After` asks for; null without it. */
  readonly retryAfterMs: number | null;

  constructor(
    message: string,
    answer: { status: number; problem: Problem | null; retryAfterMs: number | null },
    more: { hint?: string | null; details?: readonly string[] } = {},
  ) {
    super(message, more);
    this.name = 'ApiFailure';
    this.status = answer.status;
    this.problem = answer.problem;
    this.retryAfterMs = answer.retryAfterMs;
  }
}

/** No answer at all: nobody listens there, or not at that name. */
export class UnreachableFailure extends Failure {}

const prefix = '/admin/v1';
const timeoutMs = 60_000;

export function createClient(config: { url: string; adminKey: string | null }): AdminClient {
  const base = readBase(config.url);
  const key = readKey(config.adminKey);

  const request = async (method: string, path: string, query: Query, body?: object | string) => {
    const url = new URL(`${base.pathname.replace(/\/$/, '')}${prefix}${path}`, base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const response = await reach(url, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { value: await readAnswer(response, url), headers: response.headers };
  };

  return {
    origin: base.origin,
    get: async <T>(path: string, query: Query = {}) => (await request('GET', path, query)).value as T,
    send: async <T>(method: string, path: string, body?: object | string) =>
      (await request(method, path, {}, body)).value as T,
    async post<T>(path: string, body: object | string): Promise<Answer<T>> {
      const { value, headers } = await request('POST', path, {}, body);
      return { value: value as T, headers };
    },
  };
}

/** A path with its parts encoded: at`/tenants/${tenant}`. Throws `Failure` for a part that no path can hold. */
export function at(texts: TemplateStringsArray, ...parts: readonly string[]): string {
  return texts.reduce((path, text, index) => path + encodePart(parts[index - 1] ?? '') + text);
}

function encodePart(part: string): string {
  // Encoded or not, URLs drop segments of dots: another route would be asked.
  if (part === '' || part === '.' || part === '..') {
    throw new Failure(`"${part}" cannot be an id`, { exitCode: exitCodes.usage });
  }
  return encodeURIComponent(part.toWellFormed());
}

/** One request, without following redirects. What failed on the way becomes a `Failure` with advice. */
export async function reach(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    throw describeUnreachable(url.origin, error);
  }
}

function readBase(url: string): URL {
  const base = URL.parse(url);
  if (base === null || !/^https?:$/.test(base.protocol)) {
    const hint = 'give one like http://127.0.0.1:8480 with --url or CARILLON_URL';
    throw new Failure(`"${url}" is not the URL of a server`, { hint, exitCode: exitCodes.configuration });
  }
  return base;
}

function readKey(key: string | null): string {
  const exitCode = exitCodes.configuration;
  if (key === null || key === '') {
    const hint =
      'give it with --admin-key, CARILLON_ADMIN_KEY or CARILLON_ADMIN_KEY_FILE; ' +
      'the first start of the server makes it and keeps it beside the database (data/admin.key)';
    throw new Failure('there is no admin key', { hint, exitCode });
  }
  // A header cannot carry it, and the error of `fetch` would print it.
  if (!/^[\x21-\x7e]+$/.test(key)) {
    const hint = 'it must be visible ASCII characters; check that it is whole and has no line end inside';
    throw new Failure('the admin key contains characters that no key has', { hint, exitCode });
  }
  return key;
}

function describeUnreachable(origin: string, error: unknown): Failure {
  const code = codeOf(error);
  const reason = reasons[code];
  if (reason !== undefined) {
    return new UnreachableFailure(`cannot reach ${origin}: ${reason.text}`, {
      hint: reason.hint,
      cause: error,
    });
  }
  const text = code === '' ? 'the request failed' : code;
  const hint = 'is this the URL of a Carillon server? Another one is given with --url';
  return new UnreachableFailure(`cannot reach ${origin}: ${text}`, { hint, cause: error });
}

const startHint = 'is the server running? Start it with: npm start (another address is given with --url)';
const reasons: Readonly<Record<string, { readonly text: string; readonly hint: string }>> = {
  ECONNREFUSED: { text: 'connection refused', hint: startHint },
  UND_ERR_CONNECT_TIMEOUT: { text: 'no connection in time', hint: startHint },
  TimeoutError: { text: `no answer within ${timeoutMs / 1000} s`, hint: 'carillon doctor checks the server' },
  ENOTFOUND: { text: 'the host name is not known', hint: 'check the host in --url or CARILLON_URL' },
  EAI_AGAIN: { text: 'the host name cannot be looked up', hint: 'check the host in --url or CARILLON_URL' },
  ECONNRESET: {
    text: 'the connection was lost',
    hint: 'what was asked for may have been done: look before asking again',
  },
  UND_ERR_SOCKET: {
    text: 'the connection was lost',
    hint: 'what was asked for may have been done: look before asking again',
  },
};

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const inner: unknown = error.cause;
  if (inner instanceof Error) return 'code' in inner ? String(inner.code) : inner.message;
  return error.name === 'TimeoutError' ? error.name : '';
}

async function readAnswer(response: Response, url: URL): Promise<unknown> {
  const text = await response.text().catch((error: unknown) => {
    throw describeUnreachable(url.origin, error);
  });
  if (response.ok && text === '') return null;
  const value = parse(text);
  if (response.ok && value !== undefined) return value;
  throw describeAnswer(response, value, url);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describeAnswer(response: Response, value: unknown, url: URL): ApiFailure {
  const { status } = response;
  const retryAfterMs = readRetryAfter(response.headers.get('retry-after'));
  if (!isProblem(value)) {
    const hint = 'is this the URL of a Carillon server? Another one is given with --url';
    const location = response.headers.get('location');
    const text = location === null ? `${status} without a problem description` : `${status} to ${location}`;
    return new ApiFailure(
      `${url.origin} answered ${text}`,
      { status, problem: null, retryAfterMs },
      { hint },
    );
  }
  const fields = (value.errors ?? []).map(({ field, message }) => `${field}: ${message}`);
  // The detail tells the first field already.
  const details = fields.filter((line) => !value.detail.includes(line));
  const hint = hints[value.code] ?? null;
  return new ApiFailure(value.detail, { status, problem: value, retryAfterMs }, { hint, details });
}

const hints: Readonly<Record<string, string>> = {
  key_missing: 'give the admin key with --admin-key or CARILLON_ADMIN_KEY',
  key_unknown:
    'this server has another admin key: see admin.key beside its database, or its CARILLON_ADMIN_KEY',
  tenant_not_found: 'all tenants are told by: carillon tenants list',
  endpoint_not_found: 'all endpoints are told by: carillon endpoints list <tenant>',
  event_not_found: 'the newest events are told by: carillon events list <tenant>',
  delivery_not_found: 'the newest deliveries are told by: carillon deliveries list <tenant>',
  overloaded: 'wait a moment and try again',
  unavailable: 'wait a moment and try again',
  internal: 'the log of the server says more',
};

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value;
}

/** Seconds, as the server gives them. */
function readRetryAfter(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : null;
}
