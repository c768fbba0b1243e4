// The command line in processes of its own, with and without a running server.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CredentialPage, IssuedCredential } from '#contract/credentials.ts';
import { Delivery, DeliveryPage, DeliveryWithAttempts } from '#contract/deliveries.ts';
import { Endpoint, EndpointPage, EndpointWithSecret } from '#contract/endpoints.ts';
import { BatchEvent, EventPage, EventWithPayload, PublishedEvent } from '#contract/events.ts';
import { Replay, ReplayCount, ReplayPage, StartedReplay } from '#contract/replays.ts';
import { Stats } from '#contract/stats.ts';
import { Tenant, TenantPage } from '#contract/tenants.ts';
import { type Finished, runCommand, type Running, startCommand } from '../support/command-line.ts';
import { contractProblems } from '../support/contract-check.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-e2e-'));
  folders.push(folder);
  return folder;
};

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const line = (id: string): string => JSON.stringify({ id, type: 'payout.paid', payload: { id } });

const serveFlags = ['--port', '0', '--allow-targets', '127.0.0.0/8', '--log-level', 'warn'];

async function serve(
  cwd: string,
  args: readonly string[] = serveFlags,
): Promise<{ server: Running; url: string }> {
  const server = startCommand(['serve', ...args], { cwd });
  const out = await server.until(/"url":"http[^"]+"/);
  return { server, url: /"url":"(http[^"]+)"/.exec(out)?.[1] ?? '' };
}

describe('with a server', () => {
  let cwd = '';
  let server: Running;
  let url = '';
  let receiver: Receiver;

  beforeAll(async () => {
    cwd = newFolder();
    receiver = await startReceiver();
    ({ server, url } = await serve(cwd));
  });

  afterAll(async () => {
    server.child.kill('SIGKILL');
    await receiver.close();
  });

  /** Reads the admin key from data/admin.key in the working folder. */
  const carillon = (args: readonly string[], input?: string): Promise<Finished> =>
    runCommand(args, {
      cwd,
      environment: { CARILLON_SERVER: url },
      ...(input === undefined ? {} : { input }),
    });

  /** The output of `--json`, validated against the contract. */
  async function json<T = Record<string, unknown>>(
    schema: object,
    args: readonly string[],
    input?: string,
  ): Promise<T> {
    const { code, out, error } = await carillon([...args, '--json'], input);
    expect({ code, error }).toEqual({ code: 0, error: expect.not.stringContaining('error') });
    const value: unknown = JSON.parse(out);
    expect(contractProblems(schema, value)).toEqual([]);
    return value as T;
  }

  async function text(args: readonly string[]): Promise<string> {
    const { code, out, error } = await carillon(args);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    return out;
  }

  test('the admin key is stored beside the database with mode 0600, and is in no log', async () => {
    const file = join(cwd, 'data/admin.key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const log = await server.until(/adminKeyFile/);
    expect(log).not.toContain(readFileSync(file, 'utf8').trim());
  });

  test('tenants', async () => {
    await json(Tenant, ['tenants', 'create', 'Acme', '--id', 'acme']);
    const metadata = ['--metadata', 'team=payments', '--metadata', 'query=a=b'];
    const kept = { metadata: { team: 'payments', query: 'a=b' } };
    expect(await json(Tenant, ['tenants', 'create', 'Other', '--id', 'other', ...metadata])).toMatchObject(
      kept,
    );
    await json(TenantPage, ['tenants', 'list']);
    expect(await text(['tenants', 'list'])).toMatch(/^ID +NAME +DIALECT +CREATED\n/);
    expect(await json(Tenant, ['tenants', 'rename', 'other', 'New'])).toMatchObject({ name: 'New' });
    expect(await text(['tenants', 'show', 'other'])).toMatch(
      /^name +New\n.*\nmetadata +team=payments\n +query=a=b$/m,
    );
    const changed = await json(Tenant, ['tenants', 'change', 'other', '--no-metadata']);
    expect(changed).toMatchObject({ name: 'New', metadata: {} });
    expect(await text(['tenants', 'remove', 'other', '--yes'])).toBe('removed tenant other\n');
    expect(await carillon(['tenants', 'show', 'other'])).toMatchObject({ code: 1, out: '' });
    const { error } = await carillon(['tenants', 'create', 'Acme', '--id', 'acme']);
    expect(error).toMatch(/^error: .*acme.*\n$/);
  });

  test('lists print every page', async () => {
    for (const name of ['one', 'two', 'three']) await json(Tenant, ['tenants', 'create', name]);
    const { out } = await carillon(['tenants', 'list', '--all', '--limit', '2', '--json']);
    const rows = out
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    for (const row of rows) expect(contractProblems(Tenant, row)).toEqual([]);
    expect(rows.length).toBeGreaterThan(4);
  });

  test('credentials', async () => {
    const { id, token } = await json(IssuedCredential, ['credentials', 'create', 'acme', '--mode', 'test']);
    expect(await text(['credentials', 'list', 'acme'])).toContain(String(id));
    const page = await json(CredentialPage, ['credentials', 'list', 'acme']);
    expect(JSON.stringify(page)).not.toContain(String(token));
    expect(await text(['credentials', 'remove', 'acme', String(id), '--yes'])).toBe(
      `removed credential ${String(id)}\n`,
    );
  });

  test('endpoints, events, deliveries and a replay', async () => {
    const made = await json<{ id: string; secret: string }>(EndpointWithSecret, [
      'endpoints',
      'create',
      'acme',
      `${receiver.url}/hooks`,
      '--event-types',
      'payment.succeeded,payment.failed',
      '--description',
      'for tests',
      '--metadata',
      'team=payments',
    ]);
    const { id, secret } = made;
    await json(EndpointPage, ['endpoints', 'list', 'acme', '--enabled']);
    expect(await text(['endpoints', 'list', 'acme'])).toMatch(
      /enabled +0 +payment\.succeeded,payment\.failed +http/,
    );
    expect(await json(Endpoint, ['endpoints', 'show', 'acme', id])).toMatchObject({
      metadata: { team: 'payments' },
    });
    expect(await text(['endpoints', 'show', 'acme', id])).toMatch(/^metadata +team=payments$/m);

    // The payload is unchanged; publishing the same id again changes nothing.
    const publish = ['events', 'publish', 'acme', '--type', 'payment.succeeded', '--id', 'evt-1'];
    const payload = ['--payload', '{"amount":"12.50"}', '--metadata', 'order=7'];
    expect(await json(PublishedEvent, [...publish, ...payload])).toMatchObject({
      id: 'evt-1',
      deliveries: 1,
    });
    expect(await text([...publish, ...payload])).toMatch(/^published before evt-1 /);
    expect(await carillon([...publish, '--payload', '{}'])).toMatchObject({
      code: 1,
      error: expect.stringContaining('evt-1'),
    });
    await receiver.until(() => receiver.requests.length > 0);

    // `carillon verify` accepts what arrived, and refuses it with one more byte.
    const [arrived] = receiver.requests;
    const files = { headers: JSON.stringify(arrived?.headers), secret, body: arrived?.body ?? '' };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
    const verify = ['verify', '--secret-file', 'secret', '--headers', 'headers'];
    expect(await carillon([...verify, 'body'])).toMatchObject({ code: 0 });
    expect(await carillon([...verify, '-'], `${arrived?.body} `)).toMatchObject({ code: 1 });

    await json(Stats, ['stats', '--tenant', 'acme', '--bucket', 'hour']);
    await json(EventPage, ['events', 'list', 'acme']);
    const shown = await json(EventWithPayload, ['events', 'show', 'acme', 'evt-1']);
    expect(shown).toMatchObject({ payload: { amount: '12.50' }, metadata: { order: '7' } });
    expect(await text(['events', 'show', 'acme', 'evt-1'])).toMatch(
      /^payload +\{\n {16,}?"amount": "12\.50"\n/m,
    );

    await expect
      .poll(
        async () => (await json<DeliveryPage>(DeliveryPage, ['deliveries', 'list', 'acme'])).data[0]?.state,
        { timeout: 30_000 },
      )
      .toBe('delivered');
    const [delivery] = (
      await json<DeliveryPage>(DeliveryPage, ['deliveries', 'list', 'acme', '--event', 'evt-1'])
    ).data;
    const deliveryId = String(delivery?.id);
    await json(DeliveryWithAttempts, ['deliveries', 'show', 'acme', deliveryId]);
    expect(await text(['deliveries', 'show', 'acme', deliveryId])).toMatch(
      /^attempt 1 .* accepted with 200$/m,
    );
    await json(Delivery, ['deliveries', 'redeliver', 'acme', deliveryId]);
    await receiver.until(() => receiver.requests.length > 1);

    expect(await json(PublishedEvent, ['endpoints', 'test', 'acme', id])).toMatchObject({ deliveries: 1 });
    await receiver.until(() => receiver.requests.length > 2);

    expect(await json(Endpoint, ['endpoints', 'disable', 'acme', id])).toMatchObject({ enabled: false });
    expect(await json(Endpoint, ['endpoints', 'enable', 'acme', id])).toMatchObject({ enabled: true });
    const change = ['endpoints', 'change', 'acme', id, '--no-description', '--event-types', '*'];
    expect(await json(Endpoint, change)).toMatchObject({ description: null, eventTypes: ['*'] });
    const filter = { amount: { $gte: 1000 } };
    const filtered = [...change, '--filter', JSON.stringify(filter)];
    expect(await json(Endpoint, filtered)).toMatchObject({ filter });
    const sample = ['endpoints', 'test-filter', 'acme', id, '--payload', '{"amount":500}'];
    expect(await text(sample)).toBe('does not match\n  amount is 500; the filter asks for $gte 1000\n');
    expect(await json(Endpoint, [...change, '--no-filter'])).toMatchObject({ filter: null });
    const headersFile = join(cwd, 'headers.json');
    writeFileSync(headersFile, '[{"name":"X-Key","value":"hush","secret":true}]');
    expect(await text([...change, '--headers-file', headersFile])).toMatch(/^headers +X-Key: \(secret\)$/m);
    expect(await json(Endpoint, [...change, '--no-headers'])).toMatchObject({ headers: null });
    const rotated = await json(EndpointWithSecret, [
      'endpoints',
      'rotate-secret',
      'acme',
      id,
      '--overlap',
      '0',
    ]);
    expect(rotated['secret']).not.toBe(secret);

    const span = ['acme', '--since', '1h', '--states', 'delivered', '--event-types', 'payment.succeeded'];
    expect(await json(ReplayCount, ['replay', 'start', ...span, '--dry-run'])).toEqual({
      total: 1,
      leftOut: 0,
    });
    const started = await json(StartedReplay, ['replay', 'start', ...span]);
    const replay = await json(Replay, ['replay', 'watch', 'acme', String(started['id'])]);
    expect(replay).toMatchObject({ state: 'finished', done: 1, total: 1 });
    expect(await json(ReplayPage, ['replay', 'list', 'acme'])).toMatchObject({
      data: [{ id: started['id'] }],
    });
    expect((await carillon(['replay', 'stop', 'acme', String(started['id'])])).code).toBe(0);
    await receiver.until(() => receiver.requests.length > 3);

    expect(await text(['endpoints', 'remove', 'acme', id, '--yes'])).toBe(`removed endpoint ${id}\n`);
    // Some forty processes.
  }, 180_000);

  test('events from a file and from standard input', async () => {
    const lines = Array.from({ length: 1200 }, (_, index) => line(`bulk-${index}`));
    const file = join(cwd, 'events.ndjson');
    writeFileSync(file, lines.join('\n'));
    const fromFile = await carillon(['events', 'publish', 'acme', '--file', file]);
    expect(fromFile).toMatchObject({
      code: 0,
      error: expect.stringMatching(/^1200 events published, 0 deliveries in/),
    });
    const again = await carillon(['events', 'publish', 'acme', '-'], lines.slice(0, 3).join('\n'));
    expect(again.error).toMatch(/^3 events published \(3 of them published before\)/);
    const published = await carillon(
      ['events', 'publish', 'acme', '-', '--json'],
      `[${line('x-1')}, ${line('x-2')}]`,
    );
    const rows = published.out.trim().split('\n');
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(contractProblems(BatchEvent, JSON.parse(row))).toEqual([]);

    const refused = await carillon(
      ['events', 'publish', 'acme', '-'],
      `${line('y-1')}\n\n{"type":"not a type","payload":1}\n`,
    );
    expect(refused.code).toBe(1);
    expect(refused.error).toMatch(/^error: line 3: type: .*\n {2}nothing was published\n/);
  });

  test('probe says whether a server is ready, without a key', async () => {
    expect(await carillon(['probe'])).toMatchObject({ code: 0, out: 'ready\n' });
    expect(await carillon(['probe', '--live', '--json'])).toMatchObject({
      code: 0,
      out: '{"status":"ok"}\n',
    });
    const away = await carillon(['probe', '--server', 'http://127.0.0.1:1']);
    expect(away).toMatchObject({ code: 1, error: expect.stringContaining('no server answers') });
    receiver.answer = () => 503;
    expect((await carillon(['probe', '--server', receiver.url])).code).toBe(1);
    receiver.answer = () => 200;
  });

  test('the doctor checks a running server', async () => {
    const { code, out } = await carillon([
      'doctor',
      '--json',
      '--target',
      `${receiver.url}/ping`,
      '--allow-targets',
      '127.0.0.0/8',
    ]);
    const { checks } = JSON.parse(out) as { checks: { check: string; status: string }[] };
    expect(checks.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(checks.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        'configuration',
        'encryption key',
        'disk',
        'server',
        'admin key',
        'worker',
        'clock',
        'target',
      ]),
    );
    expect(code).toBe(0);
    // Without CARILLON_SERVER the configured port is asked. A target must accept what it gets.
    const environment = { PORT: new URL(url).port, CARILLON_ALLOW_TARGETS: '127.0.0.0/8' };
    receiver.answer = () => 404;
    const missing = await runCommand(['doctor', '--target', receiver.url], { cwd, environment });
    receiver.answer = () => 200;
    expect(missing.out).toMatch(/^ok +server +http:\/\/127\.0\.0\.1:\d+ is ready$/m);
    expect(missing.out).toMatch(/^fail +target +answered 404 after/m);
    expect(missing.code).toBe(1);
    const otherKey = Buffer.alloc(32).toString('base64');
    const mistaken = { ...environment, CARILLON_ENCRYPTION_KEY: otherKey, CARILLON_RETENTON: '7d' };
    const wrongKey = await runCommand(['doctor'], { cwd, environment: mistaken });
    expect(wrongKey.out).toMatch(/^fail +encryption key +it is not the key of this database$/m);
    expect(wrongKey.out).toMatch(
      /^warn +configuration +CARILLON_RETENTON .*did you mean CARILLON_RETENTION\?$/m,
    );
    // Without CARILLON_ALLOW_TARGETS, a receiver on this machine is refused.
    const refused = await carillon(['doctor', '--target', receiver.url]);
    expect(refused).toMatchObject({ code: 1, out: expect.stringMatching(/^fail +target +/m) });
  });

  test('a wrong key is refused with a hint', async () => {
    const { code, error } = await carillon(['tenants', 'list', '--admin-key-file', '-'], 'cak_wrong');
    expect(code).toBe(1);
    expect(error).toMatch(/^error: .*\nhint: this server has another admin key.*\n$/);
    expect(error).not.toContain('cak_wrong');
    const doctor = await carillon(['doctor', '--admin-key-file', '-'], 'cak_wrong_but_long_enough_to_be_one');
    expect(doctor).toMatchObject({ code: 1, out: expect.stringMatching(/^fail +admin key +/m) });
  });

  test('a second server on the same database or the same port says so', async () => {
    const same = await runCommand(['serve', '--port', '0'], { cwd });
    expect(same).toMatchObject({
      code: 78,
      error: expect.stringMatching(/^error: .*another Carillon process.*\n$/),
    });
    const port = new URL(url).port;
    const taken = await runCommand(['serve', '--port', port, '--log-level', 'silent'], { cwd: newFolder() });
    expect(taken).toEqual({
      code: 1,
      out: '',
      error: expect.stringMatching(/^error: 127\.0\.0\.1:\d+ is in use; .*\n$/),
    });
  });

  test('SIGTERM shuts the server down', async () => {
    server.child.kill('SIGTERM');
    expect(await server.finished).toMatchObject({ code: 0, error: '' });
    const { code, error } = await carillon(['tenants', 'list']);
    expect({ code, error }).toEqual({
      code: 1,
      error: expect.stringMatching(
        /^error: cannot reach .*: connection refused\nhint: start the server with: npm start.*\n$/,
      ),
    });
  });
});

describe('without a server', () => {
  test('several wrong settings are reported at once, one line each', async () => {
    const environment = { PORT: 'x', LOG_LEVEL: 'loud', CARILLON_ALLOW_TARGETS: '10.0.0.0' };
    const { code, out, error } = await runCommand(['serve'], { cwd: newFolder(), environment });
    expect({ code, out }).toEqual({ code: 78, out: '' });
    const lines = error.trim().split('\n');
    expect(lines.slice(0, 3).every((line) => line.startsWith('error: '))).toBe(true);
    expect(lines).toEqual([
      expect.stringContaining('PORT'),
      expect.stringContaining('CARILLON_ALLOW_TARGETS'),
      expect.stringContaining('LOG_LEVEL'),
      expect.stringMatching(/^hint: /),
    ]);
    const doctor = await runCommand(['doctor'], { cwd: newFolder(), environment });
    expect(doctor.code).toBe(1);
    expect(doctor.out.match(/^fail +configuration/gm)).toHaveLength(3);
  });

  test('a flag takes precedence over the environment', async () => {
    const options = { cwd: newFolder(), environment: { PORT: 'x', CARILLON_TREADS: '1' } };
    const server = startCommand(['serve', '--port', '0'], options);
    const log = await server.until(/server\.listening/);
    expect(log).toContain('"name":"CARILLON_TREADS","meant":"CARILLON_THREADS","msg":"setting.unknown"');
    server.child.kill('SIGINT');
    expect(await server.finished).toMatchObject({ code: 0 });
  });

  test('a second signal ends the server at once', async () => {
    const receiver = await startReceiver();
    receiver.answer = () => 'never';
    const cwd = newFolder();
    const { server, url } = await serve(cwd);
    const options = { cwd, environment: { CARILLON_SERVER: url } };
    await runCommand(['tenants', 'create', 'Acme', '--id', 'acme'], options);
    await runCommand(['endpoints', 'create', 'acme', receiver.url], options);
    await runCommand(['events', 'publish', 'acme', '--type', 'a', '--payload', '1'], options);
    await receiver.until(() => receiver.requests.length > 0);
    // The first signal waits for the request in flight.
    server.child.kill('SIGTERM');
    await expect
      .poll(async () => (await runCommand(['tenants', 'list'], options)).code, { timeout: 30_000 })
      .toBe(1);
    server.child.kill('SIGTERM');
    expect(await server.finished).toMatchObject({ code: 1 });
    await receiver.close();
  });

  test('a file that is not a database is refused', async () => {
    const cwd = newFolder();
    mkdirSync(join(cwd, 'data'));
    // Private: a start takes the rights of others off a file, and logs that.
    const file = join(cwd, 'data/carillon.db');
    writeFileSync(file, 'This is not a database. '.repeat(1000), { mode: 0o600 });
    for (const command of ['serve', 'migrate']) {
      const { code, out, error } = await runCommand([command], { cwd, environment: { PORT: '0' } });
      expect({ code, out }).toEqual({ code: 78, out: '' });
      expect(error).toMatch(/^error: .*carillon\.db.*\n$/);
    }
    const doctor = await runCommand(['doctor'], { cwd });
    expect(doctor).toMatchObject({ code: 1, out: expect.stringMatching(/^fail +/m) });
  });

  test('migrate creates the database, and does nothing the second time', async () => {
    const cwd = newFolder();
    const first = await runCommand(['migrate', '--json'], { cwd });
    expect((JSON.parse(first.out) as { applied: string[] }).applied).not.toEqual([]);
    expect(await runCommand(['migrate', '--json'], { cwd })).toEqual({
      code: 0,
      out: '{"applied":[]}\n',
      error: '',
    });
  });

  test('the doctor reports that no server is running', async () => {
    const args = ['doctor', '--server', `http://127.0.0.1:${await freePort()}`];
    const { code, out } = await runCommand(args, { cwd: newFolder() });
    expect(code).toBe(1);
    expect(out).toMatch(/^ok +configuration /m);
    expect(out).toMatch(/^ok +disk /m);
    expect(out).toMatch(/^fail +server +cannot reach .*\n +→ start the server with/m);
  });

  test('the demo shows every platform, verifies each signature, and removes its files', async () => {
    const temporary = newFolder();
    const environment = { TMPDIR: temporary };
    const { code, out, error } = await runCommand(['demo', '--json'], { cwd: newFolder(), environment });
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(readdirSync(temporary)).toEqual([]);
    const { ok, platforms, ...all } = JSON.parse(out);
    expect(ok).toBe(true);
    expect(platforms.map(({ platform }: { platform: string }) => platform)).toEqual([
      'standard',
      'diddo',
      'calypso',
      'chip',
      'spritz',
    ]);
    for (const { events, deliveries, delivered, attempts, retries, signatures, p50LatencyMs } of [
      all,
      ...platforms,
    ]) {
      expect(events).toBeGreaterThanOrEqual(2);
      expect({ deliveries, delivered }).toEqual({ deliveries: events, delivered: events });
      expect(attempts).toBe(events + retries);
      expect(signatures).toEqual({ verified: attempts, wrong: 0 });
      expect(p50LatencyMs).toBeGreaterThanOrEqual(0);
    }
    for (const name of ['events', 'deliveries', 'delivered', 'attempts', 'retries']) {
      const parts = platforms.map((numbers: Record<string, number>) => numbers[name] ?? Number.NaN);
      expect(
        parts.reduce((sum: number, part: number) => sum + part, 0),
        name,
      ).toBe(all[name]);
    }
    // Their first retry is due after 5 s; that of the others comes too late for the demo.
    const retries = platforms.map((numbers: { retries: number }) => numbers.retries);
    expect(retries).toEqual([1, 1, 0, 0, 1]);
  });

  test('the demo prints aligned lines that fit the terminal', async () => {
    const { code, out, error } = await runCommand(['demo'], { cwd: newFolder() });
    expect({ code, error }).toEqual({ code: 0, error: '' });
    const lines = out.split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(110);
    expect(out).not.toContain('\u001b');
    const attempts = lines.filter((line) => line.includes('→'));
    expect(attempts).toHaveLength(15);
    expect(new Set(attempts.map((line) => line.indexOf('signature ok'))).size).toBe(1);
    expect(attempts.filter((line) => line.includes('attempt 2'))).toHaveLength(3);
    expect(out).toContain("chip      X-Signature: RSA-3072 with the webhook's public_key  /api/v1/webhooks/");
    expect(out).toContain('chip (after 2 min)');
    expect(lines.at(-2)).toMatch(/^All events were delivered, and all signatures are valid\./);
  });

  test('a reader that closes the pipe causes no failure', async () => {
    const help = startCommand(['--help'], { cwd: newFolder() });
    help.child.stdout?.destroy();
    expect((await help.finished).error).toBe('');
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
