// The npm package as users install it: packed, installed with its dependencies, and started as users start it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { type InstalledPackage, installPackage } from '../support/installed-package.ts';
import { startReceiver } from '../support/receiver.ts';
import { upgrade } from '../support/upgrade.ts';
import { walk } from '../support/walk.ts';

const bin = 'node_modules/carillon/bin/carillon.js';
let installed: InstalledPackage;

beforeAll(async () => {
  installed = await installPackage();
}, 300_000);

afterAll(() => installed.remove());

const needsRegistry = ({ skip }: TestContext): void => {
  if (installed.offline !== null) skip(`the registry cannot be reached: ${installed.offline}`);
};

test.for([
  ['node', [bin]],
  [bin, []],
  ['npx', ['--no-install', 'carillon']],
] as const)('%s runs it', async ([command, args], context) => {
  needsRegistry(context);
  const { stdout } = await installed.run(command, [...args, '--version']);
  expect(stdout).toBe(`${packageJson.version}\n`);
});

test('the package serves in two threads, delivers what is published, and ends at SIGTERM', async (context) => {
  needsRegistry(context);
  const receiver = await startReceiver();
  context.onTestFinished(() => receiver.close());
  const server = await installed.serve(['--port', '0']);
  const { url } = server;
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const page = await (await fetch(`${url}/console/`)).text();
  const [, script = ''] = /src="\.\/(assets\/[^"]+\.js)"/.exec(page) ?? [];
  expect((await fetch(`${url}/${script}`)).headers.get('content-type')).toContain('javascript');
  const carillon = (...args: readonly string[]) => installed.carillon(['--server', url, ...args]);
  await carillon('tenants', 'create', 'Acme', '--id', 'acme');
  await carillon('endpoints', 'create', 'acme', receiver.url);
  await carillon('events', 'publish', 'acme', '--type', 'payment.paid', '--payload', '{"amount":1}');
  await receiver.until(() => receiver.requests.length === 1);
  expect(receiver.requests[0]?.body).toContain('"data":{"amount":1}');
  // A hint names a command that this installation has.
  const { stderr } = await carillon('events', 'list', 'operator');
  expect(stderr).toContain('npx carillon events publish');
  expect(await server.stop()).toBe(0);
});

test('npx carillon demo shows a delivery of every platform', async (context) => {
  needsRegistry(context);
  const { stdout } = await installed.run('npx', ['--no-install', 'carillon', 'demo', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true });
});

test('the walk of docs/deploy.md loses nothing', { timeout: 300_000 }, async (context) => {
  needsRegistry(context);
  await walk(installed, context);
});

test(
  'an upgrade as docs/deploy.md says fails no publication and loses no delivery',
  { timeout: 300_000 },
  async (context) => {
    needsRegistry(context);
    await upgrade(installed, context);
  },
);

test('an installation has the size that docs/deploy.md states', (context) => {
  needsRegistry(context);
  const [, stated] = /takes (\d+) MB/.exec(readFileSync('docs/deploy.md', 'utf8')) ?? [];
  const megabytes = installed.bytes / 1e6;
  expect(megabytes).toBeLessThanOrEqual(Number(stated));
  expect(megabytes).toBeGreaterThan(Number(stated) * 0.8);
});

test('the links of the README lead to files of the package', async (context) => {
  needsRegistry(context);
  const root = join(installed.folder, 'node_modules/carillon');
  const links = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
  expect(links.length).toBeGreaterThan(10);
  expect(links.map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('what the manifest names is in the package, with types, and nothing of it is private', (context) => {
  needsRegistry(context);
  const root = join(installed.folder, 'node_modules/carillon');
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(manifest).not.toHaveProperty('private');
  const { './package.json': own, ...modules } = manifest.exports;
  const paths = Object.values<string>(modules).map((path) => path.replace('*', 'endpoints'));
  expect(paths).toHaveLength(3);
  const needed = [own, manifest.bin.carillon, 'LICENSE', 'README.md', 'CHANGELOG.md', 'SECURITY.md'];
  const types = paths.map((path) => path.replace(/[.]js$/, '.d.ts'));
  const units = [
    'deploy/systemd/carillon',
    'deploy/systemd/carillon.service',
    'deploy/prometheus/alerts.yml',
  ];
  const all = [...needed, ...paths, ...types, ...units];
  expect(all.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('the package exports the server, its configuration and the contract, with types', async (context) => {
  needsRegistry(context);
  writeFileSync(
    join(installed.folder, 'embed.ts'),
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
  await installed.run(tsc, [...flags, 'embed.ts']);
  const { stdout } = await installed.run('node', ['embed.js']);
  expect(stdout).toBe('0 function function\n');
});
