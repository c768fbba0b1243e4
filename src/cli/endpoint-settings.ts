// Flags of the settings of an endpoint, the same for `endpoints create` and `endpoints change`. In a change, `--no-<setting>`
// removes one.
import { type Command, InvalidArgumentError } from 'commander';
import type { Endpoint } from '#contract/endpoints.ts';
import type { SettingsIn } from '#contract/settings.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import { parseJson, wholeNumber } from './arguments.ts';
import type { Cli } from './cli.ts';
import { exitCodes, Failure } from './failure.ts';
import { openInput, readWhole } from './input.ts';
import { toPlainLines } from './output/terminal.ts';
import { readSecret } from './secret-input.ts';
import { addTlsFlags, describeTls, readTls, type TlsFlags } from './tls-flags.ts';

/** False for `--no-<setting>`; a setting with secrets comes from a file. */
export interface SettingFlags extends TlsFlags {
  readonly filter?: JsonObject | false;
  readonly headers?: false;
  readonly headersFile?: string;
  readonly authorization?: false;
  readonly authorizationFile?: string;
  readonly timeoutMs?: number | false;
  readonly retry?: JsonObject | false;
  readonly disableAfter?: JsonObject | false;
  readonly rateLimit?: JsonObject | false;
  readonly inFlightMax?: number | false;
  readonly egress?: string | false;
  readonly transform?: false;
  readonly transformFile?: string;
}

interface Flag {
  readonly setting: keyof SettingsIn;
  /** The value as help shows it, and its parser; null where the value is JSON in a file, which arguments do not reveal. */
  readonly value: readonly [string, (text: string) => unknown] | null;
  /** The file is text, not JSON. */
  readonly isText?: true;
  readonly description: string;
}

const flags: readonly Flag[] = [
  {
    setting: 'filter',
    value: ['<json>', jsonObject],
    description: 'deliver only events that match: {"amount":{"$gte":1000}}',
  },
  {
    setting: 'headers',
    value: null,
    description: 'headers of every request: [{"name":"X-Key","value":"…","secret":true}]',
  },
  {
    setting: 'authorization',
    value: null,
    description: '{"type":"bearer","token":"…"} or {"type":"basic","username":"…","password":"…"}',
  },
  {
    setting: 'timeoutMs',
    value: ['<ms>', wholeNumber(1000, 60_000)],
    description: 'how long a request may take, 1000 to 60000',
  },
  {
    setting: 'retry',
    value: ['<json>', jsonObject],
    description: 'schedule of attempts: {"delaysMs":[5000,60000],"jitter":0.1,"from":"previous"}',
  },
  {
    setting: 'disableAfter',
    value: ['<json>', jsonObject],
    description: 'when failures disable it: {"failures":20}, {"spanMs":3600000} or {"never":true}',
  },
  {
    setting: 'rateLimit',
    value: ['<json>', jsonObject],
    description: 'requests per second: {"perSecond":10} or {"perSecond":10,"burst":20}',
  },
  {
    setting: 'inFlightMax',
    value: ['<n>', wholeNumber(1, 1000)],
    description: 'how many requests may be in flight at once, 1 to 1000',
  },
  {
    setting: 'egress',
    value: ['<name>', String],
    description: 'egress proxy that requests go through, by its name in the configuration, or direct',
  },
  {
    setting: 'transform',
    value: null,
    isText: true,
    description: 'JavaScript that ends with a function: (event) => event.payload',
  },
];

/** The flags of `change`; of a creation without those that remove. */
export function addSettingFlags(command: Command, isChange: boolean): Command {
  for (const { setting, value, description } of flags) {
    const name = setting.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (value === null) command.option(`--${name}-file <file>`, `${description}; - is standard input`);
    else command.option(`--${name} ${value[0]}`, description, value[1]);
    if (isChange) command.option(`--no-${name}`, 'remove it');
  }
  addTlsFlags(command, isChange);
  return command;
}

/** The settings that were given; null for one to remove. Throws `Failure` for a file that cannot be read. */
export async function readSettings(cli: Cli, flagsGiven: SettingFlags): Promise<SettingsIn> {
  const given = flagsGiven as Readonly<Record<string, unknown>>;
  const entries: [string, unknown][] = [];
  for (const { setting, value, isText } of flags) {
    const file = given[`${setting}File`];
    if (given[setting] === false) entries.push([setting, null]);
    else if (value !== null && given[setting] !== undefined) entries.push([setting, given[setting]]);
    else if (typeof file === 'string') {
      entries.push([setting, await (isText === true ? readText(cli, file) : readJsonFile(cli, file))]);
    }
  }
  return { ...Object.fromEntries(entries), ...(await readTls(cli, flagsGiven)) };
}

/** Whole, for the server to judge. Throws `Failure`. */
export async function readText(cli: Cli, path: string): Promise<string> {
  const bytes = await readWhole(await openInput(cli, path, exitCodes.usage), textBytesMax);
  return Buffer.from(bytes).toString('utf8');
}

const textBytesMax = 64 * 1024;

/** The message quotes nothing of the file. */
async function readJsonFile(cli: Cli, path: string): Promise<JsonValue> {
  const text = await readSecret(cli, path, exitCodes.usage);
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    const place = path === '-' ? 'standard input' : path;
    throw new Failure(`${place} is not valid JSON`, { exitCode: exitCodes.usage });
  }
}

/** The settings that an endpoint has, for people. */
export function describeSettings(endpoint: Endpoint): [string, string][] {
  const {
    filter,
    headers,
    authorization,
    timeoutMs,
    retry,
    disableAfter,
    rateLimit,
    inFlightMax,
    tls,
    egress,
    transform,
  } = endpoint;
  const lines: [string, string | null][] = [
    ['filter', filter === null ? null : JSON.stringify(filter)],
    ['headers', headers?.map(({ name, value }) => `${name}: ${value ?? '(secret)'}`).join('\n') ?? null],
    [
      'authorization',
      authorization === null ? null : [authorization.type, authorization.username ?? []].flat().join(' '),
    ],
    ['timeout', timeoutMs === null ? null : `${timeoutMs} ms`],
    ['retry', retry === null ? null : JSON.stringify(retry)],
    ['disable after', disableAfter === null ? null : JSON.stringify(disableAfter)],
    ['rate limit', rateLimit === null ? null : `${rateLimit.perSecond}/s, bursts of ${rateLimit.burst}`],
    ['in flight', inFlightMax === null ? null : `at most ${inFlightMax}`],
    ['tls', describeTls(tls)],
    ['egress', egress],
    ['transform', transform],
  ];
  return lines.flatMap(([name, text]): [string, string][] =>
    text === null ? [] : [[name, toPlainLines(text)]],
  );
}

export function jsonObject(text: string): JsonObject {
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new InvalidArgumentError('It must be a JSON object.');
  return value;
}
