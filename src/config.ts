// The only reader of the environment: settings in, one frozen Config out, or every mistake at once.
import { readFileSync } from 'node:fs';
import { defaultLimits, type Limits } from '#core/limits.ts';
import { createAddressRules } from '#sending/address.ts';
import type { LogOptions } from '#lib/log.ts';

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  /** Connections to a Postgres server at most. */
  readonly databasePoolMax: number;
  /** Null: made at the first start and kept beside the database. */
  readonly adminKey: string | null;
  /** 32 bytes; null likewise. */
  readonly encryptionKey: Uint8Array | null;
  readonly role: 'api' | 'worker' | 'all';
  /** With 2, delivering has a thread of its own beside the one that answers requests. */
  readonly threads: number;
  readonly allowTargets: readonly string[];
  readonly retentionMs: number;
  readonly log: LogOptions;
  readonly shutdownTimeoutMs: number;
  readonly limits: Limits;
}

/** What a client of the admin API needs. */
export interface ClientConfig {
  readonly url: string;
  readonly adminKey: string | null;
}

/** Everything that is wrong with the configuration, one sentence each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`wrong configuration: ${problems.join('; ')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The value of a setting by its text. Throws an Error that says what the text must be. */
type Read = (text: string) => unknown;

/** The text itself, when it is like `pattern`. */
const matching =
  (pattern: RegExp, wanted: string): Read =>
  (text) => {
    if (!pattern.test(text)) throw new Error(wanted);
    return text;
  };

const oneOf = (...values: readonly string[]): Read =>
  matching(new RegExp(`^(${values.join('|')})$`), `must be one of ${values.join(', ')}`);

const wholeNumber =
  (min: number, max: number): Read =>
  (text) => {
    if (!/^\d{1,12}$/.test(text)) throw new Error('must be a whole number');
    const value = Number(text);
    if (value < min || value > max) throw new Error(`must be from ${min} to ${max}`);
    return value;
  };

/** A duration like `25s` or `30d`, as ms. */
const duration =
  (least: string): Read =>
  (text) => {
    const ms = readDuration(text);
    if (ms === null) throw new Error('must be a number and a unit (ms, s, m, h, d), like 30d');
    if (ms < (readDuration(least) ?? 0)) throw new Error(`must be at least ${least}`);
    return ms;
  };

function readDuration(text: string): number | null {
  const [, count, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  return count === undefined ? null : Number(count) * unitMs[unit as keyof typeof unitMs];
}

function readCidrs(text: string): readonly string[] {
  const list = text.split(',').map((part) => part.trim());
  const cidrs = list.filter((part) => part !== '');
  createAddressRules(cidrs);
  return cidrs;
}

function readEncryptionKey(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 32) return new Uint8Array(bytes);
  throw new Error('must be 32 bytes in base64; make one with: openssl rand -base64 32');
}

const databaseUrl = matching(/^(sqlite:.+|postgres(ql)?:\/\/.+)$/, 'must be sqlite:<file> or postgres://…');

const levels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
const mebibyte = 1024 * 1024;

interface Setting {
  readonly name: string;
  readonly default: string;
  readonly meaning: string;
  readonly read: Read;
  /** May also be given as a file, `NAME_FILE`. */
  readonly isSecret?: boolean;
}

/** Every setting, its default and its meaning: what `carillon serve --help` and the README print. */
export const settings = [
  {
    name: 'HOST',
    default: '127.0.0.1',
    meaning: 'address to listen on',
    read: matching(/./, 'must not be empty'),
  },
  {
    name: 'PORT',
    default: '8480',
    meaning: 'port to listen on; 0 takes a free one',
    read: wholeNumber(0, 65_535),
  },
  {
    name: 'DATABASE_URL',
    default: 'sqlite:./data/carillon.db',
    meaning: 'where everything is kept: sqlite:<file> or postgres://…',
    read: databaseUrl,
    isSecret: true,
  },
  {
    name: 'CARILLON_DATABASE_POOL',
    default: '10',
    meaning: 'connections to a Postgres server at most, of this process',
    read: wholeNumber(2, 1000),
  },
  {
    name: 'CARILLON_ADMIN_KEY',
    default: '',
    meaning: 'bearer key of the admin API, at least 20 characters; made at the first start when not given',
    read: matching(/^.{20,}$/s, 'must be at least 20 characters'),
    isSecret: true,
  },
  {
    name: 'CARILLON_ENCRYPTION_KEY',
    default: '',
    meaning: '32 bytes in base64 that wrap every stored secret; made at the first start when not given',
    read: readEncryptionKey,
    isSecret: true,
  },
  {
    name: 'CARILLON_ROLE',
    default: 'all',
    meaning: 'what this process does: api, worker or all',
    read: oneOf('api', 'worker', 'all'),
  },
  {
    name: 'CARILLON_THREADS',
    default: '2',
    meaning: '2: one thread answers requests, another delivers; 1: one does both',
    read: wholeNumber(1, 2),
  },
  {
    name: 'CARILLON_ALLOW_TARGETS',
    default: '',
    meaning: 'CIDRs that deliveries may reach besides public addresses, e.g. 127.0.0.0/8,::1/128',
    read: readCidrs,
  },
  {
    name: 'CARILLON_RETENTION',
    default: '30d',
    meaning: 'how long ended deliveries, their attempts and events are kept',
    read: duration('1h'),
  },
  {
    name: 'LOG_LEVEL',
    default: 'info',
    meaning: levels.join(', '),
    read: oneOf(...levels),
  },
  {
    name: 'LOG_FORMAT',
    default: '',
    meaning: 'json or pretty; pretty on a terminal when not given',
    read: oneOf('json', 'pretty'),
  },
  {
    name: 'SHUTDOWN_TIMEOUT',
    default: '25s',
    meaning: 'how long a stop waits for requests on their way',
    read: duration('0s'),
  },
  {
    name: 'CARILLON_PAYLOAD_MAX',
    default: String(defaultLimits.payloadBytesMax),
    meaning: 'bytes of one payload, at most 1048576',
    read: wholeNumber(1024, mebibyte),
  },
  {
    name: 'CARILLON_ENDPOINTS_MAX',
    default: String(defaultLimits.endpointsMax),
    meaning: 'endpoints per tenant and mode',
    read: wholeNumber(1, 100_000),
  },
  {
    name: 'CARILLON_IN_FLIGHT_MAX',
    default: String(defaultLimits.inFlightMax),
    meaning: 'requests to receivers at once, in this process',
    read: wholeNumber(1, 50_000),
  },
  {
    name: 'CARILLON_IN_FLIGHT_PER_ENDPOINT_MAX',
    default: String(defaultLimits.inFlightPerEndpointMax),
    meaning: 'requests to one endpoint at once',
    read: wholeNumber(1, 1000),
  },
  {
    name: 'CARILLON_PUBLISH_QUEUE_MAX',
    default: String(defaultLimits.publishQueueMax),
    meaning: 'events (of up to 4 KiB) waiting to be written before publish answers 503',
    read: wholeNumber(1, 1_000_000),
  },
] as const satisfies readonly Setting[];

type SettingName = (typeof settings)[number]['name'];

/** The environment of this process. */
export function environment(): Environment {
  return process.env;
}

/** Flags (by setting name) over environment over defaults. Throws `ConfigError` with every mistake. */
export function readConfig(env: Environment, flags: Readonly<Record<string, string>>): Config {
  const problems: string[] = [];
  const values = readValues(env, flags, problems);
  if (isSqlite(String(values.get('DATABASE_URL')))) {
    if (values.get('CARILLON_ROLE') !== 'all') {
      problems.push('CARILLON_ROLE must be all with a SQLite database: one process owns the file');
    }
  } else {
    for (const name of ['CARILLON_ADMIN_KEY', 'CARILLON_ENCRYPTION_KEY'] as const) {
      if (values.has(name) || problems.some((problem) => problem.startsWith(name))) continue;
      problems.push(`${name} must be given with a Postgres database: every process on it needs the same`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return freeze(values);
}

function readValues(
  env: Environment,
  flags: Readonly<Record<string, string>>,
  problems: string[],
): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  for (const setting of settings as readonly Setting[]) {
    const text = readText(setting, env, flags, problems);
    if (text === '') continue;
    try {
      values.set(setting.name, setting.read(text));
    } catch (error) {
      problems.push(`${setting.name} ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return values;
}

function freeze(values: ReadonlyMap<string, unknown>): Config {
  const get = <T>(name: SettingName): T => values.get(name) as T;
  return Object.freeze({
    host: get<string>('HOST'),
    port: get<number>('PORT'),
    databaseUrl: get<string>('DATABASE_URL'),
    databasePoolMax: get<number>('CARILLON_DATABASE_POOL'),
    adminKey: get<string | undefined>('CARILLON_ADMIN_KEY') ?? null,
    encryptionKey: get<Uint8Array | undefined>('CARILLON_ENCRYPTION_KEY') ?? null,
    role: get<Config['role']>('CARILLON_ROLE'),
    threads: get<number>('CARILLON_THREADS'),
    allowTargets: get<string[] | undefined>('CARILLON_ALLOW_TARGETS') ?? [],
    retentionMs: get<number>('CARILLON_RETENTION'),
    log: {
      level: get<string>('LOG_LEVEL'),
      format:
        get<LogOptions['format'] | undefined>('LOG_FORMAT') ?? (process.stdout.isTTY ? 'pretty' : 'json'),
    },
    shutdownTimeoutMs: get<number>('SHUTDOWN_TIMEOUT'),
    limits: {
      ...defaultLimits,
      payloadBytesMax: get<number>('CARILLON_PAYLOAD_MAX'),
      endpointsMax: get<number>('CARILLON_ENDPOINTS_MAX'),
      inFlightMax: get<number>('CARILLON_IN_FLIGHT_MAX'),
      inFlightPerEndpointMax: get<number>('CARILLON_IN_FLIGHT_PER_ENDPOINT_MAX'),
      publishQueueMax: get<number>('CARILLON_PUBLISH_QUEUE_MAX'),
    },
  });
}

/** A setting as text: the flag, `NAME`, the content of the file that `NAME_FILE` names, or the default. */
function readText(
  setting: Setting,
  env: Environment,
  flags: Readonly<Record<string, string>>,
  problems: string[],
): string {
  const given = flags[setting.name] ?? env[setting.name];
  if (given !== undefined && given !== '') return given;
  const file = setting.isSecret === true ? env[`${setting.name}_FILE`] : undefined;
  if (file === undefined || file === '') return setting.default;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    problems.push(
      `${setting.name}_FILE cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
    return '';
  }
}

/** Where the admin API is and the key to it: flags, then environment, then the key beside the database. */
export function readClientConfig(env: Environment, flags: { url?: string; adminKey?: string }): ClientConfig {
  const url = flags.url ?? env['CARILLON_URL'] ?? 'http://127.0.0.1:8480';
  if (flags.adminKey !== undefined) return { url, adminKey: flags.adminKey };
  // A client needs none of the keys that a server does.
  const problems: string[] = [];
  const values = readValues(env, {}, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  const { adminKey, databaseUrl } = freeze(values);
  const isBesideFile = adminKey === null && isSqlite(databaseUrl);
  return { url, adminKey: isBesideFile ? readKeyFile(keyFile(databaseUrl, 'admin.key')) : adminKey };
}

/** The file beside a SQLite database in which a key made at the first start is kept. */
export function keyFile(database: string, name: 'admin.key' | 'encryption.key'): string {
  return `${sqlitePath(database).replace(/[^/]*$/, '')}${name}`;
}

/** True for the URL of a file that one process owns; false for a server that many share. */
export function isSqlite(database: string): boolean {
  return database.startsWith('sqlite:');
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
