// Client of the admin API in the browser: the session cookie authenticates, so no script holds the admin key. In the portal the
// same operations go to its own API, with the token of its session.
import type { Problem } from '#contract/problem.ts';
import { adminPrefix, type Answer, type Call, type RouteName, routes } from '#contract/routes.ts';

/** The root of the server, with the path prefix of a proxy if there is one. The server sets `<base>`. */
export const serverRoot = new URL('.', document.baseURI);

interface Target {
  readonly prefix: string;
  readonly routes: Partial<Readonly<Record<RouteName, { readonly method: string; readonly path: string }>>>;
  /** Null: the cookie authenticates. */
  readonly token: () => string | null;
}

let target: Target = { prefix: adminPrefix, routes, token: () => null };

/** From now on calls go there. */
export function callThrough(next: Target): void {
  target = next;
}

/** A refusal, or no answer: `status` 0. The message is one sentence for people. */
export class ApiError extends Error {
  readonly status: number;
  /** `unreachable` without an answer. */
  readonly code: string;
  readonly fields: Readonly<Record<string, string>>;

  constructor(status: number, problem: Pick<Problem, 'detail' | 'code' | 'errors'>, cause?: unknown) {
    super(problem.detail, { cause });
    this.name = 'ApiError';
    this.status = status;
    this.code = problem.code;
    this.fields = Object.fromEntries((problem.errors ?? []).map(({ field, message }) => [field, message]));
  }
}

/** What the server found wrong with the fields of a request, by their names. */
export function fieldsOf(error: unknown): Readonly<Record<string, string>> {
  return error instanceof ApiError ? error.fields : {};
}

/** What is wrong anywhere in a field: `examples[0].amount is required`. */
export function fieldAt(fields: Readonly<Record<string, string>>, name: string): string | undefined {
  const found = Object.entries(fields).filter(
    ([field]) => field === name || (/^[.[]/.test(field.slice(name.length)) && field.startsWith(name)),
  );
  return found.length === 0 ? undefined : found.map(([field, message]) => `${field} ${message}`).join('; ');
}

/** Calls one operation of the admin API. The answer is undefined when it is empty. Throws `ApiError`. */
export async function call<N extends RouteName>(name: N, request: Call<N>): Promise<Answer<N>> {
  return JSON.parse((await callText(name, request)) || 'null') as Answer<N>;
}

/** The same, as the text of the answer: parsing would change numbers beyond the precision of JavaScript. */
export function callText<N extends RouteName>(name: N, request: Call<N>): Promise<string> {
  const { url, method, body } = place(name, request);
  return send(url, method, body);
}

/** The same, as a stream that goes on until `signal` aborts or the server ends it. */
export async function openStream<N extends RouteName>(
  name: N,
  request: Call<N>,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const { url, method, body } = place(name, request);
  const response = await ask(url, method, body, signal);
  if (!response.ok) throw new ApiError(response.status, readProblem(response, await response.text()));
  return response.body ?? new ReadableStream();
}

function place<N extends RouteName>(name: N, request: Call<N>) {
  const { params = {}, query = {}, body } = request as AnyCall;
  const { [name]: route } = target.routes;
  if (route === undefined) throw new Error(`there is no operation ${name} here`);
  const { method, path } = route;
  const url = new URL(`.${target.prefix}${fillPath(path, params)}`, serverRoot);
  for (const [parameter, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') url.searchParams.set(parameter, String(value));
  }
  return { url, method, body };
}

/** A call with its parts unrelated to its operation. */
interface AnyCall {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Text is sent as it is. */
  readonly body?: object | string;
}

/** One request to this server. Throws `ApiError`. */
async function send(url: URL, method: string, body?: object | string): Promise<string> {
  const response = await ask(url, method, body);
  const text = await response.text().catch(unreachable);
  if (response.ok) return text;
  throw new ApiError(response.status, readProblem(response, text));
}

function ask(
  url: URL,
  method: string,
  body: object | string | undefined,
  signal?: AbortSignal,
): Promise<Response> {
  const token = target.token();
  const init: RequestInit = {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  };
  return fetch(url, init).catch(unreachable);
}

function unreachable(cause: unknown): never {
  const detail = 'The server cannot be reached. Check that it runs, then try again.';
  throw new ApiError(0, { detail, code: 'unreachable' }, cause);
}

/** Calls another route of the server, by its path from the root. Throws `ApiError`. */
export function callServer(path: string, method = 'GET', body?: object): Promise<string> {
  return send(new URL(path, serverRoot), method, body);
}

function readProblem(response: Response, text: string): Pick<Problem, 'detail' | 'code' | 'errors'> {
  try {
    const problem = JSON.parse(text) as Problem;
    if (typeof problem.detail === 'string') return problem;
  } catch {
    // Not from Carillon: a proxy on the way answers in a form of its own.
  }
  return { detail: `The server answered ${response.status} ${response.statusText}.`, code: 'unknown' };
}

/** URL parsers remove segments of dots: the request would go to another route. */
function fillPath(path: string, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const id = params[name] ?? '';
    if (/^\.{0,2}$/.test(id)) throw new ApiError(404, { detail: `"${id}" is not an id.`, code: 'not_an_id' });
    return encodeURIComponent(id.toWellFormed());
  });
}
