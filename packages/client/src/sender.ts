// One request to the admin API, without repetition: its URL and body, its time limit, and its answer. Knows no table of
// routes, so that the command line sends by it as well.
import type { Problem } from '../../../src/contract/problem.ts';
import { CarillonError } from './error.ts';

/** The part of `fetch` that is used. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

export interface SenderOptions {
  /** What stands before the path of every route. */
  readonly api: URL;
  readonly key: string;
  readonly fetch: Fetch;
  /** For one request, with the whole answer. */
  readonly timeoutMs: number;
}

export interface Route {
  readonly method: string;
  readonly path: string;
}

/** A call with its parts unrelated to its operation. */
export interface AnyCall {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: object;
  /** Text is sent as it is. */
  readonly body?: object | string;
}

export interface Received {
  /** Undefined when the answer is empty. */
  readonly value: unknown;
  readonly status: number;
  readonly headers: Headers;
}

/** Throws `CarillonError`, or the reason of the signal when that is aborted. */
export type Send = (route: Route, call: AnyCall, signal?: AbortSignal) => Promise<Received>;

export function createSender({ api, key, fetch, timeoutMs }: SenderOptions): Send {
  return async (route, call, signal) => {
    const url = urlOf(api, route, call);
    return withTimeLimit(timeoutMs, signal, api.origin, async (signal) => {
      const response = await fetch(url, {
        ...requestOf(route, call, key),
        redirect: 'manual',
        signal,
      });
      return readAnswer(response, await response.text(), api.origin);
    });
  };
}

export function urlOf(api: URL, { path }: Route, { params = {}, query = {} }: AnyCall): URL {
  const url = new URL(api);
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodePart(params[name] ?? ''));
  url.pathname = api.pathname.replace(/\/+$/, '') + filled;
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

function encodePart(part: string): string {
  // URL parsers remove segments of dots, encoded or not: the request would go to another route.
  if (/^\.{0,2}$/.test(part)) throw new CarillonError(`"${part}" cannot be an id`, { code: 'id_invalid' });
  // An unpaired surrogate has no encoding.
  return encodeURIComponent(part.replace(/\p{Surrogate}/gu, '\ufffd'));
}

function requestOf({ method }: Route, { body }: AnyCall, key: string): RequestInit {
  const headers = { authorization: `Bearer ${key}`, accept: 'application/json' };
  if (body === undefined) return { method, headers };
  return {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

/** Not `AbortSignal.any`: it keeps its memory for as long as the signal of the caller lives. */
async function withTimeLimit<T>(
  timeoutMs: number,
  outer: AbortSignal | undefined,
  origin: string,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  const inner = new AbortController();
  const abort = (): void => inner.abort(outer?.reason);
  outer?.addEventListener('abort', abort);
  const late = `${origin} did not answer within ${timeoutMs} ms`;
  const timer = setTimeout(() => inner.abort(new DOMException(late, 'TimeoutError')), timeoutMs);
  try {
    return await action(inner.signal);
  } catch (cause) {
    if (cause instanceof CarillonError) throw cause;
    outer?.throwIfAborted();
    if (inner.signal.aborted) throw new CarillonError(late, { code: 'timeout', cause });
    throw new CarillonError(`${origin} cannot be reached`, { code: 'unreachable', cause });
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', abort);
  }
}

export function readAnswer({ ok, status, headers }: Response, text: string, origin: string): Received {
  if (ok && text === '') return { value: undefined, status, headers };
  const value = parse(text);
  if (ok && value !== undefined) return { value, status, headers };
  if (isProblem(value)) {
    throw new CarillonError(value.detail, { code: value.code, status, problem: value, headers });
  }
  const location = headers.get('location');
  const what = location === null ? 'without a problem description' : `to ${location}`;
  throw new CarillonError(`${origin} answered ${status} ${what}`, {
    code: 'answer_invalid',
    status,
    headers,
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null) return false;
  const members = value as Readonly<Record<string, unknown>>;
  return ['type', 'code', 'detail'].every((name) => typeof members[name] === 'string');
}
