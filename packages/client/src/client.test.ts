import { describe, expect, test } from 'vitest';
import { CarillonError, type Client, type ClientOptions, createClient } from './client.ts';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: any;
}
type Answer = Response | Error | Promise<Response>;

/** A client of a server that answers as the test says; the last answer is repeated. Nobody waits. */
function clientOf(answers: readonly ((asked: Asked) => Answer)[], options: Partial<ClientOptions> = {}) {
  const asked: Asked[] = [];
  const waits: number[] = [];
  const client = createClient({
    server: 'https://hooks.example/base/',
    key: 'cak_1',
    random: () => 0,
    sleep: (ms, signal) => {
      waits.push(ms);
      return signal?.aborted === true ? Promise.reject(signal.reason as Error) : Promise.resolve();
    },
    fetch: async (url, init) => {
      const one = {
        method: init.method ?? '',
        path: url.pathname + url.search,
        headers: init.headers as Record<string, string>,
        body: init.body === undefined ? undefined : JSON.parse(init.body as string),
      };
      asked.push(one);
      const answer = await answers[Math.min(asked.length, answers.length) - 1]?.(one);
      if (answer instanceof Response) return answer;
      throw answer;
    },
    ...options,
  });
  return { client, asked, waits };
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers });
const problem = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  json(
    status,
    { type: `urn:carillon:problem:${code}`, title: '', status, detail: `it is ${code}`, code },
    headers,
  );

/** Publishes what it is asked, but refuses a batch or an event with the type `wrong`. */
function publishing({ path, body }: Asked): Response {
  const answer = ({ id, type }: any) => ({
    id,
    type,
    mode: 'live',
    deliveries: 1,
    filtered: 0,
    createdAt: '',
    unsent: null,
  });
  const events: any[] = path.endsWith('/batch') ? body.events : [body];
  if (events.some(({ type }) => type === 'wrong')) return problem(400, 'event_type_unknown');
  if (!path.endsWith('/batch')) return json(202, answer(body));
  return json(202, { events: events.map((event) => ({ ...answer(event), replayed: false })) });
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'none',
    (error: unknown) => (error instanceof CarillonError ? error.code : error),
  );
const eventsOf = (count: number, payload: object = {}) =>
  Array.from({ length: count }, (_, index) => ({ id: String(index), type: 'a', payload }));

describe('an operation', () => {
  test('is called by its name, under the path of the server, with the key', async () => {
    const { client, asked } = clientOf([() => json(200, { data: [], nextCursor: null })]);
    const params = { tenant: 'a/b ü' };
    await client.call('listDeliveries', { params, query: { state: 'pending', limit: 5, cursor: undefined } });
    expect(asked).toEqual([
      {
        method: 'GET',
        path: '/base/admin/v1/tenants/a%2Fb%20%C3%BC/deliveries?state=pending&limit=5',
        headers: { authorization: 'Bearer cak_1', accept: 'application/json' },
        body: undefined,
      },
    ]);
  });

  test('without an answer is undefined', async () => {
    const { client } = clientOf([() => new Response(null, { status: 204 })]);
    expect(await client.call('removeTenant', { params: { tenant: 'acme' } })).toBeUndefined();
  });

  test('with a body that is text sends it as it is', async () => {
    const texts: unknown[] = [];
    const fetch = async (_: URL, init: RequestInit) => {
      texts.push(init.body);
      return json(202, {});
    };
    const { client } = clientOf([], { fetch });
    const body = '{"type":"a","payload":{"n":12345678901234567890,"m":1.10}}';
    const sent = await client.send('publishEvent', { params: { tenant: 'acme' }, body });
    expect({ texts, status: sent.status }).toEqual({ texts: [body], status: 202 });
  });

  test.each(['', '.', '..'])('is not called with the id %j, which a path cannot hold', async (id) => {
    const { client, asked } = clientOf([() => json(200, {})]);
    expect(await codeOf(client.call('getEvent', { params: { tenant: 'acme', id } }))).toBe('id_invalid');
    expect(asked).toEqual([]);
  });
});

describe('an error', () => {
  test('has the problem of the answer', async () => {
    const { client } = clientOf([() => problem(404, 'tenant_not_found')]);
    const error = await client
      .call('getTenant', { params: { tenant: 'acme' } })
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(CarillonError);
    expect(error).toMatchObject({ name: 'CarillonError', message: 'it is tenant_not_found' });
    expect(error).toMatchObject({ code: 'tenant_not_found', status: 404, problem: { status: 404 } });
  });

  test.each([
    ['a page of a proxy', () => new Response('<html>', { status: 404 }), 'without a problem description'],
    ['no JSON', () => new Response('<html>'), 'without a problem description'],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: '/login' } }), 'to /login'],
  ])('says that the answer is not one of Carillon: %s', async (_, answer, text) => {
    const { client } = clientOf([answer]);
    const call = client.call('getTenant', { params: { tenant: 'acme' } });
    await expect(call).rejects.toMatchObject({ code: 'answer_invalid', problem: null });
    await expect(call).rejects.toThrow(text);
  });

  test('says that there is no answer in time', async () => {
    const fetch: ClientOptions['fetch'] = (_, { signal }) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
    const { client } = clientOf([], { fetch, timeoutMs: 1, attempts: 1 });
    const call = client.call('listTenants', {});
    await expect(call).rejects.toMatchObject({ code: 'timeout', status: 0 });
    await expect(call).rejects.toThrow('https://hooks.example did not answer within 1 ms');
  });
});

describe('retries', () => {
  const busy = () => problem(503, 'overloaded', { 'retry-after': '2' });
  const down = () => new TypeError('fetch failed');
  const made = () => json(201, { id: 'acme' });
  const tenant = { body: { name: 'Acme', dialect: 'standard' } };

  test('wait as long as the server says, and longer each time', async () => {
    const { client, waits } = clientOf([busy, busy, () => problem(429, 'rate_limited'), made]);
    expect(await client.call('createTenant', tenant)).toEqual({ id: 'acme' });
    expect(waits).toEqual([2125, 2250, 500]);
  });

  test('are spread by the random number', async () => {
    const { client, waits } = clientOf([busy, made], { random: () => 0.5 });
    await client.call('createTenant', tenant);
    expect(waits).toEqual([2187.5]);
  });

  test('end after all attempts, or when the server asks for more than a minute', async () => {
    const all = clientOf([busy], { attempts: 3 });
    expect(await codeOf(all.client.call('createTenant', tenant))).toBe('overloaded');
    expect(all.asked).toHaveLength(3);
    const long = clientOf([() => problem(503, 'overloaded', { 'retry-after': '61' })]);
    expect(await codeOf(long.client.call('createTenant', tenant))).toBe('overloaded');
    expect(long.waits).toEqual([]);
  });

  test.each([down, () => problem(500, 'internal'), () => new Response('', { status: 502 })])(
    'of a read or a publish follow also where it is unknown what was done (%#)',
    async (failure) => {
      const read = clientOf([failure, made]);
      await read.client.call('getTenant', { params: { tenant: 'acme' } });
      expect(read.asked).toHaveLength(2);
      const publish = clientOf([failure, publishing]);
      await publish.client.publish('acme', { type: 'a', payload: {} });
      // The same id: the server publishes it once.
      expect(publish.asked[1]?.body).toEqual(publish.asked[0]?.body);
      expect(publish.asked[0]?.body.id).toMatch(/^[0-9a-f]{32}$/);
    },
  );

  test.each([down, () => problem(503, 'unavailable'), () => problem(404, 'tenant_not_found')])(
    'of a change do not (%#)',
    async (failure) => {
      const { client, asked } = clientOf([failure, made]);
      expect(await codeOf(client.call('createTenant', tenant))).not.toBe('none');
      expect(asked).toHaveLength(1);
    },
  );

  test('end with the signal, also between two attempts', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const { client, asked } = clientOf([
      () => {
        abort.abort(reason);
        return busy();
      },
    ]);
    await expect(client.call('createTenant', tenant, { signal: abort.signal })).rejects.toBe(reason);
    await expect(client.call('createTenant', tenant, { signal: abort.signal })).rejects.toBe(reason);
    expect(asked).toHaveLength(1);
  });
});

describe('publishing', () => {
  test('concurrent calls share a request, in their order; each gets its own answer', async () => {
    const { client, asked } = clientOf([publishing]);
    const published = await Promise.all(eventsOf(2500).map((event) => client.publish('acme', event)));
    expect(published.map(({ id }) => id)).toEqual(eventsOf(2500).map(({ id }) => id));
    expect(asked.map(({ body }) => body.events.length)).toEqual([1000, 1000, 500]);
    expect(asked.flatMap(({ body }) => body.events)).toEqual(eventsOf(2500));
  });

  test('what arrives during a request goes with the next one', async () => {
    const first = Promise.withResolvers<void>();
    const { client, asked } = clientOf([
      async (asked) => {
        await first.promise;
        return publishing(asked);
      },
      publishing,
    ]);
    const [one, two, three] = eventsOf(3).map((event) => ({ ...event }));
    const calls = [client.publish('acme', one as any)];
    await Promise.resolve().then(() => {});
    calls.push(client.publish('acme', two as any), client.publish('acme', three as any));
    first.resolve();
    await Promise.all(calls);
    expect(asked.map(({ path }) => path.split('/').at(-1))).toEqual(['events', 'batch']);
  });

  test('a request has at most 4 MiB', async () => {
    const { client, asked } = clientOf([publishing]);
    await Promise.all(
      eventsOf(9, { text: 'ü'.repeat(512 * 1024 - 100) }).map((event) => client.publish('acme', event)),
    );
    expect(asked.map(({ body }) => body.events?.length ?? 1)).toEqual([4, 4, 1]);
  });

  test('tenants have requests of their own', async () => {
    const { client, asked } = clientOf([publishing]);
    await Promise.all(['a', 'b'].map((tenant) => client.publish(tenant, { type: 'a', payload: 1 })));
    expect(asked.map(({ path }) => path)).toEqual(
      ['a', 'b'].map((tenant) => `/base/admin/v1/tenants/${tenant}/events`),
    );
  });

  test('a wrong event among others is refused alone', async () => {
    const { client, asked } = clientOf([publishing]);
    const events = eventsOf(1000).map((event, index) =>
      index === 700 ? { ...event, type: 'wrong' } : event,
    );
    const codes = await Promise.all(events.map((event) => codeOf(client.publish('acme', event))));
    expect(codes.filter((code) => code !== 'none')).toEqual(['event_type_unknown']);
    expect(codes[700]).toBe('event_type_unknown');
    expect(asked.length).toBeLessThanOrEqual(21);
  });

  test('a refusal of the key is given to all, after one request', async () => {
    const { client, asked } = clientOf([() => problem(401, 'key_unknown')]);
    const codes = await Promise.all(eventsOf(10).map((event) => codeOf(client.publish('acme', event))));
    expect(new Set(codes)).toEqual(new Set(['key_unknown']));
    expect(asked).toHaveLength(1);
  });

  test('an id that was published before is told', async () => {
    const { client } = clientOf([
      (asked) => {
        const { body, status } = { body: publishing(asked).body, status: 200 };
        return new Response(body, { status, headers: { 'idempotent-replayed': 'true' } });
      },
    ]);
    expect(await client.publish('acme', { id: '1', type: 'a', payload: {} })).toMatchObject({
      id: '1',
      replayed: true,
    });
  });

  test('many are published in order; an error says what had been published', async () => {
    const { client, asked } = clientOf([publishing, publishing, () => problem(400, 'field_invalid')]);
    const error = await client.publish('acme', eventsOf(2500)).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'field_invalid' });
    expect((error as CarillonError).published.map(({ id }) => id)).toEqual(
      eventsOf(2000).map(({ id }) => id),
    );
    expect(asked).toHaveLength(3);
    expect(await client.publish('acme', [])).toEqual([]);
  });

  test('has a bound on what waits', async () => {
    const { client } = clientOf([() => new Promise<Response>(() => {})]);
    for (const event of eventsOf(10_000)) void client.publish('acme', event);
    expect(await codeOf(client.publish('acme', { type: 'a', payload: {} }))).toBe('queue_full');
  });

  test('has a bound in bytes on what waits, which is free again afterwards', async () => {
    const { client } = clientOf([publishing]);
    const large = { type: 'a', payload: 'x'.repeat(33 * 1024 * 1024) };
    const first = client.publish('acme', large);
    expect(await codeOf(client.publish('acme', large))).toBe('queue_full');
    await first;
    expect(await codeOf(client.publish('acme', large))).toBe('none');
  });

  test('ends with the signal: what waits is not sent, what is sent is not taken back', async () => {
    const first = Promise.withResolvers<Response>();
    const { client, asked } = clientOf([() => first.promise, publishing]);
    const abort = new AbortController();
    const { signal } = abort;
    const sent = client.publish('acme', { id: 'sent', type: 'a', payload: {} }, { signal });
    await Promise.resolve().then(() => {});
    const waiting = client.publish('acme', { id: 'waiting', type: 'a', payload: {} }, { signal });
    const other = client.publish('acme', { id: 'other', type: 'a', payload: {} });
    abort.abort(new Error('enough'));
    await expect(sent).rejects.toThrow('enough');
    await expect(waiting).rejects.toThrow('enough');
    first.resolve(json(202, {}));
    await other;
    expect(asked.map(({ body }) => body.id)).toEqual(['sent', 'other']);
    await expect(client.publish('acme', { type: 'a', payload: {} }, { signal })).rejects.toThrow('enough');
  });

  test('refuses what is not JSON', async () => {
    const { client } = clientOf([publishing]);
    const payload: { self?: object } = {};
    payload.self = payload;
    expect(await codeOf(client.publish('acme', { type: 'a', payload }))).toBe('event_invalid');
    expect(await codeOf(client.publish('acme', [{ type: 'a', payload }]))).toBe('event_invalid');
  });
});

describe('lists', () => {
  const pageOf = ({ path }: Asked): Response => {
    const at = Number(new URL(path, 'http://x').searchParams.get('cursor') ?? 0);
    return json(200, {
      data: [{ id: `t${at}` }, { id: `t${at + 1}` }],
      nextCursor: at < 4 ? String(at + 2) : null,
    });
  };

  test('are read page by page, and entry by entry', async () => {
    const { client, asked } = clientOf([pageOf]);
    const pages: unknown[] = [];
    for await (const { data } of client.pages('listTenants', { query: { limit: 2 } }))
      pages.push(data.length);
    expect(pages).toEqual([2, 2, 2]);
    expect(asked.map(({ path }) => path.split('?')[1])).toEqual([
      'limit=2',
      'limit=2&cursor=2',
      'limit=2&cursor=4',
    ]);
    const ids: string[] = [];
    for await (const { id } of client.each('listTenants', { query: { cursor: '2' } })) ids.push(id);
    expect(ids).toEqual(['t2', 't3', 't4', 't5']);
  });

  test('are not read further than asked for', async () => {
    const { client, asked } = clientOf([pageOf]);
    for await (const { id } of client.each('listTenants', {})) if (id === 't1') break;
    expect(asked).toHaveLength(1);
  });
});

describe('a server or a key that cannot be used is refused, and not printed', () => {
  test.each([
    ['no URL', { server: 'hooks' }, /is not the URL of a server/],
    ['another scheme', { server: 'ftp://hooks.example' }, /must begin with https:/],
    ['a password', { server: 'https://me:s3cret@hooks.example' }, /must not have a user/],
    ['no encryption', { server: 'http://hooks.example' }, /without encryption/],
    ['a key with a line end', { key: 's3cret\n' }, /visible ASCII/],
    ['no key', { key: '' }, /visible ASCII/],
    ['an unset key', { key: undefined as unknown as string }, /visible ASCII/],
  ])('%s', (_, options, message) => {
    const create = (): Client => createClient({ server: 'https://hooks.example', key: 'cak_1', ...options });
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
    expect(create).not.toThrow(/s3cret/);
  });

  test.each(['http://127.0.0.1:8480', 'http://localhost', 'http://[::1]:1'])(
    '%s is this machine',
    (server) => {
      expect(() => createClient({ server, key: 'cak_1' })).not.toThrow();
    },
  );
});

/** Never called: `tsc` checks the expected errors. */
function wrongCalls(client: Client) {
  return [
    // @ts-expect-error: there is no such operation
    client.call('changeEndpoints', {}),
    // @ts-expect-error: the path needs an id
    client.call('getEndpoint', { params: { tenant: 'acme' } }),
    // @ts-expect-error: `name` is missing
    client.call('createTenant', { body: { dialect: 'standard' } }),
    // @ts-expect-error: not a list
    client.pages('getTenant', { params: { tenant: 'acme' } }),
    // @ts-expect-error: an event has a type
    client.publish('acme', { payload: {} }),
    // @ts-expect-error: many are answered with many
    client.publish('acme', [{ type: 'a', payload: {} }]).then(({ id }) => id),
  ];
}

test('wrong calls do not compile', () => {
  expect(wrongCalls).toBeTypeOf('function');
});
