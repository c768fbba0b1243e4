// What command lines ask of the admin API, and what they print.
import { describe, expect, test } from 'vitest';
import { pageOf, useFakeAdmin } from '../../test/support/fake-admin.ts';

const admin = useFakeAdmin();

const tenant = {
  id: 'acme',
  name: 'Acme',
  dialect: 'standard',
  metadata: {},
  createdAt: '2026-01-02T03:04:05.678Z',
};
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
    [
      'a key of the admin API',
      [
        'keys',
        'create',
        'billing',
        '--scope',
        'publish',
        'read',
        '--tenant',
        'acme',
        '--expires',
        '2027-01-02',
      ],
      'POST',
      '/keys',
      {
        name: 'billing',
        scopes: ['publish', 'read'],
        tenants: ['acme'],
        expiresAt: '2027-01-02T00:00:00.000Z',
      },
    ],
    ['keys of the admin API', ['keys', 'list'], 'GET', '/keys', null],
    [
      'a contact of a tenant',
      ['tenants', 'change', 'acme', '--contact-email', 'a@b.example,c@d.example'],
      'PATCH',
      '/tenants/acme',
      { contact: { emails: ['a@b.example', 'c@d.example'] } },
    ],
    [
      'no contact',
      ['tenants', 'change', 'acme', '--no-contact-email'],
      'PATCH',
      '/tenants/acme',
      { contact: null },
    ],
    [
      'an alert',
      ['alerts', 'create', 'ops', '--email', 'a@b.example', '--type', 'endpoint.failing', '--window', '60'],
      'POST',
      '/alerts',
      {
        name: 'ops',
        types: ['endpoint.failing'],
        via: { kind: 'email', to: ['a@b.example'] },
        windowSeconds: 60,
      },
    ],
    [
      'an alert that is a webhook, of some tenants',
      [
        'alerts',
        'create',
        'ops',
        '--webhook',
        'https://a.example',
        '--tenant',
        'acme',
        '--type',
        'backlog.growing',
      ],
      'POST',
      '/alerts',
      {
        name: 'ops',
        types: ['backlog.growing'],
        tenants: ['acme'],
        via: { kind: 'webhook', url: 'https://a.example' },
      },
    ],
    ['alerts', ['alerts', 'list'], 'GET', '/alerts', null],
    ['one alert', ['alerts', 'show', 'alr_1'], 'GET', '/alerts/alr_1', null],
    [
      'a change of an alert',
      ['alerts', 'change', 'alr_1', '--name', 'b', '--no-tenant', '--disable'],
      'PATCH',
      '/alerts/alr_1',
      { name: 'b', tenants: null, enabled: false },
    ],
    [
      'a snooze',
      ['alerts', 'snooze', 'alr_1', '--until', '2027-01-02'],
      'POST',
      '/alerts/alr_1/snooze',
      { until: '2027-01-02T00:00:00.000Z' },
    ],
    [
      'the end of a snooze',
      ['alerts', 'snooze', 'alr_1', '--end'],
      'POST',
      '/alerts/alr_1/snooze',
      { until: null },
    ],
    ['a removed alert', ['alerts', 'remove', 'alr_1', '--yes'], 'DELETE', '/alerts/alr_1', null],
    [
      'the audit log',
      ['audit', '--tenant', 'acme', '--command', 'changeEndpoint', '--since', '2026-01-02'],
      'GET',
      '/audit?tenant=acme&command=changeEndpoint&since=2026-01-02T00%3A00%3A00.000Z',
      null,
    ],
    [
      'a portal session',
      ['portal-sessions', 'create', 'acme', '--mode', 'test', '--permission', 'read', '--expires', '600'],
      'POST',
      '/tenants/acme/portal-sessions',
      { mode: 'test', permissions: ['read'], expiresInSeconds: 600 },
    ],
    [
      'revoked portal sessions',
      ['portal-sessions', 'revoke-all', 'acme'],
      'DELETE',
      '/tenants/acme/portal-sessions',
      null,
    ],
    ['a revoked key', ['keys', 'revoke', 'key_1', '--yes'], 'DELETE', '/keys/key_1', null],
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
    admin.answer = ({ method: asks }) => (asks === 'DELETE' ? { status: 204 } : pageOf([]));
    expect((await admin.carillon([...args, '--json'])).code).toBe(0);
    expect(admin.asked).toHaveLength(1);
    const [request] = admin.asked;
    expect(request).toMatchObject({
      method,
      url: `/admin/v1${path}`,
      key: 'Bearer cak_01234567890123456789',
    });
    expect(request?.body === '' ? null : JSON.parse(request?.body ?? '')).toEqual(body);
  });

  test('global flags stand before or after the command', async () => {
    admin.answer = () => pageOf([]);
    const environment = {};
    const flags = ['--server', `${admin.origin}/below/`, '--admin-key-file', admin.write('key', 'another\n')];
    await admin.carillon([...flags, 'tenants', 'list', '--json'], { environment });
    await admin.carillon(['tenants', 'list', '--json', ...flags], { environment });
    const expected = { url: '/below/admin/v1/tenants', key: 'Bearer another' };
    expect(admin.asked).toMatchObject([expected, expected]);
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
      const { code, out, error } = await admin.carillon(args, { input, isTerminal: true });
      expect({ code, out }).toEqual({ code: 0, out: `removed ${name}\n` });
      expect(error).toBe(`Remove ${name}? ${consequence} [y/N] `);
    }
    const { code, out, error } = await admin.carillon([...args, '--yes']);
    expect({ code, out, error }).toEqual({ code: 0, out: `removed ${name}\n`, error: '' });
    const request = expect.objectContaining({ method: 'DELETE', url: `/admin/v1${path}` });
    expect(admin.asked).toEqual([request, request, request]);

    admin.asked = [];
    for (const input of ['n\n', '\n', 'yesterday\n', undefined]) {
      const options = { isTerminal: true, ...(input === undefined ? {} : { input }) };
      const declined = await admin.carillon(args, options);
      expect(declined).toMatchObject({ code: 1, error: expect.stringMatching(/nothing was removed\n$/) });
    }
    expect(await admin.carillon(args, { input: 'y\n' })).toEqual({
      code: 2,
      out: '',
      error: `error: removing ${name} needs confirmation\nhint: add --yes to remove without asking\n`,
    });
    expect(admin.asked).toEqual([]);
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
      note: null,
      url: 'https://x.example/h',
      attemptsMax: 10,
      waitsFor: { reason: 'endpoint_disabled', disabledReason: 'gone', since: '2026-01-02', delivery: null },
      payload: { amount: '1' },
      attempts: [],
    };
    admin.answer = () => ({ status: 200, body: delivery });
    const { out } = await admin.carillon(['deliveries', 'show', 'acme', 'dlv_1']);
    expect(out).toMatch(/last result +503\n/);
    expect(out).toMatch(/url +https:\/\/x.example\/h\n/);
    expect(out).toMatch(/schedule +2 of 10 attempts\n/);
    expect(out).toMatch(/waits for +its endpoint, which is disabled \(gone\) since 2026-01-02\n/);
    expect(out).toMatch(/payload +\{\n +"amount": "1"\n/);
  });

  test('one page, as a table with what comes next', async () => {
    admin.answer = () => pageOf([tenant], 'more');
    const { out, error } = await admin.carillon(['tenants', 'list']);
    expect(out).toBe('ID    NAME  DIALECT   CREATED\nacme  Acme  standard  2026-01-02T03:04:05.678Z\n');
    expect(error).toBe('more entries: --cursor more, or --all\n');
  });

  test('every page, as a table under one header or as the JSON of one entry per line', async () => {
    admin.answer = ({ url }) => (url.includes('cursor=2') ? pageOf([tenant]) : pageOf([tenant], '2'));
    expect((await admin.carillon(['tenants', 'list', '--all'])).out.split('\n')).toHaveLength(4);
    const { out } = await admin.carillon(['tenants', 'list', '--all', '--json']);
    expect(out).toBe(`${JSON.stringify(tenant)}\n`.repeat(2));
    expect(admin.asked.at(-1)?.url).toBe('/admin/v1/tenants?limit=200&cursor=2');
  });

  test('an empty list says how to create an entry', async () => {
    admin.answer = () => pageOf([]);
    const { out, error } = await admin.carillon(['tenants', 'list']);
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
    filter: null,
    headers: null,
    authorization: null,
    timeoutMs: null,
    retry: null,
    disableAfter: null,
    rateLimit: null,
    inFlightMax: null,
    previousSecretEndsAt: null,
    tls: null,
    egress: null,
    transform: null,
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
      admin.answer = () => ({ status: 200, body: { ...endpoint, ...more } });
      return (await admin.carillon(args)).out;
    };
    const shared = await printed({ secret: 'whsec_x' });
    expect(shared).toMatch(/^secret +whsec_x\n$/m);
    const publicKey = await printed({ secret: null, attributes: { title: 'Shop', public_key: pem } });
    expect(publicKey).toMatch(
      /^title +Shop\npublic_key +-----BEGIN PUBLIC KEY-----\n +MIIB\n +-----END PUBLIC KEY-----\n/m,
    );
    expect(publicKey).toContain('Receivers verify its deliveries with this public key.');
    expect(await printed({ secret: null })).toContain('tenants rotate-secret sets one');
  });

  test('secrets that are shown again, and until when the old one signs', async () => {
    const endsAt = '2026-01-02T03:04:05.678Z';
    admin.answer = () => ({
      status: 200,
      body: { endpoint: 'ep_1', secret: 'whsec_x', previousSecretEndsAt: endsAt },
    });
    const { out } = await admin.carillon(['endpoints', 'show-secret', 'acme', 'ep_1']);
    expect(out).toMatch(/^secret +whsec_x\nold secret +signs until 2026-01-02/m);
    admin.answer = () => ({ status: 200, body: { mode: 'test', secret: null } });
    const none = await admin.carillon(['tenants', 'show-secret', 'acme', '--mode', 'test']);
    expect(none.out).toContain('no secret is set for test');
    expect(JSON.parse(admin.asked.at(-1)?.body ?? '')).toEqual({ mode: 'test' });
  });

  test('a secret of your own comes from a file', async () => {
    admin.answer = () => ({ status: 200, body: { mode: 'live', secret: 'mine' } });
    const args = ['tenants', 'rotate-secret', 'acme', '--secret-file', admin.write('secret', 'mine\n')];
    expect((await admin.carillon(args)).out).toMatch(/^secret +mine$/m);
    expect(JSON.parse(admin.asked.at(-1)?.body ?? '')).toEqual({ secret: 'mine' });
  });

  test('statistics, with their sum', async () => {
    const times = { p50Ms: 12.4, p95Ms: 30, p99Ms: null };
    const first = { start: '2026-01-02T03:00:00.000Z', accepted: 10, refused: 1, unreachable: 0, ...times };
    const second = { ...first, start: '2026-01-02T04:00:00.000Z', accepted: 5 };
    const since = '2026-01-02T00:00:00.000Z';
    admin.answer = () => ({ status: 200, body: { bucket: 'hour', since, data: [first, second] } });
    expect((await admin.carillon(['stats'])).out.split('\n')).toEqual([
      'START                     ACCEPTED  REFUSED  UNREACHABLE  P50    P95    P99',
      '2026-01-02T03:00:00.000Z  10        1        0            12 ms  30 ms  -',
      '2026-01-02T04:00:00.000Z  5         1        0            12 ms  30 ms  -',
      `15 accepted, 2 refused, 0 unreachable since ${since}, by hour`,
      '',
    ]);
    const unreachable = { ...first, code: 'timeout', accepted: 0, refused: 0, unreachable: 3 };
    admin.answer = () => ({ status: 200, body: { bucket: 'hour', since, data: [unreachable] } });
    expect((await admin.carillon(['stats', '--group-by', 'code'])).out).toMatch(
      /^START +CODE +ACCEPTED +REFUSED +UNREACHABLE\n2026-\S+ +timeout +0 +0 +3\n/,
    );
    expect(admin.asked.at(-1)?.url).toBe('/admin/v1/stats?groupBy=code');
    admin.answer = () => ({ status: 200, body: { bucket: 'hour', since, data: [] } });
    expect((await admin.carillon(['stats'])).out).toBe(`no attempts since ${since}\n`);
  });
});

test('a sample of an alert that could not be sent fails, with the reason', async () => {
  admin.answer = () => ({ status: 200, body: { sent: false, error: 'the chat answered 404' } });
  expect(await admin.carillon(['alerts', 'test', 'alr_1'])).toMatchObject({
    code: 1,
    out: expect.stringContaining('not sent: the chat answered 404'),
  });
  admin.answer = () => ({ status: 200, body: { sent: true, error: null } });
  expect(await admin.carillon(['alerts', 'test', 'alr_1'])).toMatchObject({ code: 0 });
  expect(admin.asked.map(({ method, url }) => `${method} ${url}`)).toEqual(
    Array.from({ length: 2 }, () => 'POST /admin/v1/alerts/alr_1/test'),
  );
});

test('an alert has one channel', async () => {
  const none = await admin.carillon(['alerts', 'create', 'ops']);
  const two = await admin.carillon([
    'alerts',
    'create',
    'ops',
    '--email',
    'a@b.example',
    '--webhook',
    'https://a.example',
  ]);
  expect([none.code, two.code]).toEqual([2, 2]);
  expect(admin.asked).toEqual([]);
});
