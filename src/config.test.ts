import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '#core/limits.ts';
import { ConfigError, nameDatabase, readClientConfig, readConfig, settings } from './config.ts';

const problemsOf = (env: Record<string, string>, flags: Record<string, string> = {}): readonly string[] => {
  try {
    readConfig(env, flags);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

test('where an archive is', () => {
  const placeOf = (text: string) =>
    readConfig({ CARILLON_ARCHIVE: text, AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' }, {})
      .archive.place;
  expect(placeOf('/var/lib/archive')).toEqual({ kind: 'directory', path: '/var/lib/archive' });
  expect(placeOf('off')).toEqual({ kind: 'off' });
  expect(placeOf('s3://my-bucket')).toEqual({ kind: 's3', bucket: 'my-bucket', prefix: '' });
  expect(placeOf('s3://my-bucket/a/b/')).toEqual({ kind: 's3', bucket: 'my-bucket', prefix: 'a/b/' });
  for (const wrong of [
    'https://my-bucket/a',
    's3://',
    's3://My_Bucket',
    's3://my-bucket/a b',
    's3://my-bucket//a',
  ]) {
    expect(() => placeOf(wrong), wrong).toThrow(
      'CARILLON_ARCHIVE must be a directory, or s3://bucket/prefix',
    );
  }
  expect(() => readConfig({ CARILLON_ARCHIVE: 's3://my-bucket' }, {})).toThrow(
    'AWS_ACCESS_KEY_ID is required with s3://…; AWS_SECRET_ACCESS_KEY is required with s3://…',
  );
});

test('partitions are Postgres databases', () => {
  const partitions = { CARILLON_PARTITIONS: 'b=postgres://u:the-secret@db2/carillon' };
  const keys = {
    CARILLON_ADMIN_KEY: 'key-of-the-operator-0123456789',
    CARILLON_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
  };
  const postgres = { ...keys, DATABASE_URL: 'postgres://u@db1/carillon' };
  expect(readConfig({ ...postgres, ...partitions }, {}).partitions).toEqual([
    { name: 'b', url: 'postgres://u:the-secret@db2/carillon' },
  ]);
  expect(() => readConfig(partitions, {})).toThrow(
    'CARILLON_PARTITIONS must be empty with a SQLite database: partitions are Postgres databases',
  );
});

describe('what is shown of a configuration', () => {
  const key = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
  /** Texts that each secret setting takes, with a part that stands nowhere else. */
  const secrets: Readonly<Record<string, (secret: string) => string>> = {
    DATABASE_URL: (secret) => `postgres://carillon:${secret}@db.example:5432/carillon?password=${secret}`,
    CARILLON_PARTITIONS: (secret) => `b=postgres://carillon:${secret}@db.example:5432/carillon`,
    CARILLON_ADMIN_KEY: (secret) => `key-of-the-operator-${secret}`,
    CARILLON_ENCRYPTION_KEY: () => `${key(7)},${key(8)}`,
    CARILLON_OUTBOX: (secret) => `postgres://platform:${secret}@db.example/platform`,
    CARILLON_EGRESS_PROXY: (secret) => `http://user:${secret}@proxy.example:3128`,
    CARILLON_EGRESS_PROXIES: (secret) => `eu=http://user:${secret}@proxy.example:3128`,
    CARILLON_SMTP_URL: (secret) => `smtps://user:${secret}@mail.example`,
    AWS_SECRET_ACCESS_KEY: (secret) => secret,
    AWS_SESSION_TOKEN: (secret) => secret,
    OTEL_EXPORTER_OTLP_HEADERS: (secret) => `authorization=${secret}`,
  };

  test('every secret setting is known to the test', () => {
    const names = settings.filter(({ isSecret }) => isSecret === true).map(({ name }) => name);
    expect(Object.keys(secrets).toSorted()).toEqual(names.toSorted());
  });

  test('no part of any secret, however it is given', () => {
    const secretText = fc.stringMatching(/^[A-Za-z0-9]{20,60}$/);
    const given = fc.uniqueArray(fc.constantFrom(...Object.keys(secrets)), { minLength: 1 });
    const property = fc.property(secretText, given, fc.boolean(), (secret, names, isFlag) => {
      const required = ['DATABASE_URL', 'CARILLON_ADMIN_KEY', 'CARILLON_ENCRYPTION_KEY'];
      const all = [...new Set([...names, ...required])];
      const texts = Object.fromEntries(all.map((name) => [name, secrets[name]?.(secret) ?? '']));
      const mail = {
        CARILLON_MAIL_FROM: 'alerts@platform.example',
        CARILLON_SMTP_URL: secrets['CARILLON_SMTP_URL']?.(secret),
      };
      const config = isFlag ? readConfig(mail, texts) : readConfig({ ...mail, ...texts }, {});
      const text = JSON.stringify([config.shown, nameDatabase(config.databaseUrl)]);
      expect(text).not.toContain(secret);
      expect(text).not.toContain(key(7));
      expect(text).not.toContain(key(8));
      const shown = new Map(config.shown.map(({ name, value }) => [name, value]));
      for (const name of all) expect(shown.get(name)).toBe('set');
    });
    fc.assert(property, { numRuns: 100 });
  });

  test('a secret of a file is set, one that is not given is not; others are shown as text', () => {
    const folder = mkdtempSync(join(tmpdir(), 'carillon-config-'));
    writeFileSync(join(folder, 'key'), 'a-key-of-a-file-0123456789\n');
    const env = { CARILLON_ADMIN_KEY_FILE: join(folder, 'key'), CARILLON_RETENTION: '7d' };
    const { shown } = readConfig(env, { PORT: '81' });
    const of = (wanted: string) => shown.find(({ name }) => name === wanted);
    expect(of('CARILLON_ADMIN_KEY')).toMatchObject({ value: 'set', isSecret: true, isGiven: true });
    expect(of('DATABASE_URL')).toMatchObject({ value: 'not set', isSecret: true, isGiven: false });
    expect(of('CARILLON_RETENTION')).toMatchObject({ value: '7d', default: '30d', isGiven: true });
    expect(of('PORT')).toMatchObject({ value: '81', isGiven: true });
    expect(of('HOST')).toMatchObject({ value: '127.0.0.1', isGiven: false });
    expect(shown.map(({ name }) => name)).toEqual(settings.map(({ name }) => name));
    rmSync(folder, { recursive: true });
  });
});

describe('readConfig', () => {
  test('defaults', () => {
    const { shown, ...config } = readConfig({ LOG_FORMAT: 'json' }, {});
    expect(shown.filter(({ isGiven }) => isGiven).map(({ name }) => name)).toEqual(['LOG_FORMAT']);
    expect(config).toEqual({
      host: '127.0.0.1',
      port: 8480,
      publicUrl: null,
      trustedProxies: [
        '127.0.0.0/8',
        '::1/128',
        '169.254.0.0/16',
        'fe80::/10',
        '10.0.0.0/8',
        '172.16.0.0/12',
        '192.168.0.0/16',
        'fc00::/7',
      ],
      archive: {
        place: null,
        accessKeyId: '',
        secretAccessKey: '',
        sessionToken: '',
        region: 'us-east-1',
        endpointUrl: null,
      },
      databaseUrl: 'sqlite:./data/carillon.db',
      partitions: [],
      connectionsMax: null,
      databasePoolMax: 10,
      databaseWaitMs: 60_000,
      adminKeys: null,
      encryptionKeys: null,
      role: 'all',
      eventTypes: 'open',
      paused: false,
      threads: 2,
      allowTargets: [],
      allowPorts: [443, 8443],
      egress: { proxy: null, proxies: [], exempt: [] },
      outbox: { url: null, table: 'carillon_outbox' },
      retentionMs: 30 * 86_400_000,
      heldRetentionMs: null,
      auditRetentionMs: 400 * 86_400_000,
      transformThreads: 2,
      alerts: { smtp: null, mailFrom: null, backlogMs: 900_000 },
      metricsTopMax: 0,
      log: { level: 'info', format: 'json' },
      isLogColored: false,
      tracing: {
        url: null,
        tracesUrl: null,
        headers: {},
        timeoutMs: 10_000,
        protocol: 'http/json',
        service: 'carillon',
        resource: {},
        exporter: 'otlp',
        sampler: 'parentbased_always_on',
        samplerRatio: 1,
        isDisabled: false,
      },
      shutdownTimeoutMs: 25_000,
      limits: defaultLimits,
    });
  });

  test('a flag takes precedence over the environment, and an empty text is no value', () => {
    const env = { PORT: '1', HOST: '', CARILLON_ENDPOINTS_MAX: '7', CARILLON_ALLOW_TARGETS: '10.0.0.0/8, ' };
    const config = readConfig(env, { PORT: '2' });
    expect(config).toMatchObject({ port: 2, host: '127.0.0.1', allowTargets: ['10.0.0.0/8'] });
    expect(config.limits).toEqual({ ...defaultLimits, endpointsMax: 7 });
  });

  test('reports every mistake at once', () => {
    const env = {
      PORT: '65536',
      DATABASE_URL: 'mysql://x',
      CARILLON_ADMIN_KEY: 'short',
      CARILLON_ENCRYPTION_KEY: 'c2hvcnQ=',
      CARILLON_ROLE: 'boss',
      CARILLON_RETENTION: '59m',
      LOG_FORMAT: 'xml',
      SHUTDOWN_TIMEOUT: '5',
    };
    expect(problemsOf(env)).toEqual([
      'PORT must be from 0 to 65535',
      'DATABASE_URL must be sqlite:<file> or postgres://…',
      'CARILLON_ADMIN_KEY must be at least 20 characters, ASCII without spaces or commas',
      'CARILLON_ENCRYPTION_KEY must be 32 bytes in base64; generate one with: openssl rand -base64 32',
      'CARILLON_ROLE must be one of api, worker, all',
      'CARILLON_RETENTION must be at least 1h',
      'LOG_FORMAT must be one of json, pretty',
      'SHUTDOWN_TIMEOUT must be a number and a unit (ms, s, m, h, d), like 30d',
    ]);
  });

  test('a secret may be a file, another setting may not', () => {
    const folder = mkdtempSync(join(tmpdir(), 'carillon-config-'));
    const file = join(folder, 'value');
    writeFileSync(file, 'key-of-twenty-characters\n');
    const env = { CARILLON_ADMIN_KEY_FILE: file, HOST_FILE: file };
    expect(readConfig(env, {})).toMatchObject({ adminKeys: ['key-of-twenty-characters'], host: '127.0.0.1' });
    expect(readClientConfig(env, {}).adminKey).toBe('key-of-twenty-characters');
    rmSync(folder, { recursive: true });
    expect(problemsOf(env)).toEqual([
      expect.stringMatching(/^CARILLON_ADMIN_KEY cannot be read from CARILLON_ADMIN_KEY_FILE: ENOENT/),
    ]);
  });

  test('a proxy may have a password, which no problem quotes, and may be a file', () => {
    const env = {
      CARILLON_EGRESS_PROXY: 'http://user:hunter2@proxy/path',
      CARILLON_EGRESS_PROXIES: 'eu=ftp://user:hunter2@proxy',
      NO_PROXY: 'example.com, .internal',
    };
    const problems = problemsOf(env);
    expect(problems).toEqual([
      expect.stringMatching(/^CARILLON_EGRESS_PROXY must be the URL of an HTTP proxy/),
      expect.stringMatching(/^CARILLON_EGRESS_PROXIES must be the URL of an HTTP proxy/),
    ]);
    expect(problems.join()).not.toContain('hunter2');
    const folder = mkdtempSync(join(tmpdir(), 'carillon-config-'));
    const file = join(folder, 'proxy');
    writeFileSync(file, 'http://user:hunter2@proxy.internal:3128\n');
    const given = { CARILLON_EGRESS_PROXY_FILE: file, NO_PROXY: env.NO_PROXY };
    expect(readConfig(given, {}).egress).toMatchObject({
      proxy: { host: 'proxy.internal', port: 3128 },
      exempt: ['example.com', '.internal'],
    });
    rmSync(folder, { recursive: true });
  });

  test('a mail server may have a password, which no problem quotes, and needs an address to send from', () => {
    const from = { CARILLON_MAIL_FROM: 'carillon@platform.example' };
    const read = (url: string) => readConfig({ CARILLON_SMTP_URL: url, ...from }, {}).alerts.smtp;
    const server = { host: 'mail.example', port: 587, isTls: false, user: null, password: null };
    expect(read('smtp://mail.example')).toEqual(server);
    const login = { user: 'a@b', password: 'hunter/2' };
    expect(read('smtps://a%40b:hunter%2F2@mail.example')).toEqual({
      ...server,
      port: 465,
      isTls: true,
      ...login,
    });
    expect(read('smtp://[::1]:2525')).toMatchObject({ host: '::1', port: 2525 });
    for (const url of ['http://u:hunter2@mail.example', 'smtp://u:hunter2@mail.example/path', 'hunter2']) {
      const problems = problemsOf({ CARILLON_SMTP_URL: url, ...from });
      expect(problems.join()).toMatch(/^CARILLON_SMTP_URL must be smtp:/);
      expect(problems.join()).not.toContain('hunter2');
    }
    expect(problemsOf(from)).toEqual(['CARILLON_SMTP_URL and CARILLON_MAIL_FROM must be given together']);
    expect(problemsOf({ ...from, CARILLON_MAIL_FROM: 'x' })[0]).toMatch(
      /^CARILLON_MAIL_FROM must be an e-mail/,
    );
  });

  test('what SQLite and Postgres require', () => {
    expect(problemsOf({ CARILLON_ROLE: 'worker' })).toEqual([
      'CARILLON_ROLE must be all with a SQLite database: only one process can own the file',
    ]);
    expect(problemsOf({ DATABASE_URL: 'postgres://x/y', CARILLON_ADMIN_KEY: 'short' })).toEqual([
      'CARILLON_ADMIN_KEY must be at least 20 characters, ASCII without spaces or commas',
      expect.stringMatching(/^CARILLON_ENCRYPTION_KEY is required/),
    ]);
  });
});

test('several hosts of a database are accepted and named without the password, and wrong ones are refused', () => {
  const hosts = (more: string): string => `postgres://u:the-secret@a:5432,b,[::1]:5433/x${more}`;
  for (const name of ['DATABASE_URL', 'CARILLON_OUTBOX']) {
    const named = (problem: string): boolean => problem.startsWith(name);
    const ofSession = (value: string) =>
      problemsOf({ [name]: hosts(`?target_session_attrs=${value}`) }).filter(named);
    expect(ofSession('read-write')).toEqual([]);
    expect(ofSession('standby')).toEqual([
      `${name} must have the target_session_attrs read-write or primary, because Carillon writes`,
    ]);
  }
  expect(nameDatabase(hosts('?sslmode=verify-full'))).toBe('postgres://a:5432,b,[::1]:5433/x');
});

test('the collector of traces, by the names of OpenTelemetry', () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20YTpi==, x-team=hooks',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
  };
  expect(readConfig(env, {}).tracing).toMatchObject({
    url: 'http://collector:4318',
    headers: { authorization: 'Basic YTpi==', 'x-team': 'hooks' },
    samplerRatio: 0.25,
  });
  expect(
    problemsOf({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317',
      OTEL_EXPORTER_OTLP_HEADERS: 'secret',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_RESOURCE_ATTRIBUTES: 'zone=%',
      OTEL_TRACES_SAMPLER_ARG: '2',
    }),
  ).toEqual([
    'OTEL_EXPORTER_OTLP_ENDPOINT must be an http: or https: URL without a query, like https://hooks.example.com',
    'OTEL_EXPORTER_OTLP_HEADERS must be name=value,name=value, percent-encoded',
    'OTEL_EXPORTER_OTLP_PROTOCOL must be one of http/json, http/protobuf',
    'OTEL_RESOURCE_ATTRIBUTES must be name=value,name=value, percent-encoded',
    'OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1',
  ]);
});

test('the admin key may be two, of which a client uses the new one', () => {
  const two = { CARILLON_ADMIN_KEY: 'the-new-key-of-the-server, the-old-key-of-the-server' };
  expect(readConfig(two, {}).adminKeys).toEqual(['the-new-key-of-the-server', 'the-old-key-of-the-server']);
  expect(readClientConfig(two, {}).adminKey).toBe('the-new-key-of-the-server');
  const three = { CARILLON_ADMIN_KEY: `${two.CARILLON_ADMIN_KEY},the-third-key-of-the-server` };
  expect(() => readConfig(three, {})).toThrow('CARILLON_ADMIN_KEY must be one key, or two');
  expect(() => readConfig({ CARILLON_ADMIN_KEY: 'the-new-key-of-the-server,short' }, {})).toThrow(
    /20 characters/,
  );
});

test('surrounding white space of a value is not a part of it, and a key may not contain any', () => {
  const env = { CARILLON_ADMIN_KEY: 'abcdefghijklmnopqrstuvwxyz\n', CARILLON_ALLOW_PORTS: ' 443, 9443 ' };
  expect(readConfig(env, {})).toMatchObject({
    adminKeys: ['abcdefghijklmnopqrstuvwxyz'],
    allowPorts: [443, 9443],
  });
  const wrong = { CARILLON_ADMIN_KEY: 'abcdefghijklm nopqrstuvwxyz', CARILLON_ALLOW_PORTS: '443,0' };
  expect(() => readConfig(wrong, {})).toThrow(
    /CARILLON_ADMIN_KEY must be .*without spaces or commas; CARILLON_ALLOW_PORTS must be from 1 to 65535/,
  );
});
