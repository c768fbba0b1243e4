// Client of the admin API of a Carillon server. Needs nothing but `fetch`: Node 20 or later, Bun, Deno, workers.
import type { BatchEvent, PublishedBatch, PublishedEvent } from '../../../src/contract/events.ts';
import type { Answer, Body, Call, RouteName } from '../../../src/contract/routes.ts';
import { adminPrefix, routes } from '../../../src/contract/routes.ts';
import { type AnyTypes, countOfBatch, type NewEvent, type NewEventOf, writeEvent } from './batch.ts';
import { CarillonError } from './error.ts';
import { createPublisher, type PublishAll } from './publisher.ts';
import { isRefusedForNow, isPassing, type RetryPolicy, sleep, withRetry } from './retry.ts';
import { type AnyCall, createSender, type Fetch, type Received } from './sender.ts';

export type { Answer, Body, Call, Params, Query, RouteName } from '../../../src/contract/routes.ts';
export type { Problem } from '../../../src/contract/problem.ts';
export type { AnyTypes, BatchEvent, Fetch, NewEvent, NewEventOf };
export { CarillonError };

export interface ClientOptions {
  /** URL of the server, such as `https://hooks.example`. A path in it is kept. */
  readonly server: string;
  /** The admin key. */
  readonly key: string;
  /** Default: `fetch` of the platform. */
  readonly fetch?: Fetch;
  /** For one request, with its answer. Default: 30,000. */
  readonly timeoutMs?: number;
  /** Attempts for one call, the first one included. Default: 8, which takes about 25 s of waiting. */
  readonly attempts?: number;
  /** Allows `http:` to another machine: the key is sent in clear text. Default: false. */
  readonly insecure?: boolean;
  /** From 0 to below 1: spreads retries. Default: `Math.random`. */
  readonly random?: () => number;
  /** Waits between attempts. Default: by `setTimeout`. */
  readonly sleep?: RetryPolicy['sleep'];
}

export interface CallOptions {
  /** Ends the call, with the waits between its attempts. It then rejects with the reason of the signal. */
  readonly signal?: AbortSignal;
}

/** The operations that answer one page of a list. */
export type ListName = {
  [N in RouteName]: Answer<N> extends Page<unknown> ? N : never;
}[RouteName];
/** An entry of such a list. */
export type Entry<N extends ListName> = Answer<N> extends Page<infer T> ? T : never;

interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

/** `Types`: payloads by event type, so that a wrong payload does not compile. `carillon types` prints them. */
export interface Client<Types = AnyTypes> {
  /**
   * Publishes an event. Resolves when it is on disk with all its deliveries. Calls that are made meanwhile share the next
   * request of their tenant; events of a tenant are published in the order of the calls.
   */
  publish(tenant: string, event: NewEventOf<Types>, options?: CallOptions): Promise<BatchEvent>;
  /**
   * Publishes many, in requests of at most 1000 events, one after the other. Each request is published whole or not at all;
   * the error of one that fails says in `published` what the requests before it published.
   */
  publish(
    tenant: string,
    events: readonly NewEventOf<Types>[],
    options?: CallOptions,
  ): Promise<readonly BatchEvent[]>;
  /** Calls one operation. The answer is undefined when it is empty. */
  call<N extends RouteName>(name: N, call: Call<N>, options?: CallOptions): Promise<Answer<N>>;
  /** The same, with status and headers of the answer. A body that is text is sent as it is: its numbers keep their digits. */
  send<N extends RouteName>(name: N, call: TextCall<N>, options?: CallOptions): Promise<Sent<Answer<N>>>;
  /** Every page of a list, from `query.cursor` on. */
  pages<N extends ListName>(name: N, call: Call<N>, options?: CallOptions): AsyncGenerator<Answer<N>, void>;
  /** Every entry of a list. The next page is requested when its first entry is asked for. */
  each<N extends ListName>(name: N, call: Call<N>, options?: CallOptions): AsyncGenerator<Entry<N>, void>;
}

export type TextCall<N extends RouteName> = Call<N> | (Omit<Call<N>, 'body'> & TextBody<Body<N>>);
type TextBody<T> = [T] extends [undefined] ? unknown : { readonly body: string };

export interface Sent<T> extends Received {
  readonly value: T;
}

/** Throws `TypeError` for a server or a key that cannot be used. */
export function createClient<Types = AnyTypes>(options: ClientOptions): Client<Types> {
  const { fetch = (url, init) => globalThis.fetch(url, init), timeoutMs = 30_000 } = options;
  const { attempts = 8, random = Math.random, sleep: wait = sleep } = options;
  const policy = { attempts, random, sleep: wait };
  const sendOnce = createSender({ api: readServer(options), key: readKey(options.key), fetch, timeoutMs });

  const send = (name: RouteName, call: AnyCall, signal: AbortSignal | undefined, isRepeatable: boolean) =>
    withRetry(
      policy,
      isRepeatable ? isPassing : isRefusedForNow,
      () => sendOnce(routes[name], call, signal),
      signal,
    );

  const request = <N extends RouteName>(name: N, call: TextCall<N>, { signal }: CallOptions = {}) =>
    send(name, call as AnyCall, signal, routes[name].method === 'GET') as Promise<Sent<Answer<N>>>;

  // Every event has an id, so publishing again changes nothing.
  const publishAll =
    (signal?: AbortSignal): PublishAll =>
    async (tenant, events) => {
      const params = { tenant };
      const [first] = events;
      if (first !== undefined && events.length === 1) {
        const { value, headers } = await send('publishEvent', { params, body: first.json }, signal, true);
        return [{ ...(value as PublishedEvent), replayed: headers.get('idempotent-replayed') === 'true' }];
      }
      const body = `{"events":[${events.map(({ json }) => json).join(',')}]}`;
      return ((await send('publishBatch', { params, body }, signal, true)).value as PublishedBatch).events;
    };

  const publishOne = createPublisher(publishAll());
  const publish = async (tenant: string, given: NewEvent | readonly NewEvent[], options: CallOptions = {}) =>
    isList(given)
      ? publishInOrder(tenant, given, publishAll(options.signal))
      : publishOne(tenant, writeEvent(given), options.signal);

  async function* pages<N extends ListName>(name: N, call: Call<N>, { signal }: CallOptions = {}) {
    const { params = {}, query = {} } = call as AnyCall;
    for (let place = {}; ;) {
      const { value } = await send(name, { params, query: { ...query, ...place } }, signal, true);
      yield value as Answer<N>;
      const { nextCursor } = value as Page<unknown>;
      if (nextCursor === null) return;
      place = { cursor: nextCursor };
    }
  }

  async function* each<N extends ListName>(name: N, call: Call<N>, options?: CallOptions) {
    for await (const page of pages(name, call, options)) yield* (page as unknown as Page<Entry<N>>).data;
  }

  return {
    publish: publish as Client<Types>['publish'],
    call: async (name, call, options) => (await request(name, call, options)).value,
    send: request,
    pages,
    each,
  };
}

async function publishInOrder(
  tenant: string,
  events: readonly NewEvent[],
  publishAll: PublishAll,
): Promise<readonly BatchEvent[]> {
  const rest = events.map(writeEvent);
  const published: BatchEvent[] = [];
  while (rest.length > 0) {
    try {
      published.push(...(await publishAll(tenant, rest.splice(0, countOfBatch(rest)))));
    } catch (error) {
      if (error instanceof CarillonError) error.published = published;
      throw error;
    }
  }
  return published;
}

function isList(given: NewEvent | readonly NewEvent[]): given is readonly NewEvent[] {
  return Array.isArray(given);
}

function readServer({ server, insecure = false }: ClientOptions): URL {
  let url: URL;
  try {
    url = new URL(server);
  } catch {
    throw new TypeError(`"${server}" is not the URL of a server, such as https://hooks.example`);
  }
  if (!/^https?:$/.test(url.protocol)) throw new TypeError('the URL of the server must begin with https:');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError('the URL of the server must not have a user, a password, a query or a fragment');
  }
  if (url.protocol === 'http:' && !insecure && !isLoopback(url.hostname)) {
    throw new TypeError(
      `the key is not sent to ${url.origin} without encryption; use https:, or insecure: true if you trust the network between`,
    );
  }
  url.pathname = url.pathname.replace(/\/+$/, '') + adminPrefix;
  return url;
}

/** `hostname` as the URL parser writes it: IPv4 in four decimal parts, IPv6 in brackets. */
function isLoopback(hostname: string): boolean {
  return /^(?:.+\.)?localhost$|^127(?:\.\d{1,3}){3}$|^\[::1\]$/.test(hostname);
}

/** A header cannot carry another one, and the error of `fetch` would print it. */
function readKey(key: string): string {
  if (typeof key === 'string' && /^[\x21-\x7e]+$/.test(key)) return key;
  throw new TypeError('the key must be a string of visible ASCII characters: the admin key, on one line');
}
