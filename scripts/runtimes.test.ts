// @carillon/client and @carillon/verify where their READMEs say that they work: the Node of the machine, Bun, Deno, and a worker
// (workerd). What is not installed is skipped.
import { execFile, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { installBuiltPackages } from '../test/support/built-packages.ts';
import { findFreePort } from '../test/support/free-port.ts';
import { startReceiver } from '../test/support/receiver.ts';

const run = promisify(execFile);
const folder = await installBuiltPackages();
const receiver = await startReceiver();
receiver.answer = ({ path }) => {
  if (path.endsWith('/events')) return { status: 202, body: '{"id":"evt_1","deliveries":1}' };
  const problem = {
    type: 'about:blank',
    title: 'Not found',
    status: 404,
    code: 'not_found',
    detail: 'no such tenant',
  };
  const headers = { 'content-type': 'application/problem+json' };
  return { status: 404, headers, body: JSON.stringify(problem) };
};

const body = '{"a":1}';
const signature = createHmac('sha256', 's').update(body).digest('hex');

/** Uses nothing but what every runtime has. */
const source = `
  import { CarillonError, createClient } from '@carillon/client';
  import { createVerifier } from '@carillon/verify';
  import { receive } from '@carillon/verify/web';

  export async function use() {
    const client = createClient({ server: '${receiver.url}', key: 'cak_1' });
    const { deliveries } = await client.publish('acme', { type: 'a', payload: {} });
    const problem = await client.call('getTenant', { params: { tenant: 'none' } }).catch((error) => error);
    const verifier = createVerifier({ dialect: 'spritz', secret: 's' });
    const bodies = [];
    const handle = receive(verifier, (delivery) => void bodies.push(delivery.json().a));
    const send = (body) =>
      handle(new Request('http://receiver.example', { method: 'POST', headers: { signature: '${signature}' }, body }));
    const statuses = [(await send('${body}')).status, (await send('{}')).status];
    const isProblem = problem instanceof CarillonError ? problem.code : String(problem);
    return JSON.stringify({ deliveries, isProblem, bodies, statuses });
  }`;
const expected = { deliveries: 1, isProblem: 'not_found', bodies: [1], statuses: [200, 400] };

writeFileSync(join(folder, 'use.js'), source);
writeFileSync(join(folder, 'main.js'), "import { use } from './use.js';\nconsole.log(await use());");

beforeEach(() => {
  receiver.requests.length = 0;
});

afterAll(async () => {
  await receiver.close();
  rmSync(folder, { recursive: true });
});

const folders = (process.env['PATH'] ?? '').split(delimiter);
const find = (name: string, within = folders): string | null =>
  within.map((each) => join(each, name)).find((path) => existsSync(path)) ?? null;

/** The Node of the machine, when it is another one than that which runs the tests. */
async function findOtherNode(): Promise<string | null> {
  const path = find(
    'node',
    folders.filter((each) => !each.includes('node_modules')),
  );
  if (path === null) return null;
  const { stdout } = await run(path, ['--version']);
  return Number(/\d+/.exec(stdout)?.[0]) >= 20 && stdout.trim() !== process.version ? path : null;
}

test.for([
  { name: 'another Node', path: await findOtherNode(), flags: [] },
  { name: 'Bun', path: find('bun'), flags: ['run'] },
  {
    name: 'Deno',
    path: find('deno'),
    flags: ['run', '--node-modules-dir=manual', '--allow-net', '--no-lock'],
  },
])('$name publishes, and verifies what it receives', async ({ name, path, flags }, { skip }) => {
  const program = path ?? skip(`${name} is not installed`);
  const { stdout } = await run(program, [...flags, 'main.js'], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual(expected);
  expect(receiver.requests[0]?.path).toBe('/admin/v1/tenants/acme/events');
});

test('CommonJS programs require the verifier', async ({ skip }) => {
  const node = (await findOtherNode()) ?? skip('the machine has no other Node from 20 on');
  const script = "console.log(typeof require('@carillon/verify').createVerifier)";
  writeFileSync(join(folder, 'main.cjs'), script);
  expect((await run(node, ['main.cjs'], { cwd: folder })).stdout).toBe('function\n');
});

/** One file, as workers are deployed, and what workerd needs to serve it. */
async function writeWorker(port: number): Promise<void> {
  const worker =
    "import { use } from './use.js';\nexport default { fetch: async () => new Response(await use()) };";
  writeFileSync(join(folder, 'worker-source.js'), worker);
  const bundle = await rolldown({ input: join(folder, 'worker-source.js'), platform: 'browser' });
  await bundle.write({ file: join(folder, 'worker.js') });
  const config = `
    using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [
        (name = "worker", worker = .worker),
        (name = "internet", network = (allow = ["private"])),
      ],
      sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "worker")],
    );
    const worker :Workerd.Worker = (
      modules = [(name = "worker", esModule = embed "worker.js")],
      compatibilityDate = "2026-01-01",
    );`;
  writeFileSync(join(folder, 'worker.capnp'), config);
}

test('a worker publishes, and verifies what it receives', async ({ skip, onTestFinished }) => {
  const workerd = find('workerd') ?? skip('workerd is not installed');
  const port = await findFreePort();
  await writeWorker(port);
  const server = spawn(workerd, ['serve', 'worker.capnp'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(() => void server.kill('SIGKILL'));
  const ask = () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      (answer) => answer.text(),
      () => null,
    );
  await expect.poll(ask, { timeout: 20_000 }).not.toBeNull();
  expect(JSON.parse((await ask()) ?? '')).toEqual(expected);
  expect(receiver.requests[0]?.path).toBe('/admin/v1/tenants/acme/events');
});
