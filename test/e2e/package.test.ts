// The npm package as users install it: packed, installed with its dependencies, and started as users start it.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { startReceiver } from '../support/receiver.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'carillon-package-'));
const bin = 'node_modules/carillon/bin/carillon.js';
const environment = { ...process.env, PATH: dirname(process.execPath) + delimiter + process.env['PATH'] };
const options = { cwd: folder, env: environment };
/** The reason why the package could not be installed; null when it was. */
let offline: string | null = null;

beforeAll(async () => {
  await run('npm', ['pack', '--pack-destination', folder], { env: environment });
  const [archive = ''] = readdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const flags = ['--prefer-offline', '--fetch-retries=0', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...flags, `./${archive}`], options).catch((error: Error) => {
    offline =
      /E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|NETUNREACH)/.exec(error.message)?.[0] ?? null;
    if (offline === null) throw error;
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const needsRegistry = ({ skip }: TestContext): void => {
  if (offline !== null) skip(`the registry cannot be reached: ${offline}`);
};

test.for([
  ['node', [bin]],
  [bin, []],
  ['npx', ['--no-install', 'carillon']],
] as const)('%s runs it', async ([command, args], context) => {
  needsRegistry(context);
  const { stdout } = await run(command, [...args, '--version'], options);
  expect(stdout).toBe(`${packageJson.version}\n`);
});

test('the package serves in two threads, delivers what is published, and ends at SIGTERM', async (context) => {
  needsRegistry(context);
  const receiver = await startReceiver();
  const flags = ['--port', '0', '--log-format', 'json', '--allow-targets', '127.0.0.0/8'];
  const server = spawn(process.execPath, [bin, 'serve', ...flags], options);
  try {
    let out = '';
    for await (const chunk of server.stdout.setEncoding('utf8')) {
      out += String(chunk);
      if (out.includes('server.listening')) break;
    }
    const [, url = ''] = /"url":"(http[^"]+)"/.exec(out) ?? [];
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const page = await (await fetch(`${url}/console/`)).text();
    const [, script = ''] = /src="\.\/(assets\/[^"]+\.js)"/.exec(page) ?? [];
    expect((await fetch(`${url}/${script}`)).headers.get('content-type')).toContain('javascript');
    const carillon = (...args: readonly string[]) =>
      run(process.execPath, [bin, '--server', url, ...args], options);
    await carillon('tenants', 'create', 'Acme', '--id', 'acme');
    await carillon('endpoints', 'create', 'acme', receiver.url);
    await carillon('events', 'publish', 'acme', '--type', 'payment.paid', '--payload', '{"amount":1}');
    await receiver.until(() => receiver.requests.length === 1);
    expect(receiver.requests[0]?.body).toContain('"data":{"amount":1}');
    // A hint names a command that this installation has.
    const { stderr } = await carillon('events', 'list', 'operator');
    expect(stderr).toContain('npx carillon events publish');
    server.kill('SIGTERM');
    expect(await once(server, 'exit')).toEqual([0, null]);
  } finally {
    server.kill('SIGKILL');
    await receiver.close();
  }
});

test('the links of the README lead to files of the package', async (context) => {
  needsRegistry(context);
  const root = join(folder, 'node_modules/carillon');
  const links = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
  expect(links.length).toBeGreaterThan(10);
  expect(links.map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('the package exports the server, its configuration and the contract, with types', async (context) => {
  needsRegistry(context);
  writeFileSync(
    join(folder, 'embed.ts'),
    `import { type App, startApp } from 'carillon';
    import { readConfig } from 'carillon/config';
    import type { Endpoint } from 'carillon/contract/endpoints';
    const config = readConfig({ PORT: '0', LOG_LEVEL: 'silent' }, {});
    const port: number = config.port;
    const app: App = await startApp(config);
    const idOf = ({ id }: Endpoint): string => id;
    // @ts-expect-error An endpoint has no such field: its type is known.
    const wrong = (endpoint: Endpoint): unknown => endpoint.webhook;
    await app.stop();
    console.log(port, typeof idOf, typeof wrong);`,
  );
  const tsc = join(import.meta.dirname, '../../node_modules/.bin/tsc');
  const flags = ['--module', 'nodenext', '--target', 'es2024', '--strict', '--skipLibCheck', '--types', ''];
  await run(tsc, [...flags, 'embed.ts'], options);
  const { stdout } = await run('node', ['embed.js'], options);
  expect(stdout).toBe('0 function function\n');
});
