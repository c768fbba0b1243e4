// The admin key goes to Carillon only: to no receiver, to no other server, and over no unencrypted network.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Argument, Command, Option } from 'commander';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '#lib/clock.ts';
import { createProgram, run, type ProcessContext } from './program.ts';

const key = 'cak_01234567890123456789';
const folder = mkdtempSync(join(tmpdir(), 'carillon-key-'));

/** A server that records what it is sent: headers and body as one text. */
interface Recorder {
  readonly server: Server;
  readonly url: string;
  requests: string[];
}

async function startRecorder(answer: (request: IncomingMessage) => [number, string]): Promise<Recorder> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      recorder.requests.push([request.method, request.url, ...request.rawHeaders, body].join('\n'));
      const [status, text] = answer(request);
      response.writeHead(status).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const recorder = { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
  return recorder;
}

let receiver: Recorder;
let carillon: Recorder;
let answer: [number, string] = [200, '{}'];

beforeAll(async () => {
  writeFileSync(join(folder, 'login'), key);
  const document = { openapi: '3.1.0', webhooks: { a: { post: {} } } };
  writeFileSync(join(folder, 'event-types import'), JSON.stringify(document));
  receiver = await startRecorder(() => answer);
  const refusal = '{"type":"urn:carillon:problem:key_missing","code":"key_missing","detail":""}';
  carillon = await startRecorder(({ headers }) =>
    headers.authorization === `Bearer ${key}` ? [200, '{"data":[],"nextCursor":null}'] : [401, refusal],
  );
});

beforeEach(() => {
  answer = [200, '{}'];
  receiver.requests = [];
  carillon.requests = [];
});

afterAll(() => {
  receiver.server.close();
  carillon.server.close();
  rmSync(folder, { recursive: true });
});

let errors = '';
const contextOf = (environment: Record<string, string> = {}): ProcessContext => ({
  out: { write: () => {} },
  error: { write: (text) => (errors += text) },
  input: (async function* () {})(),
  environment: {
    CARILLON_SERVER: carillon.url,
    CARILLON_ADMIN_KEY: key,
    CARILLON_ALLOW_TARGETS: '127.0.0.0/8',
    XDG_CONFIG_HOME: folder,
    DATABASE_URL: `sqlite:${join(folder, 'carillon.db')}`,
    ...environment,
  },
  clock: systemClock,
});

async function type(args: readonly string[], environment?: Record<string, string>) {
  errors = '';
  const code = await run(args, contextOf(environment));
  return { code, error: errors };
}

/** Flags without which a command asks nothing of the server. */
const more: Readonly<Record<string, readonly string[]>> = {
  'events publish': ['--type', 'a', '--payload', '1'],
  'endpoints change': ['--description', 'd'],
  'tenants change': ['--no-metadata'],
  'tenants remove': ['--yes'],
  'endpoints remove': ['--yes'],
  'credentials remove': ['--yes'],
  'keys revoke': ['--yes'],
  'portal-sessions revoke': ['--yes'],
  'endpoints purge': ['--yes'],
  'alerts create': ['--email', 'ops@shop.example'],
  'alerts change': ['--enable'],
  'alerts snooze': ['--end'],
  'alerts remove': ['--yes'],
  'endpoints test-filter': ['--payload', '1'],
  'endpoints test-transform': ['--payload', '1'],
  'event-types remove': ['--yes'],
  trigger: ['--list'],
  login: ['--admin-key-file', join(folder, 'login')],
};
/** These start a server of their own and have no use for another one. */
const ownServer = ['serve', 'demo'];
/** These do without the admin API. */
const offline = [
  'archive search',
  'archive verify',
  'outbox',
  'keys new-encryption-key',
  'migrate',
  'migrate copy',
  'partitions add',
  'partitions list',
  'partitions move',
  'backup',
  'restore',
  'verify',
  'completion',
  'complete',
  'help',
  'logout',
];

interface Case {
  readonly name: string;
  readonly words: string;
  readonly args: (url: string) => readonly string[];
}

const { out, error } = { out: { write: () => {} }, error: { write: () => {} } };
const { program } = createProgram(
  { out, error, input: (async function* () {})(), environment: {}, clock: systemClock },
  false,
  () => {},
);

function* commandsBelow(command: Command, words: readonly string[]): Generator<[Command, string]> {
  for (const child of command.commands) {
    const path = [...words, child.name()];
    if (child.commands.length === 0 || child.name() === 'migrate') yield [child, path.join(' ')];
    yield* commandsBelow(child, path);
  }
}

const leaves = [...commandsBelow(program, [])];

/** The command line of a command with everything that it requires, and `url` for one argument or flag. */
function lineOf(command: Command, words: string, subject: Argument | Option, url: string): readonly string[] {
  const value = (part: Argument | Option): string => {
    if (part === subject) return url;
    return part.argChoices?.[0] ?? (takesFile(part) ? join(folder, words) : '1h');
  };
  const required = command.registeredArguments.filter((part) => part.required).map(value);
  const options = [...command.options, ...program.options]
    .filter((option) => option === subject || option.mandatory)
    .flatMap((option) => [option.long ?? '', value(option)]);
  return [...words.split(' '), ...required, ...options, ...(more[words] ?? [])];
}

const takesFile = (part: Argument | Option): boolean =>
  /<file>|^file$/.test('flags' in part ? part.flags : part.name());
const takesUrl = (part: Argument | Option): boolean =>
  /<[^>]*url[^>]*>|url|target/i.test('flags' in part ? part.flags : part.name());

const urlCases: Case[] = leaves.flatMap(([command, words]) =>
  [...command.registeredArguments, ...command.options].filter(takesUrl).map((subject) => ({
    name: `${words} ${'flags' in subject ? subject.flags : `<${subject.name()}>`}`,
    words,
    // A server that started would run until it is stopped.
    args: (url) => [
      ...lineOf(command, words, subject, url),
      ...(words === 'serve' ? ['--port', '99999'] : []),
    ],
  })),
);

const serverCases: Case[] = leaves
  .filter(([, words]) => !ownServer.includes(words))
  .flatMap(([command, words]) =>
    program.options.filter(takesUrl).map((option) => ({
      name: words,
      words,
      args: (url) => [
        ...lineOf(command, words, option, url),
        // In place of the URL.
        ...(words === 'endpoints create' ? ['--pull'] : []),
      ],
    })),
  );

test('the cases hold the arguments and flags that are known to take a URL', () => {
  expect(urlCases.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'endpoints create <url>',
      'endpoints change --url <url>',
      'doctor --target <url>',
      'listen <target>',
      'migrate copy --to <url>',
      'serve --database-url <value>',
    ]),
  );
  expect(program.options.filter(takesUrl).map(({ long }) => long)).toEqual(['--server']);
});

test.each(urlCases)('$name', async ({ args }) => {
  const { error } = await type(args(receiver.url));
  expect(error).not.toMatch(/unknown|missing required/);
  expect(receiver.requests.join('\n')).not.toContain(key);
});

test('endpoints change --url sends the URL to Carillon, and nothing to the URL', async () => {
  const args = ['endpoints', 'change', 'acme', 'ep_1', '--url', receiver.url, '--json'];
  expect((await type(args)).code).toBe(0);
  expect(carillon.requests.at(-1)).toContain(`{"url":"${receiver.url}"}`);
  expect(receiver.requests).toEqual([]);
});

test.each(serverCases)('$name --server', async ({ words, args }) => {
  for (const [status, text] of [
    [200, '{}'],
    [200, ''],
    [401, '{"type":"about:blank","code":"key_missing","detail":"Send the key."}'],
    [404, '<html>'],
    [307, ''],
  ] as const) {
    answer = [status, text];
    const { code, error } = await type(args(receiver.url));
    expect(error).not.toMatch(/unknown|missing required/);
    if (!offline.includes(words))
      expect({ code, asked: receiver.requests.length > 0 }).toEqual({ code: 1, asked: true });
    expect(receiver.requests.join('\n')).not.toContain(key);
  }
  expect(carillon.requests).toEqual([]);
});

test('a server that is not Carillon is named, with what to do', async () => {
  answer = [404, '<html>'];
  expect((await type(['tenants', 'list', '--server', receiver.url])).error).toBe(
    `error: ${receiver.url} answered 404 without a problem description\n` +
      'hint: check that this is the URL of a Carillon server; set another one with --server\n',
  );
});

test('Carillon is asked to identify itself once, without the key', async () => {
  expect((await type(['tenants', 'list', '--all'])).code).toBe(0);
  expect(carillon.requests.map((request) => request.includes(key))).toEqual([false, true]);
});

test('http: to another machine needs --insecure', async () => {
  const server = ['--server', 'http://carillon.invalid:8480'];
  const refused = await type(['tenants', 'list', ...server]);
  expect(refused.code).toBe(78);
  expect(refused.error).toBe(
    'error: the admin key is not sent to http://carillon.invalid:8480 without encryption\n' +
      'hint: use https:, or add --insecure if you trust the network between\n',
  );
  const allowed = await type(['tenants', 'list', ...server, '--insecure']);
  expect(allowed).toMatchObject({ code: 1, error: expect.stringContaining('cannot reach') });
  for (const host of ['127.0.0.1.example.com', 'localhost.example.com', '10.0.0.1', '[::2]']) {
    expect((await type(['tenants', 'list', '--server', `http://${host}`])).code, host).toBe(78);
  }
  const { port } = new URL(carillon.url);
  for (const host of ['127.1', 'localhost']) {
    expect((await type(['tenants', 'list', '--server', `http://${host}:${port}`])).code, host).toBe(0);
  }
});
