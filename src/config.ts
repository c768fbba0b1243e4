// Configuration: one table of settings. `Config`, the flags and `--help` follow from it. Only this file reads the
// environment.
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { catalogueRules } from '#core/catalogue.ts';
import { defaultLimits, type Limits } from '#core/limits.ts';
import { readPartitionList } from '#lib/partition-list.ts';
import { splitHosts } from '#lib/postgres-url.ts';
import { samplerNames } from '#lib/sampling.ts';
import { tableName } from '#outbox/table.ts';
import { createAddressRules, defaultPublicPorts } from '#sending/address.ts';
import { readProxies, readProxy } from '#sending/egress.ts';
import { readSmtpUrl } from '#sending/smtp-url.ts';
import { splitNoProxy } from '#sending/no-proxy.ts';

/** One setting: the environment variable, and how its text becomes a value. */
export interface Setting<Value = unknown> {
  /** The environment variable. The flag's name follows from it, unless `flag` is given. */
  readonly name: string;
  readonly flag?: `--${string}`;
  /** As text; empty when there is no default. */
  readonly default: string;
  /** For `--help`. */
  readonly meaning: string;
  /** Gets the default, which may be empty, when nothing is given. Throws an Error that says what the text must be. */
  readonly read: (text: string) => Value;
  /** The value may also be given as a file: `NAME_FILE`. */
  readonly isSecret?: true;
  /** `true` or `false`: its flag may stand without a value. */
  readonly isSwitch?: true;
}

type Read<Value> = Setting<Value>['read'];

interface Table {
  readonly [key: string]: Setting | Table;
}

/** The values of a table, under the keys of the table. */
type ValuesOf<T> = {
  readonly [Key in keyof T]: T[Key] extends Setting<infer Value> ? Value : ValuesOf<T[Key]>;
};

const levels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
const mebibyte = 1024 * 1024;

const table = {
  host: {
    name: 'HOST',
    default: '127.0.0.1',
    meaning: 'address to listen on',
    read: matching(/./, 'must not be empty'),
  },
  port: {
    name: 'PORT',
    default: '8480',
    meaning: 'port to listen on; 0 takes a free one',
    read: wholeNumber(0, 65_535),
  },
  /** Null: read from each request. */
  publicUrl: {
    name: 'PUBLIC_URL',
    default: '',
    meaning:
      'URL at which clients reach the server, for links in answers; if not given, read from each request',
    read: optional(readPublicUrl),
  },
  /** As CIDRs. */
  trustedProxies: {
    name: 'TRUST_PROXY',
    default: 'loopback,linklocal,uniquelocal',
    meaning:
      'proxies whose X-Forwarded-Proto, -Host and -Prefix are used in links, and -For in the audit log: true, false, or addresses and CIDRs',
    read: readTrustProxy,
  },
  databaseUrl: {
    name: 'DATABASE_URL',
    default: 'sqlite:./data/carillon.db',
    meaning:
      'the database: sqlite:<file> or postgres://…, also with several hosts (a:5432,b:5432), of which one is the primary',
    read: readDatabaseUrl,
    isSecret: true,
  },
  /** Besides the first. */
  partitions: {
    name: 'CARILLON_PARTITIONS',
    default: '',
    meaning:
      'more Postgres databases that tenants are spread over: name=postgres://…, with commas between; DATABASE_URL is the first',
    read: (text) => readPartitionList(text, splitHosts),
    isSecret: true,
  },
  databasePoolMax: {
    name: 'CARILLON_DATABASE_POOL',
    default: '10',
    meaning:
      'maximum number of connections from this process to each Postgres database; a quarter as many more are for reads',
    read: wholeNumber(2, 1000),
  },
  databaseWaitMs: {
    name: 'CARILLON_DATABASE_WAIT',
    default: '60s',
    meaning: 'how long a start waits for a Postgres server that is not up yet',
    read: duration('0s'),
  },
  /** Null: generated at the first start and kept beside the database. */
  adminKeys: {
    name: 'CARILLON_ADMIN_KEY',
    default: '',
    meaning:
      'bearer key of the admin API, at least 20 characters, or two with a comma between, the new one first; generated at the first start if not given',
    read: optional(readAdminKeys),
    isSecret: true,
  },
  /** 32 bytes each, newest first. Null: as for the admin key. */
  encryptionKeys: {
    name: 'CARILLON_ENCRYPTION_KEY',
    default: '',
    meaning:
      '32 bytes in base64 that encrypt every stored secret, or up to 5 with commas between, the one that encrypts first; generated at the first start if not given',
    read: optional(readEncryptionKeys),
    isSecret: true,
  },
  role: {
    name: 'CARILLON_ROLE',
    default: 'all',
    meaning: 'what this process does: api, worker or all',
    read: oneOf('api', 'worker', 'all'),
  },
  paused: {
    name: 'CARILLON_PAUSED',
    default: 'false',
    meaning: 'true: this process takes in events and delivers nothing until carillon resume',
    read: (text) => oneOf('true', 'false')(text) === 'true',
    isSwitch: true,
  },
  eventTypes: {
    name: 'CARILLON_EVENT_TYPES',
    default: 'open',
    meaning:
      'what may be published for tenants of the dialect standard: open (any type), known (types of the catalogue), strict (and payloads that match their schemas)',
    read: oneOf(...catalogueRules),
  },
  threads: {
    name: 'CARILLON_THREADS',
    default: '2',
    meaning: '2: one thread answers requests, another delivers, a third reads; 1: one does all',
    read: wholeNumber(1, 2),
  },
  transformThreads: {
    name: 'CARILLON_TRANSFORM_THREADS',
    default: '2',
    meaning:
      'threads that run transforms of endpoints, started when they are needed; one tenant has all but one of them at most',
    read: wholeNumber(1, 64),
  },
  /** Null: what the limit of open files allows, at most 10,000. */
  connectionsMax: {
    name: 'CARILLON_CONNECTIONS_MAX',
    default: '',
    meaning:
      'inbound connections at once; if not given, what the limit of open files (ulimit -n) allows, at most 10000',
    read: optional(wholeNumber(16, 1_000_000)),
  },
  allowTargets: {
    name: 'CARILLON_ALLOW_TARGETS',
    default: '',
    meaning: 'CIDRs that deliveries may reach besides public addresses, e.g. 127.0.0.0/8,::1/128',
    read: readCidrs,
  },
  allowPorts: {
    name: 'CARILLON_ALLOW_PORTS',
    default: defaultPublicPorts.join(','),
    meaning: 'ports at which public hosts may be reached, by https',
    read: readPorts,
  },
  egress: {
    /** Null: none. */
    proxy: {
      name: 'CARILLON_EGRESS_PROXY',
      default: '',
      meaning: 'proxy that deliveries leave through: http://user:password@host:port, or https:',
      read: optional(readProxy),
      isSecret: true,
    },
    proxies: {
      name: 'CARILLON_EGRESS_PROXIES',
      default: '',
      meaning: 'proxies that endpoints choose by name: eu=http://host:port,us=http://host:port',
      read: readProxies,
      isSecret: true,
    },
    exempt: {
      name: 'NO_PROXY',
      // A flag that begins with `--no-` would be the opposite of another one.
      flag: '--egress-no-proxy',
      default: '',
      meaning: 'hosts that CARILLON_EGRESS_PROXY is not for, e.g. example.com,.internal,10.0.0.0/8',
      read: splitNoProxy,
    },
  },
  outbox: {
    /** Null: no relay in this process. */
    url: {
      name: 'CARILLON_OUTBOX',
      default: '',
      meaning:
        'database of your platform whose outbox table this process publishes, as carillon outbox does: postgres://…; none if not given',
      read: optional(readPostgresUrl),
      isSecret: true,
    },
    table: {
      name: 'CARILLON_OUTBOX_TABLE',
      default: 'carillon_outbox',
      meaning: 'the outbox table, perhaps with its schema',
      read: matching(
        tableName,
        'must be lower-case letters, digits and underscores, perhaps with a schema, like app.outbox',
      ),
    },
  },
  retentionMs: {
    name: 'CARILLON_RETENTION',
    default: '30d',
    meaning: 'how long ended deliveries, their attempts and events are kept',
    read: duration('1h'),
  },
  /** Null: as `retentionMs`, but at least 30 days. */
  heldRetentionMs: {
    name: 'CARILLON_HELD_RETENTION',
    default: '',
    meaning:
      'how long deliveries are held for a disabled endpoint before they are canceled; if not given, as CARILLON_RETENTION, at least 30d',
    read: optional(duration('1h')),
  },
  archive: {
    /** Null: none of this process; retention leaves what an archive of the database has yet to write. `off`: it does not. */
    place: {
      name: 'CARILLON_ARCHIVE',
      default: '',
      meaning:
        'directory, or s3://bucket/prefix, that ended days are written to before retention deletes them; off ends an archive that was begun; none if not given',
      read: optional(readArchivePlace),
    },
    accessKeyId: {
      name: 'AWS_ACCESS_KEY_ID',
      default: '',
      meaning: 'key of an archive in S3; required there',
      read: matching(/^[\x21-\x7e]*$/, 'must be ASCII without spaces'),
    },
    secretAccessKey: {
      name: 'AWS_SECRET_ACCESS_KEY',
      default: '',
      meaning: 'secret of that key',
      read: matching(/^[\x21-\x7e]*$/, 'must be ASCII without spaces'),
      isSecret: true,
    },
    sessionToken: {
      name: 'AWS_SESSION_TOKEN',
      default: '',
      meaning: 'token of a key that is temporary',
      read: matching(/^[\x21-\x7e]*$/, 'must be ASCII without spaces'),
      isSecret: true,
    },
    region: {
      name: 'AWS_REGION',
      default: 'us-east-1',
      meaning: 'region of an archive in S3',
      read: matching(/^[a-z0-9-]{1,40}$/, 'must be a region such as eu-central-1'),
    },
    /** Null: that of Amazon. */
    endpointUrl: {
      name: 'AWS_ENDPOINT_URL_S3',
      default: '',
      meaning: 'URL of another S3 server than that of Amazon, e.g. https://minio.example.com',
      read: optional(readPublicUrl),
    },
  },
  auditRetentionMs: {
    name: 'CARILLON_AUDIT_RETENTION',
    default: '400d',
    meaning: 'how long entries of the audit log are kept',
    read: duration('1h'),
  },
  alerts: {
    /** Null: no e-mail. */
    smtp: {
      name: 'CARILLON_SMTP_URL',
      default: '',
      meaning:
        'mail server for alerts: smtp://user:password@host:587 (STARTTLS) or smtps://…; if not given, none is sent',
      read: optional(readSmtpUrl),
      isSecret: true,
    },
    mailFrom: {
      name: 'CARILLON_MAIL_FROM',
      default: '',
      meaning: 'address that alerts are sent from; required with CARILLON_SMTP_URL',
      read: optional(matching(/^[^\s@<>]+@[^\s@<>]+$/, 'must be an e-mail address')),
    },
    backlogMs: {
      name: 'CARILLON_ALERT_BACKLOG',
      default: '15m',
      meaning:
        'how long a delivery may be due before alerts of the type backlog.growing tell of its endpoint',
      read: duration('1m'),
    },
  },
  metricsTopMax: {
    name: 'CARILLON_METRICS_TOP',
    default: '0',
    meaning:
      'how many of the busiest tenants, and of the busiest endpoints, have metrics of their own; 0: none',
    read: wholeNumber(0, 1000),
  },
  log: {
    level: {
      name: 'LOG_LEVEL',
      default: 'info',
      meaning: levels.join(', '),
      read: oneOf(...levels),
    },
    format: {
      name: 'LOG_FORMAT',
      default: '',
      meaning: 'json or pretty; if not given, pretty on a terminal and json elsewhere',
      read: readLogFormat,
    },
  },
  /** OpenTelemetry, by its own names. */
  tracing: {
    /** Null: nothing is traced, unless `tracesUrl` is given. */
    url: {
      name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      default: '',
      meaning:
        'collector that traces are sent to by OTLP/HTTP, e.g. http://127.0.0.1:4318; none if not given',
      read: optional(readPublicUrl),
    },
    tracesUrl: {
      name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
      default: '',
      meaning: 'the same as a whole URL, with its path',
      read: optional(readPublicUrl),
    },
    headers: {
      name: 'OTEL_EXPORTER_OTLP_HEADERS',
      default: '',
      meaning: 'headers for the collector: name=value,name=value, percent-encoded',
      read: readPairs,
      isSecret: true,
    },
    timeoutMs: {
      name: 'OTEL_EXPORTER_OTLP_TIMEOUT',
      default: '10000',
      meaning: 'milliseconds that the collector has to answer',
      read: wholeNumber(1, 600_000),
    },
    protocol: {
      name: 'OTEL_EXPORTER_OTLP_PROTOCOL',
      default: 'http/json',
      meaning: 'http/json; http/protobuf is taken for it, since a collector has both at one URL',
      read: oneOf('http/json', 'http/protobuf'),
    },
    service: {
      name: 'OTEL_SERVICE_NAME',
      default: 'carillon',
      meaning: 'name of this server in traces',
      read: matching(/^.{1,200}$/, 'must have 1 to 200 characters'),
    },
    resource: {
      name: 'OTEL_RESOURCE_ATTRIBUTES',
      default: '',
      meaning: 'more attributes of this server in traces: name=value,name=value',
      read: readPairs,
    },
    exporter: {
      name: 'OTEL_TRACES_EXPORTER',
      default: 'otlp',
      meaning: 'otlp, or none',
      read: oneOf('otlp', 'none'),
    },
    sampler: {
      name: 'OTEL_TRACES_SAMPLER',
      default: 'parentbased_always_on',
      meaning: samplerNames.join(', '),
      read: oneOf(...samplerNames),
    },
    samplerRatio: {
      name: 'OTEL_TRACES_SAMPLER_ARG',
      default: '1',
      meaning: 'share of traces that are recorded, from 0 to 1, for the samplers with traceidratio',
      read: readRatio,
    },
    isDisabled: {
      name: 'OTEL_SDK_DISABLED',
      default: 'false',
      meaning: 'true: nothing is traced',
      read: (text) => oneOf('true', 'false')(text) === 'true',
      isSwitch: true,
    },
  },
  shutdownTimeoutMs: {
    name: 'SHUTDOWN_TIMEOUT',
    default: '25s',
    meaning: 'how long a graceful shutdown waits for requests in flight',
    read: duration('0s'),
  },
  limits: {
    payloadBytesMax: {
      name: 'CARILLON_PAYLOAD_MAX',
      default: String(defaultLimits.payloadBytesMax),
      meaning: 'bytes of one payload, at most 1048576',
      read: wholeNumber(1024, mebibyte),
    },
    endpointsMax: {
      name: 'CARILLON_ENDPOINTS_MAX',
      default: String(defaultLimits.endpointsMax),
      meaning: 'endpoints per tenant and mode',
      read: wholeNumber(1, 100_000),
    },
    endpointsPerMinuteMax: {
      name: 'CARILLON_ENDPOINTS_PER_MINUTE',
      default: String(defaultLimits.endpointsPerMinuteMax),
      meaning: 'endpoints that the clients of one tenant can create per minute, in this process',
      read: wholeNumber(1, 1_000_000),
    },
    testsPerMinuteMax: {
      name: 'CARILLON_TESTS_PER_MINUTE',
      default: String(defaultLimits.testsPerMinuteMax),
      meaning: 'test events that the clients of one tenant can send per minute, in this process',
      read: wholeNumber(1, 1_000_000),
    },
    redeliveriesPerMinuteMax: {
      name: 'CARILLON_REDELIVERIES_PER_MINUTE',
      default: String(defaultLimits.redeliveriesPerMinuteMax),
      meaning: 'redeliveries that the clients of one tenant can ask for per minute, in this process',
      read: wholeNumber(1, 1_000_000),
    },
    readsPerMinuteMax: {
      name: 'CARILLON_READS_PER_MINUTE',
      default: String(defaultLimits.readsPerMinuteMax),
      meaning: 'lists and reads of the clients of one tenant per minute, in this process',
      read: wholeNumber(1, 1_000_000),
    },
    pullsPerMinuteMax: {
      name: 'CARILLON_PULLS_PER_MINUTE',
      default: String(defaultLimits.pullsPerMinuteMax),
      meaning:
        'pulls, and reports of their results, of the clients of one tenant per minute, in this process',
      read: wholeNumber(1, 10_000_000),
    },
    streamsPerTenantMax: {
      name: 'CARILLON_STREAMS_PER_TENANT_MAX',
      default: String(defaultLimits.streamsPerTenantMax),
      meaning: 'streams and waiting pulls of one tenant at once, in this process',
      read: wholeNumber(1, 100_000),
    },
    streamsMax: {
      name: 'CARILLON_STREAMS_MAX',
      default: String(defaultLimits.streamsMax),
      meaning: 'streams and waiting pulls of all tenants and of the operator at once, in this process',
      read: wholeNumber(1, 100_000),
    },
    requestsPerMinuteMax: {
      name: 'CARILLON_REQUESTS_PER_MINUTE',
      default: String(defaultLimits.requestsPerMinuteMax),
      meaning: 'all other requests of the clients of one tenant per minute, in this process',
      read: wholeNumber(1, 1_000_000),
    },
    requestsPerSecondMax: {
      name: 'CARILLON_REQUESTS_PER_SECOND',
      default: String(defaultLimits.requestsPerSecondMax),
      meaning:
        'reads, and all other requests, of the clients of one tenant per second, in this process; twice as many at once',
      read: wholeNumber(1, 1_000_000),
    },
    /** Null: no limit. */
    eventsPerDayMax: {
      name: 'CARILLON_EVENTS_PER_DAY',
      default: '',
      meaning:
        'events that can be published for one tenant per day (UTC), in this process; no limit if not given',
      read: optional(wholeNumber(1, 100_000_000_000)),
    },
    authFailuresPerMinuteMax: {
      name: 'CARILLON_AUTH_FAILURES_PER_MINUTE',
      default: String(defaultLimits.authFailuresPerMinuteMax),
      meaning:
        'failed authentications from one address per minute, in this process, before keys that are not known are refused without a search',
      read: wholeNumber(1, 1_000_000),
    },
    readsMax: {
      name: 'CARILLON_READS_MAX',
      default: String(defaultLimits.readsMax),
      meaning: 'lists and reads of one tenant that wait at once, in this process',
      read: wholeNumber(1, 100_000),
    },
    alertsMax: {
      name: 'CARILLON_ALERTS_MAX',
      default: String(defaultLimits.alertsMax),
      meaning: 'alerts that can be configured',
      read: wholeNumber(1, 1000),
    },
    alertSendsPerHourMax: {
      name: 'CARILLON_ALERTS_PER_HOUR',
      default: String(defaultLimits.alertSendsPerHourMax),
      meaning:
        'mails, or posts, that one alert or contact sends within an hour; what is left is sent together later',
      read: wholeNumber(1, 10_000),
    },
    inFlightMax: {
      name: 'CARILLON_IN_FLIGHT_MAX',
      default: String(defaultLimits.inFlightMax),
      meaning: 'requests to receivers at once, in this process',
      read: wholeNumber(1, 50_000),
    },
    inFlightPerEndpointMax: {
      name: 'CARILLON_IN_FLIGHT_PER_ENDPOINT_MAX',
      default: String(defaultLimits.inFlightPerEndpointMax),
      meaning: 'requests to one endpoint at once',
      read: wholeNumber(1, 1000),
    },
    publishQueueMax: {
      name: 'CARILLON_PUBLISH_QUEUE_MAX',
      default: String(defaultLimits.publishQueueMax),
      meaning: 'events (of up to 4 KiB) waiting to be written before publish answers 503',
      read: wholeNumber(1, 1_000_000),
    },
    bodyBytesMax: {
      name: 'CARILLON_BODY_BYTES_MAX',
      default: String(defaultLimits.bodyBytesMax),
      meaning: 'bytes of request bodies being read at once, in all, before more are answered 503',
      read: wholeNumber(16 * mebibyte, 4096 * mebibyte),
    },
  },
} as const satisfies Table;

/** What the server runs with. Every limit has a value, also those that no setting changes. */
export interface Config extends Omit<ValuesOf<typeof table>, 'limits'> {
  /** Log lines in the pretty format have colors: on a terminal, unless NO_COLOR is set (no-color.org). */
  readonly isLogColored: boolean;
  readonly limits: Limits;
  /** Every setting as text, to be shown. */
  readonly shown: readonly ShownSetting[];
}

/** A setting as the operator may see it. */
export interface ShownSetting extends Pick<Setting, 'name' | 'default' | 'meaning'> {
  /** Of a secret, `set` or `not set`. */
  readonly value: string;
  readonly isSecret: boolean;
  /** Not the default. */
  readonly isGiven: boolean;
}

/** Every setting, in the order of `carillon serve --help`. */
export const settings: readonly Setting[] = list(table);

/** What a client of the admin API needs. */
export interface ClientConfig {
  readonly url: string;
  readonly adminKey: string | null;
  /** Allows `http:` to a host other than this machine. */
  readonly insecure?: boolean | undefined;
}

/** What the flags of the command line say of the server. */
export interface ClientFlags {
  readonly server?: string | undefined;
  readonly adminKey?: string | undefined;
  readonly insecure?: boolean | undefined;
}

/** The configuration is wrong. `problems` has one sentence per mistake. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`wrong configuration: ${problems.join('; ')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process. */
export function environment(): Environment {
  return process.env;
}

/** Flags (by setting name) take precedence over the environment, and that over defaults. Throws `ConfigError`. */
export function readConfig(env: Environment, flags: Readonly<Record<string, string>>): Config {
  const { config, problems } = readSettings(env, flags);
  if (isSqlite(config.databaseUrl)) {
    if (config.role !== 'all') {
      problems.push('CARILLON_ROLE must be all with a SQLite database: only one process can own the file');
    }
    if (config.partitions.length > 0) {
      problems.push(
        'CARILLON_PARTITIONS must be empty with a SQLite database: partitions are Postgres databases',
      );
    }
  } else {
    for (const key of ['adminKeys', 'encryptionKeys'] as const) {
      const { name } = table[key];
      if (config[key] !== null || problems.some((problem) => problem.startsWith(name))) continue;
      problems.push(`${name} is required with a Postgres database: all its processes share the key`);
    }
  }
  if ((config.alerts.smtp === null) !== (config.alerts.mailFrom === null)) {
    problems.push('CARILLON_SMTP_URL and CARILLON_MAIL_FROM must be given together');
  }
  if (config.archive.place?.kind === 's3') {
    for (const key of ['accessKeyId', 'secretAccessKey'] as const) {
      if (config.archive[key] === '') problems.push(`${table.archive[key].name} is required with s3://…`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Where the admin API is and its key: from flags, then the environment, then the key file beside the database. */
export function readClientConfig(env: Environment, flags: ClientFlags): ClientConfig {
  const { adminKey, insecure } = flags;
  const url = flags.server ?? (env['CARILLON_SERVER'] || undefined);
  if (url !== undefined && adminKey !== undefined) return { url, adminKey, insecure };
  // A client does not need the keys that a server on Postgres needs.
  const { config, problems } = readSettings(env, {});
  if (problems.length > 0) throw new ConfigError(problems);
  return { url: url ?? localUrl(config), adminKey: adminKey ?? findAdminKey(config), insecure };
}

/** Where a server with this configuration is reached from its own machine. */
export function localUrl({ host, port }: Pick<Config, 'host' | 'port'>): string {
  const wildcards: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  const address = wildcards[host] ?? host;
  // A server on port 0 takes a free one, which only its log names.
  return `http://${address.includes(':') ? `[${address}]` : address}:${port || table.port.default}`;
}

/** Of two, the new one. */
function findAdminKey({ adminKeys, databaseUrl }: Config): string | null {
  if (adminKeys !== null) return adminKeys[0];
  if (!isSqlite(databaseUrl)) return null;
  return readKeyFile(keyFile(databaseUrl, 'admin.key'));
}

/** The file beside a SQLite database that keeps a key generated at the first start. */
export function keyFile(database: string, name: 'admin.key' | 'encryption.key'): string {
  return `${sqlitePath(database).replace(/[^/]*$/, '')}${name}`;
}

/** True for the URL of a file that one process owns; false for a database server that many processes share. */
export function isSqlite(database: string): boolean {
  return database.startsWith('sqlite:');
}

/** The database as messages name it: without user and password. */
export function nameDatabase(database: string): string {
  if (isSqlite(database)) return database;
  const urls = splitHosts(database).urls.map((one) => URL.parse(one));
  return `postgres://${urls.map((url) => url?.host ?? '…').join(',')}${urls[0]?.pathname ?? ''}`;
}

/** The file of a `sqlite:` URL. */
export function sqlitePath(database: string): string {
  return database.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
}

function readKeyFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

/** A setting with a problem has its default in `config`. */
function readSettings(
  env: Environment,
  flags: Readonly<Record<string, string>>,
): { config: Config; problems: string[] } {
  const problems: string[] = [];
  const shown: ShownSetting[] = [];
  const values = readTable(table, (setting) => {
    try {
      const text = readText(setting, env, flags);
      shown.push(showSetting(setting, text));
      return setting.read(text);
    } catch (error) {
      problems.push(`${setting.name} ${messageOf(error)}`);
      return setting.read(setting.default);
    }
  });
  const limits = { ...defaultLimits, ...values.limits };
  const isLogColored = isatty(1) && (env['NO_COLOR'] ?? '') === '';
  return { config: Object.freeze({ ...values, limits, isLogColored, shown }), problems };
}

function showSetting(setting: Setting, text: string): ShownSetting {
  const { name, default: byDefault, meaning, isSecret = false } = setting;
  const isGiven = text !== byDefault;
  const value = isSecret ? (isGiven ? 'set' : 'not set') : text;
  return { name, default: byDefault, meaning, value, isSecret, isGiven };
}

function readTable<T extends Table>(table: T, read: (setting: Setting) => unknown): ValuesOf<T> {
  const values = Object.entries(table).map(([key, entry]) => [
    key,
    isSetting(entry) ? read(entry) : readTable(entry, read),
  ]);
  return Object.fromEntries(values) as ValuesOf<T>;
}

function list(table: Table): readonly Setting[] {
  return Object.values(table).flatMap((entry) => (isSetting(entry) ? [entry] : list(entry)));
}

function isSetting(entry: Setting | Table): entry is Setting {
  return typeof entry['read'] === 'function';
}

/** A setting as text: the flag, `NAME`, the content of the file that `NAME_FILE` names, or the default. */
function readText(setting: Setting, env: Environment, flags: Readonly<Record<string, string>>): string {
  // Trimmed: a value that comes from a file or a secret store often ends with a line end.
  const given = (flags[setting.name] ?? env[setting.name])?.trim();
  if (given !== undefined && given !== '') return given;
  const file = setting.isSecret === true ? env[`${setting.name}_FILE`] : undefined;
  if (file === undefined || file === '') return setting.default;
  const text = readSecretFile(file, setting.name);
  // What should have written it has failed: no default takes the place of a secret that was to be given.
  if (text === '') throw new Error(`is empty in the file that ${setting.name}_FILE names`);
  return text;
}

function readSecretFile(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new Error(`cannot be read from ${name}_FILE: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Accepts the empty text, as null. */
function optional<Value>(read: Read<Value>): Read<Value | null> {
  return (text) => (text === '' ? null : read(text));
}

/** Accepts a text that matches `pattern`, unchanged. */
function matching(pattern: RegExp, wanted: string): Read<string> {
  return (text) => {
    if (!pattern.test(text)) throw new Error(wanted);
    return text;
  };
}

function readDatabaseUrl(text: string): string {
  if (text.startsWith('postgres')) return readPostgresUrl(text);
  return matching(/^sqlite:.+$/, 'must be sqlite:<file> or postgres://…')(text);
}

/** All but the hosts is read with the first connection. */
function readPostgresUrl(text: string): string {
  const url = matching(/^postgres(ql)?:\/\/.+$/, 'must be postgres://…')(text);
  splitHosts(url);
  return url;
}

function oneOf<const Value extends string>(...values: readonly Value[]): Read<Value> {
  return (text) => {
    const value = values.find((known) => known === text);
    if (value === undefined) throw new Error(`must be one of ${values.join(', ')}`);
    return value;
  };
}

function wholeNumber(min: number, max: number): Read<number> {
  return (text) => {
    if (!/^\d{1,12}$/.test(text)) throw new Error('must be a whole number');
    const value = Number(text);
    if (value < min || value > max) throw new Error(`must be from ${min} to ${max}`);
    return value;
  };
}

/** A duration like `25s` or `30d`, as ms. */
function duration(least: string): Read<number> {
  return (text) => {
    const ms = readDuration(text);
    if (ms === null) throw new Error('must be a number and a unit (ms, s, m, h, d), like 30d');
    if (ms < (readDuration(least) ?? 0)) throw new Error(`must be at least ${least}`);
    return ms;
  };
}

function readDuration(text: string): number | null {
  const [, count, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return count === undefined ? null : Number(count) * unitMs[unit as keyof typeof unitMs];
}

function readCidrs(text: string): readonly string[] {
  const cidrs = listOf(text);
  createAddressRules(cidrs);
  return cidrs;
}

/** An `http:` or `https:` URL, possibly with a path; without a slash at its end. */
function readPublicUrl(text: string): string {
  const url = URL.parse(text);
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && !/[?#@]/.test(text);
  if (isPlain) return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  throw new Error('must be an http: or https: URL without a query, like https://hooks.example.com');
}

/** The names that Express and Fastify know. */
const proxyNames: Readonly<Record<string, readonly string[]>> = {
  false: [],
  true: ['0.0.0.0/0', '::/0'],
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** A number of proxies is accepted as elsewhere: 0 trusts none, any other the proxy that connects. */
function readTrustProxy(text: string): readonly string[] {
  const name = /^\d+$/.test(text) ? String(Number(text) > 0) : text;
  const cidrs = listOf(name).flatMap((part) => proxyNames[part] ?? [toCidr(part)]);
  createAddressRules(cidrs);
  return cidrs;
}

function toCidr(address: string): string {
  if (address.includes('/')) return address;
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

/** Where an archive is. A prefix ends with a slash, or is empty. */
export type ArchiveAddress =
  | { readonly kind: 'off' }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

function readArchivePlace(text: string): ArchiveAddress {
  if (text === 'off') return { kind: 'off' };
  if (!text.includes('://')) return { kind: 'directory', path: text };
  const [, bucket, path = ''] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[\w.=-]+)*)\/?$/.exec(text) ?? [];
  if (bucket === undefined) throw new Error('must be a directory, or s3://bucket/prefix');
  return { kind: 's3', bucket, prefix: path === '' ? '' : `${path.slice(1)}/` };
}

function readPorts(text: string): readonly number[] {
  return listOf(text).map(wholeNumber(1, 65_535));
}

/** The parts between commas. */
function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** `name=value,name=value`, percent-encoded, as OpenTelemetry has it. At most 64. */
function readPairs(text: string): Readonly<Record<string, string>> {
  const pairs = listOf(text).map((part) => {
    const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~\w-]+)\s*=\s*([\x20-\x7e]*)$/.exec(part) ?? [];
    if (name === '') throw new Error('must be name=value,name=value, percent-encoded');
    return [name, decode(value)] as const;
  });
  if (pairs.length > 64) throw new Error('must have at most 64 names');
  return Object.fromEntries(pairs);
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (cause) {
    throw new Error('must be name=value,name=value, percent-encoded', { cause });
  }
}

function readRatio(text: string): number {
  if (!/^(0|1|0?\.\d{1,9}|1\.0{1,9}|0\.0)$/.test(text)) throw new Error('must be a number from 0 to 1');
  return Number(text);
}

/** One key, or two while one takes the place of the other. */
function readAdminKeys(text: string): readonly [string, ...string[]] {
  const [first = '', ...others] = listOf(text).map(
    matching(/^[\x21-\x7e]{20,}$/, 'must be at least 20 characters, ASCII without spaces or commas'),
  );
  if (first === '' || others.length > 1) throw new Error('must be one key, or two with a comma between');
  return [first, ...others];
}

/** More than two only while a rotation follows another one. */
export const encryptionKeysMax = 5;

/** One key, or some with commas between, newest first. Throws an Error that says what the text must be. */
export function readEncryptionKeys(text: string): readonly [Uint8Array, ...Uint8Array[]] {
  const [first, ...others] = listOf(text).map(readEncryptionKey);
  if (first === undefined || others.length >= encryptionKeysMax) {
    throw new Error(`must be one key, or up to ${encryptionKeysMax} with commas between`);
  }
  return [first, ...others];
}

function readEncryptionKey(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 32) return new Uint8Array(bytes);
  throw new Error('must be 32 bytes in base64; generate one with: openssl rand -base64 32');
}

function readLogFormat(text: string): 'json' | 'pretty' {
  if (text !== '') return oneOf('json', 'pretty')(text);
  return process.stdout.isTTY ? 'pretty' : 'json';
}
