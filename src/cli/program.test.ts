// Whole command lines in this process, against a fake admin API.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type InProcessOptions, runInProcess } from '../../test/support/in-process.ts';

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly key: string | undefined;
  readonly body: string;
}
interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

let server: Server;
let origin = '';
let asked: Asked[] = [];
let answer: (request: Asked) => Answer = () => ({ status: 204 });
const folder = mkdtempSync(join(tmpdir(), 'carillon-cli-'));
const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      // The client asks without the key first, to see that this is Carillon.
      if (headers.authorization === undefined) {
        response
          .writeHead(401)
          .end('{"type":"urn:carillon:problem:key_missing","code":"key_missing","detail":""}');
        return;
      }
      const received = { method, url, key: headers.authorization, body };
      asked.push(received);
      const { status, body: answered, headers: more } = answer(received);
      response
        .writeHead(status, more)
        .end(typeof answered === 'string' ? answered : JSON.stringify(answered));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  asked = [];
  answer = () => ({ status: 204 });
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

/** Against the fake server, unless the options have another environment. */
function carillon(args: readonly string[], options: InProcessOptions = {}) {
  const environment = { CARILLON_SERVER: origin, CARILLON_ADMIN_KEY: 'cak_01234567890123456789' };
  return runInProcess(args, { environment, ...options });
}

const tenant = {
  id: 'acme',
  name: 'Acme',
  dialect: 'standard',
  metadata: {},
  createdAt: '2026-01-02T03:04:05.678Z',
};
const pageOf = (data: readonly unknown[], nextCursor: string | null = null): Answer => ({
  status: 200,
  body: { data, nextCursor },
});

describe('what is asked of the admin API', () => {
  test.each<[string, string[], string, string, unknown]>([
    [
      'a tenant',
      ['tenants', 'create', 'Acme', '--id', 'acme'],
      'POST',
      '/tenants',
      { id: 'acme', name: 'Acme', dialect: 'standard' },
    ],
    ['a rename', ['tenants', 'rename', 'acme', 'New'], 'PATCH', '/tenants/acme', { name: 'New' }],
    [
      'metadata of a tenant',
      ['tenants', 'change', 'acme', '--metadata', 'a=b=c', '--metadata', 'd='],
      'PATCH',
      '/tenants/acme',
      { metadata: { a: 'b=c', d: '' } },
    ],
    [
      'no metadata',
      ['endpoints', 'change', 'acme', 'ep', '--no-metadata'],
      'PATCH',
      '/tenants/acme/endpoints/ep',
      { metadata: {} },
    ],
    ['a removal', ['tenants', 'remove', 'a/b c', '--yes'], 'DELETE', '/tenants/a%2Fb%20c', null],
    [
      'credentials',
      ['credentials', 'list', 'acme', '--limit', '7'],
      'GET',
      '/tenants/acme/credentials?limit=7',
      null,
    ],
    [
      'a key',
      ['credentials', 'create', 'acme', '--mode', 'test'],
      'POST',
      '/tenants/acme/credentials',
      { mode: 'test' },
    ],
    [
      'a key of a kind',
      ['credentials', 'create', 'acme', '--mode', 'live', '--kind', 'key-pair'],
      'POST',
      '/tenants/acme/credentials',
      { mode: 'live', kind: 'key-pair' },
    ],
    ['statistics', ['stats'], 'GET', '/stats', null],
    [
      'statistics of an endpoint',
      ['stats', '--tenant', 'acme', '--endpoint', 'ep', '--since', '2026-01-02', '--bucket', 'day'],
      'GET',
      '/stats?tenant=acme&endpoint=ep&since=2026-01-02T00%3A00%3A00.000Z&bucket=day',
      null,
    ],
    [
      'an endpoint',
      ['endpoints', 'create', 'acme', 'https://x.example/h'],
      'POST',
      '/tenants/acme/endpoints',
      { url: 'https://x.example/h', eventTypes: ['*'] },
    ],
    [
      'an endpoint with everything',
      [
        'endpoints',
        'create',
        'acme',
        'https://x.example/h',
        '--event-types',
        'a.b,c',
        '--mode',
        'test',
        '--description',
        'd',
      ],
      'POST',
      '/tenants/acme/endpoints',
      { url: 'https://x.example/h', eventTypes: ['a.b', 'c'], mode: 'test', description: 'd' },
    ],
    [
      'disabled endpoints',
      ['endpoints', 'list', 'acme', '--disabled'],
      'GET',
      '/tenants/acme/endpoints?enabled=false',
      null,
    ],
    [
      'a new URL',
      ['endpoints', 'change', 'acme', 'ep', '--url', 'https://y.example'],
      'PATCH',
      '/tenants/acme/endpoints/ep',
      { url: 'https://y.example' },
    ],
    [
      'no description',
      ['endpoints', 'change', 'acme', 'ep', '--no-description'],
      'PATCH',
      '/tenants/acme/endpoints/ep',
      { description: null },
    ],
    ['enabling', ['endpoints', 'enable', 'acme', 'ep'], 'POST', '/tenants/acme/endpoints/ep/enable', null],
    [
      'a rotation',
      ['endpoints', 'rotate-secret', 'acme', 'ep', '--overlap', '0'],
      'POST',
      '/tenants/acme/endpoints/ep/rotate-secret',
      { overlapSeconds: 0 },
    ],
    [
      'an event',
      [
        'events',
        'publish',
        'acme',
        '--type',
        'a',
        '--payload',
        '{"n": 1}',
        '--ordering-key',
        'k',
        '--occurred-at',
        '2026-01-02',
      ],
      'POST',
      '/tenants/acme/events',
      { type: 'a', payload: { n: 1 }, orderingKey: 'k', occurredAt: '2026-01-02T00:00:00.000Z' },
    ],
    [
      'a test event',
      ['events', 'show', 'acme', 'e', '--mode', 'test'],
      'GET',
      '/tenants/acme/events/e?mode=test',
      null,
    ],
    [
      'filtered deliveries',
      ['deliveries', 'list', 'acme', '--state', 'held', '--since', '2026-01-02', '--type', 'a.b'],
      'GET',
      '/tenants/acme/deliveries?state=held&type=a.b&since=2026-01-02T00%3A00%3A00.000Z',
      null,
    ],
    [
      'deliveries of all tenants by what went wrong',
      ['deliveries', 'list', '--code', '5xx', '--error', 'timeout', '--wire-id', '7'],
      'GET',
      '/deliveries?code=5xx&error=timeout&wireId=7',
      null,
    ],
    [
      'an endpoint by what its owner knows of it',
      ['endpoints', 'list', '--id', 'x', '--url', 'https://a/'],
      'GET',
      '/endpoints?id=x&url=https%3A%2F%2Fa%2F',
      null,
    ],
    [
      'events that no endpoint received',
      [
        'events',
        'list',
        'acme',
        '--type',
        'a',
        '--ordering-key',
        'k',
        '--since',
        '2026-01-02',
        '--without-deliveries',
      ],
      'GET',
      '/tenants/acme/events?type=a&orderingKey=k&since=2026-01-02T00%3A00%3A00.000Z&withoutDeliveries=true',
      null,
    ],
    ['what needs a person', ['attention', '--limit', '3'], 'GET', '/attention?limit=3', null],
    [
      'a test event of a type',
      ['endpoints', 'test', 'acme', 'ep', '--type', 'a', '--payload', '{"b":1}'],
      'POST',
      '/tenants/acme/endpoints/ep/test',
      { type: 'a', payload: { b: 1 } },
    ],
    [
      'a canceled delivery',
      ['deliveries', 'cancel', 'acme', 'dlv'],
      'POST',
      '/tenants/acme/deliveries/dlv/cancel',
      null,
    ],
    [
      'one more attempt',
      ['deliveries', 'redeliver', 'acme', 'dlv'],
      'POST',
      '/tenants/acme/deliveries/dlv/redeliver',
      null,
    ],
    [
      'a purge',
      ['endpoints', 'purge', 'acme', 'ep', '--yes'],
      'POST',
      '/tenants/acme/endpoints/ep/purge',
      null,
    ],
    [
      'a replay',
      ['replay', 'start', 'acme', '--since', '2026-01-01', '--until', '2026-01-02', '--dry-run'],
      'POST',
      '/tenants/acme/replays',
      {
        states: ['exhausted', 'held'],
        since: '2026-01-01T00:00:00.000Z',
        until: '2026-01-02T00:00:00.000Z',
        dryRun: true,
      },
    ],
    ['the end of a replay', ['replay', 'stop', 'acme', 'rpl'], 'DELETE', '/tenants/acme/replays/rpl', null],
  ])('%s', async (_, args, method, path, body) => {
    answer = ({ method: asks }) => (asks === 'DELETE' ? { status: 204 } : pageOf([]));
    expect((await carillon([...args, '--json'])).code).toBe(0);
    expect(asked).toHaveLength(1);
    const [request] = asked;
    expect(request).toMatchObject({
      method,
      url: `/admin/v1${path}`,
      key: 'Bearer cak_01234567890123456789',
    });
    expect(request?.body === '' ? null : JSON.parse(request?.body ?? '')).toEqual(body);
  });

  test('global flags stand before or after the command', async () => {
    answer = () => pageOf([]);
    const environment = {};
    const flags = ['--server', `${origin}/below/`, '--admin-key-file', write('key', 'another\n')];
    await carillon([...flags, 'tenants', 'list', '--json'], { environment });
    await carillon(['tenants', 'list', '--json', ...flags], { environment });
    const expected = { url: '/below/admin/v1/tenants', key: 'Bearer another' };
    expect(asked).toMatchObject([expected, expected]);
  });
});

describe('removing', () => {
  test.each([
    [
      ['tenants', 'remove', 'acme'],
      '/tenants/acme',
      'tenant acme',
      'Its credentials stop working, its endpoints are removed, its pending deliveries are canceled. ' +
        'Its id is free again when its events have expired.',
    ],
    [
      ['endpoints', 'remove', 'acme', 'ep_1'],
      '/tenants/acme/endpoints/ep_1',
      'endpoint ep_1',
      'Its pending deliveries are canceled.',
    ],
    [
      ['credentials', 'remove', 'acme', 'crd_1'],
      '/tenants/acme/credentials/crd_1',
      'credential crd_1',
      'Clients that use it are refused at once.',
    ],
  ])('%s asks on a terminal, and needs --yes elsewhere', async (args, path, name, consequence) => {
    for (const input of ['y\n', 'YES\r\n']) {
      const { code, out, error } = await carillon(args, { input, isTerminal: true });
      expect({ code, out }).toEqual({ code: 0, out: `removed ${name}\n` });
      expect(error).toBe(`Remove ${name}? ${consequence} [y/N] `);
    }
    const { code, out, error } = await carillon([...args, '--yes']);
    expect({ code, out, error }).toEqual({ code: 0, out: `removed ${name}\n`, error: '' });
    const request = expect.objectContaining({ method: 'DELETE', url: `/admin/v1${path}` });
    expect(asked).toEqual([request, request, request]);

    asked = [];
    for (const input of ['n\n', '\n', 'yesterday\n', undefined]) {
      const options = { isTerminal: true, ...(input === undefined ? {} : { input }) };
      const declined = await carillon(args, options);
      expect(declined).toMatchObject({ code: 1, error: expect.stringMatching(/nothing was removed\n$/) });
    }
    expect(await carillon(args, { input: 'y\n' })).toEqual({
      code: 2,
      out: '',
      error: `error: removing ${name} needs confirmation\nhint: add --yes to remove without asking\n`,
    });
    expect(asked).toEqual([]);
  });
});

describe('lists', () => {
  test('a delivery, with its schedule, what it waits for and its payload', async () => {
    const delivery = {
      id: 'dlv_1',
      event: 'evt',
      eventType: 'a',
      endpoint: 'ep_1',
      mode: 'live',
      state: 'held',
      attemptCount: 2,
      lastStatus: 503,
      lastError: null,
      orderingKey: null,
      inFlight: false,
      dueAt: null,
      createdAt: '2026-01-02T03:04:05.678Z',
      endedAt: null,
      url: 'https://x.example/h',
      attemptsMax: 10,
      waitsFor: { reason: 'endpoint_disabled', disabledReason: 'gone', since: '2026-01-02', delivery: null },
      payload: { amount: '1' },
      attempts: [],
    };
    answer = () => ({ status: 200, body: delivery });
    const { out } = await carillon(['deliveries', 'show', 'acme', 'dlv_1']);
    expect(out).toMatch(/last result +503\n/);
    expect(out).toMatch(/url +https:\/\/x.example\/h\n/);
    expect(out).toMatch(/schedule +2 of 10 attempts\n/);
    expect(out).toMatch(/waits for +its endpoint, which is disabled \(gone\) since 2026-01-02\n/);
    expect(out).toMatch(/payload +\{\n +"amount": "1"\n/);
  });

  test('one page, as a table with what comes next', async () => {
    answer = () => pageOf([tenant], 'more');
    const { out, error } = await carillon(['tenants', 'list']);
    expect(out).toBe('ID    NAME  DIALECT   CREATED\nacme  Acme  standard  2026-01-02T03:04:05.678Z\n');
    expect(error).toBe('more entries: --cursor more, or --all\n');
  });

  test('every page, as a table under one header or as the JSON of one entry per line', async () => {
    answer = ({ url }) => (url.includes('cursor=2') ? pageOf([tenant]) : pageOf([tenant], '2'));
    expect((await carillon(['tenants', 'list', '--all'])).out.split('\n')).toHaveLength(4);
    const { out } = await carillon(['tenants', 'list', '--all', '--json']);
    expect(out).toBe(`${JSON.stringify(tenant)}\n`.repeat(2));
    expect(asked.at(-1)?.url).toBe('/admin/v1/tenants?limit=200&cursor=2');
  });

  test('an empty list says how to create an entry', async () => {
    answer = () => pageOf([]);
    const { out, error } = await carillon(['tenants', 'list']);
    expect({ out, error }).toEqual({
      out: '',
      error: expect.stringContaining('npm run -s carillon -- tenants create'),
    });
  });
});

describe('what is printed', () => {
  const endpoint = {
    id: 'ep_1',
    url: 'https://x.example/h',
    eventTypes: ['*'],
    mode: 'live',
    description: null,
    metadata: {},
    attributes: {},
    enabled: true,
    disabledReason: null,
    disabledAt: null,
    failureCount: 0,
    firstFailureAt: null,
    lastFailureAt: null,
    createdAt: '2026-01-02T03:04:05.678Z',
    updatedAt: '2026-01-02T03:04:05.678Z',
  };
  const pem = '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n';

  test.each([
    ['create', ['endpoints', 'create', 'acme', 'https://x.example/h']],
    ['rotate-secret', ['endpoints', 'rotate-secret', 'acme', 'ep_1']],
  ])('after %s, what receivers verify with', async (_, args) => {
    const printed = async (more: object): Promise<string> => {
      answer = () => ({ status: 200, body: { ...endpoint, ...more } });
      return (await carillon(args)).out;
    };
    const shared = await printed({ secret: 'whsec_x' });
    expect(shared).toMatch(/^secret +whsec_x\nStore the secret now: it is not shown again\.\n$/m);
    const publicKey = await printed({ secret: null, attributes: { title: 'Shop', public_key: pem } });
    expect(publicKey).toMatch(
      /^title +Shop\npublic_key +-----BEGIN PUBLIC KEY-----\n +MIIB\n +-----END PUBLIC KEY-----\n/m,
    );
    expect(publicKey).toContain('Receivers verify its deliveries with this public key.');
    expect(await printed({ secret: null })).toContain('the secret that the tenant sets by its own API');
  });

  test('statistics, with their sum', async () => {
    const times = { p50Ms: 12.4, p95Ms: 30, p99Ms: null };
    const first = { start: '2026-01-02T03:00:00.000Z', accepted: 10, refused: 1, unreachable: 0, ...times };
    const second = { ...first, start: '2026-01-02T04:00:00.000Z', accepted: 5 };
    const since = '2026-01-02T00:00:00.000Z';
    answer = () => ({ status: 200, body: { bucket: 'hour', since, data: [first, second] } });
    expect((await carillon(['stats'])).out.split('\n')).toEqual([
      'START                     ACCEPTED  REFUSED  UNREACHABLE  P50    P95    P99',
      '2026-01-02T03:00:00.000Z  10        1        0            12 ms  30 ms  -',
      '2026-01-02T04:00:00.000Z  5         1        0            12 ms  30 ms  -',
      `15 accepted, 2 refused, 0 unreachable since ${since}, by hour`,
      '',
    ]);
    const unreachable = { ...first, code: 'timeout', accepted: 0, refused: 0, unreachable: 3 };
    answer = () => ({ status: 200, body: { bucket: 'hour', since, data: [unreachable] } });
    expect((await carillon(['stats', '--group-by', 'code'])).out).toMatch(
      /^START +CODE +ACCEPTED +REFUSED +UNREACHABLE\n2026-\S+ +timeout +0 +0 +3\n/,
    );
    expect(asked.at(-1)?.url).toBe('/admin/v1/stats?groupBy=code');
    answer = () => ({ status: 200, body: { bucket: 'hour', since, data: [] } });
    expect((await carillon(['stats'])).out).toBe(`no attempts since ${since}\n`);
  });
});

const line = (id: number): string => `{"id":"${id}","type":"a","payload":{"n":${id}}}`;
const publishAll = ({ body }: Asked): Answer => {
  const { events } = JSON.parse(body) as { events: { id: string }[] };
  const published = events.map(({ id }) => ({
    id,
    type: 'a',
    mode: 'live',
    deliveries: 2,
    createdAt: '',
    replayed: id === '1',
  }));
  return { status: 202, body: { events: published } };
};

describe('publishing from a file or a pipe', () => {
  test('from a pipe, with a final count', async () => {
    answer = publishAll;
    const { code, out, error } = await carillon(['events', 'publish', 'acme', '-'], {
      input: `${line(1)}\n\n${line(2)}\n`,
    });
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(error).toMatch(/^2 events published \(1 of them published before\), 4 deliveries in \d+\.\d s\n$/);
  });

  test('from a file of many, in batches, with the answers as JSON', async () => {
    answer = publishAll;
    const path = write('many.ndjson', Array.from({ length: 2500 }, (_, index) => line(index)).join('\n'));
    const { code, out } = await carillon(['events', 'publish', 'acme', '--file', path, '--json']);
    expect(code).toBe(0);
    const published = out
      .trim()
      .split('\n')
      .map((text): unknown => JSON.parse(text));
    expect(published).toHaveLength(2500);
    expect(published[2499]).toMatchObject({ id: '2499', deliveries: 2 });
    const batches = asked.map(({ body }) => (JSON.parse(body) as { events: unknown[] }).events.length);
    expect(batches).toEqual([1000, 1000, 500]);
    expect(asked.map(({ url }) => url)).toEqual(
      Array.from({ length: 3 }, () => '/admin/v1/tenants/acme/events/batch'),
    );
  });

  test('nothing is sent of a file with a wrong line', async () => {
    answer = publishAll;
    const path = write('wrong.ndjson', [line(1), line(2), '{"type":1}'].join('\n'));
    const { code, error } = await carillon(['events', 'publish', 'acme', path]);
    expect({ code, asked }).toEqual({ code: 1, asked: [] });
    expect(error).toMatch(
      /^error: line 3: type: must be a string that is not empty\n {2}nothing was published\n/,
    );
  });

  test('of a pipe, the events before the wrong line are sent and counted', async () => {
    answer = publishAll;
    const { code, error } = await carillon(['events', 'publish', 'acme', '-'], {
      input: `${line(1)}\nnonsense\n`,
    });
    expect(code).toBe(1);
    expect(error).toMatch(/^error: line 2: not valid JSON.*\n {2}1 event before it was published/);
  });

  test('the server names the line that it refuses', async () => {
    answer = () => problem(400, 'event_type_unknown', [{ field: 'events[1].type', message: 'is not known' }]);
    const { code, error } = await carillon(['events', 'publish', 'acme', '-'], {
      input: `\n${line(1)}\n${line(2)}\n`,
    });
    expect(code).toBe(1);
    expect(error).toBe('error: line 3: type: is not known\n  nothing was published\n');
  });

  test.each([
    ['no such file', '/does/not/exist', /cannot read .*: no such file/],
    ['a folder', tmpdir(), /cannot read .*: it is a directory/],
  ])('%s', async (_, path, message) => {
    const { code, error } = await carillon(['events', 'publish', 'acme', path]);
    expect({ code, error }).toEqual({ code: 1, error: expect.stringMatching(message) });
  });

  test.each([
    [
      'file and flags',
      ['-', '--type', 'a', '--ordering-key', 'k'],
      /--type, --ordering-key cannot be given with a file/,
    ],
    ['two files', ['-', '--file', 'x'], /give the file once/],
    ['neither', [], /give --type and --payload/],
    ['no payload', ['--type', 'a'], /give the payload/],
    ['no JSON', ['--type', 'a', '--payload', '{'], /not valid JSON/],
  ])('wrong usage: %s', async (_, args, message) => {
    const { code, error } = await carillon(['events', 'publish', 'acme', ...args]);
    expect({ code, error }).toEqual({ code: 2, error: expect.stringMatching(message) });
  });
});

function problem(status: number, code: string, errors: { field: string; message: string }[] = []): Answer {
  const detail =
    errors.length === 0 ? `${code} happened` : errors.map((e) => `${e.field}: ${e.message}`).join('; ');
  return {
    status,
    body: { type: `urn:carillon:problem:${code}`, title: code, status, detail, code, errors },
    headers: { 'content-type': 'application/problem+json' },
  };
}

describe('failures', () => {
  test('a refusal is printed with every field', async () => {
    answer = () => ({
      ...problem(400, 'field_invalid'),
      body: {
        type: 'urn:carillon:problem:field_invalid',
        detail: 'url: is wrong (and 1 more)',
        code: 'field_invalid',
        errors: [
          { field: 'url', message: 'is wrong' },
          { field: 'mode', message: 'is wrong, too' },
        ],
      },
    });
    const { code, out, error } = await carillon(['endpoints', 'create', 'acme', 'x']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toBe('error: url: is wrong (and 1 more)\n  mode: is wrong, too\n');
  });

  describe('with --json are problem details', () => {
    const fail = async (args: readonly string[], options?: InProcessOptions) => {
      const { code, out, error } = await carillon([...args, '--json'], options);
      expect(out).toBe('');
      expect(error.split('\n')).toHaveLength(2);
      const value: Record<string, unknown> = JSON.parse(error);
      return { exit: code, ...value };
    };

    test('a refusal of the server as it came, with a hint', async () => {
      answer = () => problem(404, 'tenant_not_found');
      expect(await fail(['tenants', 'show', 'acme'])).toEqual({
        exit: 1,
        type: 'urn:carillon:problem:tenant_not_found',
        title: 'tenant_not_found',
        status: 404,
        code: 'tenant_not_found',
        detail: 'tenant_not_found happened',
        errors: [],
        hint: 'list all tenants with: npm run -s carillon -- tenants list',
      });
    });

    test('a refused line of a file names the line', async () => {
      answer = () => problem(400, 'field_invalid', [{ field: 'events[1].type', message: 'is not known' }]);
      const input = `\n${line(1)}\n${line(2)}\n`;
      expect(await fail(['events', 'publish', 'acme', '-'], { input })).toMatchObject({
        exit: 1,
        status: 400,
        code: 'field_invalid',
        detail: 'line 3: type: is not known',
        details: ['nothing was published'],
      });
    });

    test.each([
      ['no server', ['tenants', 'list', '--server', 'http://127.0.0.1:1'], 1, 'server_unreachable'],
      ['an unknown flag', ['tenants', 'list', '--limits'], 2, 'usage_wrong'],
      ['a wrong value', ['tenants', 'list', '--limit', 'x'], 2, 'usage_wrong'],
      ['no subcommand', ['tenants'], 2, 'usage_wrong'],
      ['nothing to change', ['endpoints', 'change', 'a', 'b'], 2, 'usage_wrong'],
      ['no such file', ['events', 'publish', 'a', '/does/not/exist'], 1, 'command_failed'],
    ])('%s', async (_, args, exit, code) => {
      const type = `urn:carillon:problem:${code}`;
      const text = expect.stringMatching(/^[^\n]{10,}$/);
      expect(await fail(args)).toMatchObject({ exit, code, type, title: text, detail: text });
    });

    test('a wrong environment', async () => {
      const failed = await fail(['tenants', 'list'], { environment: { PORT: 'x', LOG_LEVEL: 'y' } });
      expect(failed).toMatchObject({
        exit: 78,
        code: 'configuration_wrong',
        detail: expect.stringMatching(/^PORT must .*; LOG_LEVEL must /),
      });
    });

    test('help is not a failure', async () => {
      expect(await carillon(['--help', '--json'])).toMatchObject({ code: 0, error: '' });
    });
  });

  test.each([
    ['a wrong key', problem(401, 'key_unknown'), /hint: this server has another admin key/],
    ['no such tenant', problem(404, 'tenant_not_found'), /hint: .*npm run -s carillon -- tenants list\n/],
    [
      'another server',
      { status: 404, body: '<html>' },
      /answered 404 .*\nhint: check that this is the URL of a Carillon server/,
    ],
    ['a redirection', { status: 301, headers: { location: 'https://x/' } }, /answered 301 to https:\/\/x\//],
    ['no JSON', { status: 200, body: 'hello' }, /answered 200 without/],
  ])('%s', async (_, answered, message) => {
    answer = () => answered;
    const { code, error } = await carillon(['tenants', 'show', 'acme']);
    expect({ code, error }).toEqual({ code: 1, error: expect.stringMatching(message) });
  });

  test('nothing listens at the address', async () => {
    const { code, error } = await carillon(['tenants', 'list', '--server', 'http://127.0.0.1:1']);
    expect(code).toBe(1);
    expect(error).toMatch(/^error: cannot reach http:\/\/127\.0\.0\.1:1: .*\nhint: .*\n$/);
  });

  test('text from a server cannot control the terminal', async () => {
    answer = () => ({ status: 400, body: { type: 'x', code: 'x', detail: 'a\u001b[2Jb\nc' } });
    expect((await carillon(['tenants', 'list'])).error).toBe('error: ab c\n');
  });

  test.each<[string, string[], Record<string, string>, number, RegExp]>([
    [
      'no key',
      ['tenants', 'list'],
      { DATABASE_URL: `sqlite:${folder}/none/x.db` },
      78,
      /there is no admin key/,
    ],
    [
      'a key with a line end',
      ['tenants', 'list', '--admin-key-file', write('two-lines', 'a\nb')],
      {},
      78,
      /^((?!a\nb)[^])*characters that are not allowed/,
    ],
    [
      'a wrong environment',
      ['tenants', 'list'],
      { PORT: 'x', LOG_LEVEL: 'y' },
      78,
      /^error: PORT .*\nerror: LOG_LEVEL .*\nhint: .*\n$/,
    ],
    [
      'a wrong CARILLON_SERVER',
      ['tenants', 'list', '--admin-key-file', write('k', 'k')],
      { CARILLON_SERVER: 'nowhere' },
      78,
      /"nowhere" is not the URL/,
    ],
    ['a wrong --server', ['tenants', 'list', '--server', 'nowhere'], {}, 2, /must be a URL/],
    ['an unknown command', ['tenantz'], {}, 2, /unknown command.*\n\(Did you mean tenants/],
    ['an unknown flag', ['tenants', 'list', '--limits', '3'], {}, 2, /unknown option/],
    ['a missing argument', ['tenants', 'show'], {}, 2, /missing required argument/],
    ['too many arguments', ['tenants', 'show', 'a', 'b'], {}, 2, /too many arguments/],
    ['no subcommand', ['tenants'], {}, 2, /Usage: carillon tenants/],
    ['a wrong choice', ['deliveries', 'list', 'a', '--state', 'gone'], {}, 2, /Allowed choices/],
    ['a wrong code', ['deliveries', 'list', '--code', '6xx'], {}, 2, /HTTP status such as 503/],
    ['a wrong payload', ['endpoints', 'test', 'a', 'b', '--payload', '{'], {}, 2, /not valid JSON/],
    ['a wrong number', ['tenants', 'list', '--limit', '201'], {}, 2, /from 1 to 200/],
    [
      'an id of dots',
      ['tenants', 'show', '..', '--admin-key-file', write('k', 'k')],
      {},
      2,
      /".." cannot be an id/,
    ],
    ['nothing to change', ['endpoints', 'change', 'a', 'b'], {}, 2, /nothing to change/],
  ])('%s', async (_, args, environment, expected, message) => {
    const { code, out, error } = await carillon(args, { environment });
    expect({ code, out, error }).toEqual({ code: expected, out: '', error: expect.stringMatching(message) });
    expect(asked).toEqual([]);
  });

  describe('secrets', () => {
    const key = 'cak_from_standard_input';

    test('come from standard input, which is read once', async () => {
      answer = () => pageOf([]);
      const list = ['tenants', 'list', '--json', '--admin-key-file', '-'];
      expect((await carillon(list, { input: `${key}\n` })).code).toBe(0);
      expect(asked[0]?.key).toBe(`Bearer ${key}`);
      const twice = await carillon(['events', 'publish', 'acme', '-', '--admin-key-file', '-'], {
        input: key,
      });
      expect(twice).toMatchObject({ code: 2, error: expect.stringMatching(/read for one thing only/) });
    });

    test.each<[string, string[], number, RegExp]>([
      [
        'no such file',
        ['tenants', 'list', '--admin-key-file', '/none'],
        78,
        /cannot read \/none: no such file/,
      ],
      ['an empty file', ['tenants', 'list', '--admin-key-file', '/dev/null'], 78, /\/dev\/null is empty/],
      ['no key at all', ['serve', '--encryption-key-file', '/none'], 78, /cannot read \/none/],
      [
        'a short key',
        ['serve', '--encryption-key-file', write('short', key)],
        78,
        /ENCRYPTION_KEY must be 32/,
      ],
      ['a key as an argument', ['tenants', 'list', '--admin-key', key], 2, /unknown option '--admin-key'/],
      ['another one', ['serve', '--encryption-key', key], 2, /unknown option '--encryption-key'/],
      [
        'a password as an argument',
        ['serve', '--database-url', `postgres://u:${key}@h/d`],
        2,
        /with --database-url-file/,
      ],
      [
        'a password as a parameter',
        ['migrate', 'copy', '--from', 'sqlite:x', '--to', `postgres://h/d?password=${key}`],
        2,
        /with --to-file/,
      ],
    ])('%s', async (_, args, code, message) => {
      for (const more of [[], ['--json']]) {
        const result = await carillon([...args, ...more]);
        expect(result).toMatchObject({ code, out: '', error: expect.stringMatching(message) });
        expect(result.error).not.toContain(key);
      }
    });
  });

  test.each<[string, string[], RegExp]>([
    [
      'a number',
      ['serve', '--port', 'x'],
      /--port <value>' argument 'x' is invalid. It must be a whole number\./,
    ],
    ['a duration', ['migrate', '--retention', '5'], /It must be a number and a unit/],
    ['a CIDR', ['doctor', '--allow-targets', '10.0.0.0'], /--allow-targets.*10\.0\.0\.0/],
    ['a choice', ['serve', '--role', 'none'], /It must be one of api, worker, all\./],
    ['a database', ['serve', '--database-url', 'mysql://h'], /It must be sqlite:<file> or postgres:\/\/…\./],
    [
      'a source',
      ['migrate', 'copy', '--from', 'postgres://h/d', '--to', 'postgres://h/e'],
      /It must be sqlite:/,
    ],
    ['no target', ['migrate', 'copy', '--from', 'sqlite:x'], /with --to or --to-file/],
    ['a URL', ['doctor', '--target', 'x'], /It must be a URL/],
    ['--color', ['tenants', 'list', '--color', 'green'], /Allowed choices are auto, always, never/],
  ])('a wrong value of a flag is wrong usage: %s', async (_, args, message) => {
    const { code, out, error } = await carillon(args);
    expect({ code, out, error }).toEqual({ code: 2, out: '', error: expect.stringMatching(message) });
  });

  test('help of a command at any depth', async () => {
    const usage = expect.stringContaining('Usage: carillon tenants create [options] <name>');
    for (const args of [
      ['help', 'tenants', 'create'],
      ['tenants', 'help', 'create'],
      ['tenants', 'create', '--help'],
    ]) {
      expect(await carillon(args)).toMatchObject({ code: 0, error: '', out: usage });
    }
    expect((await carillon(['help'])).out).toMatch(/^Usage: carillon \[options\]/);
    const unknown = await carillon(['help', 'tenants', 'make']);
    expect(unknown).toMatchObject({
      code: 2,
      out: '',
      error: expect.stringMatching(/unknown command 'make'\nhint: there are: create, list, /),
    });
  });

  test('help and version are not failures', async () => {
    expect(await carillon(['--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('Usage: carillon'),
    });
    expect(await carillon(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    const { out } = await carillon(['serve', '--help']);
    expect(out).toContain('--allow-targets');
    expect(out).toContain('CARILLON_RETENTION; default: 30d');
  });
});
