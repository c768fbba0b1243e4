// What `docs/dialects/adding-one.md` tells somebody to type is typed here, to the letter: into a copy of the
// sources, which is then checked with real tools, started as a process, and made to deliver an event.
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../support/harness.ts';
import { checkResponse } from '../support/openapi-check.ts';
import { type Received, type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

const run = promisify(execFile);
const guide = readFileSync('docs/dialects/adding-one.md', 'utf8');
const platforms = readdirSync('src/dialects', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'standard')
  .map((entry) => entry.name);

const clients = 'test/contracts/dialect-clients.ts';

/** What the guide's own files need around them. */
const copied = [
  'src',
  ...readdirSync('test/contracts')
    .filter((name) => /^dialect.*(?<!\.test)\.ts$/.test(name))
    .map((name) => `test/contracts/${name}`),
  'test/support/fake-clock.ts',
  'test/support/harness.ts',
  'test/support/openapi-check.ts',
  'test/support/postgres.ts',
  'test/support/receiver.ts',
  'test/e2e/dialects.test.ts',
  'test/tidy.test.ts',
  'package.json',
  'tsconfig.json',
  '.dependency-cruiser.cjs',
  '.oxlintrc.json',
  '.prettierrc.json',
];

/** Without the repository's own configuration, which starts a Postgres that nothing here needs. */
const runTests = ['run', '--testTimeout=60000', '--hookTimeout=60000'];

describe('by the guide', () => {
  const files = readFiles();
  const sources = [...files.keys()].filter((path) => path.endsWith('.ts'));
  const root = temporaryFolder();

  beforeAll(() => {
    const filter = (path: string): boolean => !(path.startsWith('src/') && path.endsWith('.test.ts'));
    for (const path of copied) cpSync(path, join(root, path), { recursive: true, filter });
    symlinkSync(join(process.cwd(), 'node_modules'), join(root, 'node_modules'));
    for (const [path, text] of files) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    for (const path of ['src/dialects/index.ts', clients]) {
      const file = join(root, path);
      writeFileSync(file, register(path, readFileSync(file, 'utf8')));
    }
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test('there are seven files, a contract test, and an example of each kind that is needed', () => {
    const folder = 'src/dialects/tollgate/';
    const seven = readdirSync('src/dialects/diddo').filter((name) => /^[a-z]+\.ts$/.test(name));
    expect(sources.toSorted()).toEqual([
      ...seven.map((name) => folder + name).toSorted(),
      'test/contracts/tollgate.test.ts',
    ]);
    expect(files.get('test/contracts/tollgate.test.ts')?.trim().split('\n')).toHaveLength(4);
    const examples = [...files.keys()].filter((path) => path.startsWith('test/fixtures/tollgate/'));
    expect(examples.length + sources.length).toBe(files.size);
    for (const kind of ['request', 'reply', 'fault', 'delivery']) {
      expect(examples.some((path) => path.includes(`/${kind}-`))).toBe(true);
    }
  });

  test.each([
    ['is formatted', 'prettier', ['--check', 'src/dialects/index.ts', clients, ...sources]],
    ['has the right types', 'tsc', []],
    [
      'has nothing that a linter minds',
      'oxlint',
      ['--type-aware', '--deny-warnings', 'src/dialects/tollgate', clients],
    ],
    ['imports what it may', 'depcruise', ['src']],
    ['keeps the contract, and is tidy', 'vitest', [...runTests, 'test/contracts', 'test/tidy.test.ts']],
    [
      'bears whatever is thrown at it',
      'vitest',
      [...runTests, 'test/e2e/dialects.test.ts', '-t', 'dialect tollgate|every dialect has a client'],
    ],
  ])('what is written %s (%s)', async (_what, tool, args) => {
    await expect(runTool(root, tool, args)).resolves.toBe('');
  });

  test('the signature of the example was not made by our own code', () => {
    const [, text = '', key = ''] = /printf '%s' '(.+)' \|\n.* -hmac (\S+)\n/.exec(guide) ?? [];
    const signature = createHmac('sha256', key).update(text).digest('hex');
    expect(key).not.toBe('');
    expect(files.get('test/fixtures/tollgate/delivery-toll-paid.json')).toContain(`,h=${signature}"`);
  });

  test('the server speaks it: a hook is added over its own wire, and an event arrives signed', async () => {
    const receiver = await startReceiver();
    const folder = temporaryFolder();
    const server = await startServer(folder, { CARILLON_ADMIN_KEY: '' }, root);
    onTestFinished(async () => {
      await Promise.all([server.kill(), receiver.close()]);
      rmSync(folder, { recursive: true, force: true });
    });
    const [tenant, hook, event, list, refusal, document] = await type({ server, receiver, folder });
    expect(tenant).toMatchObject({ id: 'm1', dialect: 'tollgate' });
    expect(hook).toMatchObject({
      listens_to: ['toll.paid'],
      signing_key: expect.stringMatching(/^tgk_/),
    });
    expect(event).toMatchObject({ type: 'toll.paid', deliveries: 1 });
    const { signing_key: key, ...shown } = hook;
    expect(list).toEqual({ hooks: [shown], next: null });
    checkResponse(document, 'POST', '/tollgate/hooks', 201, hook);
    checkResponse(document, 'GET', '/tollgate/hooks', 200, list);
    expect(refusal).toMatchObject({ refused: { reason: 'not_found' } });
    expect(document.info.title).toBe('Tollgate: hooks for tolls');
    expect(Object.keys(document.paths)).toEqual(['/tollgate/hooks', '/tollgate/hooks/{id}']);

    await receiver.until(() => receiver.requests.length > 0);
    expect(verify(receiver.requests[0], key)).toMatchObject({
      id: event.id,
      event: 'toll.paid',
      details: { gate: 'A7-north', amount: '4.20' },
    });
    expect(await server.terminate()).toBe(0);
  });
});

/** The files of the guide: a path in bold on a line of its own, and the block under it. */
function readFiles(): ReadonlyMap<string, string> {
  const blocks = guide.matchAll(/^\*\*`([^`]+)`\*\*\n\n```(?:ts|json)\n([^]*?)^```$/gm);
  return new Map([...blocks].map(([, path = '', text = '']) => [path, text]));
}

/** The file at `path` with what the guide adds there: imports or a constant, and an entry at the end of a list. */
function register(path: string, text: string): string {
  const told = guide.slice(guide.indexOf(`\nIn \`${path}\``));
  const [, block = ''] = /^```ts\n([^]*?)^```$/m.exec(told) ?? [];
  const [, added = '', head = '', tail = ''] = /^([^]*\n)\n(export const .*)…(.*)\n$/.exec(block) ?? [];
  const list = text.indexOf(head);
  const end = text.indexOf('];', list);
  expect([head.endsWith('[standard, '), tail.endsWith('];'), list > 0]).toEqual([true, true, true]);
  const lastImport = text.lastIndexOf(" from './");
  const at = added.startsWith('import ') ? text.indexOf('\n', lastImport) + 1 : list;
  const space = at === list ? '\n' : '';
  return text.slice(0, at) + added + space + text.slice(at, end) + tail + text.slice(end + '];'.length);
}

/** What a tool has to complain about; nothing when it ends well. */
async function runTool(cwd: string, tool: string, args: readonly string[]): Promise<string> {
  const command = join(cwd, 'node_modules/.bin', tool);
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env = { PATH: path, HOME: process.env['HOME'] };
  return run(command, args, { cwd, env }).then(
    () => '',
    (error: { stdout: string; stderr: string }) => `${tool}: ${error.stdout}${error.stderr}`,
  );
}

/** What the guide's shell lines print, in their order. */
type Answers = readonly [
  tenant: object,
  hook: { readonly signing_key: string },
  event: { readonly id: string },
  list: object,
  refusal: object,
  document: { readonly info: { readonly title: string }; readonly paths: object },
];

/** Types the guide's shell lines but for ports and paths, and gives what each answered. */
async function type(at: { server: ServerProcess; receiver: Receiver; folder: string }): Promise<Answers> {
  const script = /```sh\n(export ADMIN=[^`]+)```/.exec(guide)?.[1] ?? '';
  const typed = script
    .replaceAll('http://127.0.0.1:8480', at.server.url)
    .replaceAll('http://127.0.0.1:9000', at.receiver.url)
    .replaceAll('data/admin.key', `${at.folder}/admin.key`)
    // One answer per line, so that they can be told apart.
    .replaceAll(/^curl -s /gm, 'echo; curl -s ');
  const { stdout } = await run('bash', ['-euc', typed]);
  return JSON.parse(`[${stdout.trim().split('\n').join(',')}]`) as Answers;
}

/** The payload, if its signature is right by the guide's table of facts. */
function verify(request: Received | undefined, key: string): unknown {
  if (request === undefined) return expect.fail('nothing arrived');
  const header = String(request.headers['tollgate-signature']);
  const [, time = '', mark = ''] = /^t=(\d+),h=([0-9a-f]{64})$/.exec(header) ?? [];
  expect(mark).toBe(createHmac('sha256', key).update(`${time}.${request.body}`).digest('hex'));
  return JSON.parse(request.body);
}

describe('a platform is one folder and one entry', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.(ts|sql)$/.test(file) && !file.endsWith('.test.ts'),
  );

  test.each(platforms)('%s is named nowhere else', (name) => {
    const word = new RegExp(`\\b${name}\\b`, 'i');
    const others = files.filter(
      (file) =>
        !file.startsWith(`dialects/${name}/`) && !file.startsWith('cli/demo') && file !== 'dialects/index.ts',
    );
    expect(others.length).toBeGreaterThan(100);
    expect(others.filter((file) => word.test(readFileSync(`src/${file}`, 'utf8')))).toEqual([]);
  });

  test('nothing asks which dialect it is', () => {
    // That a name was not found is asked with `=== undefined`; that is no question after a platform.
    const question = /\bdialect(?:\.name)?\s*[=!]={1,2}(?!=|\s*(?:undefined|null)\b)|switch \(\S*dialect/i;
    expect(files.filter((file) => question.test(readFileSync(`src/${file}`, 'utf8')))).toEqual([]);
  });
});
