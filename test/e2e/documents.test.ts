// Runs the shell commands and the programs of every page of the documentation, in the order in which they stand, against one
// server. The tenant `acme` of each page is one of its own. It has an endpoint in each mode, and an event was published for it,
// unless the page creates the tenant itself.
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mainFile } from '../support/bundle.ts';
import { temporaryFolder } from '../support/harness.ts';
import { type Block, pages, readBlocks } from '../support/markdown.ts';
import { toScript } from '../support/page-script.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { type SmtpServer, startSmtpServer } from '../support/smtp-server.ts';

const root = join(import.meta.dirname, '../..');
const folder = temporaryFolder();
let server: ServerProcess;
let receiver: Receiver;
let mail: SmtpServer;

beforeAll(async () => {
  receiver = await startReceiver();
  mail = await startSmtpServer();
  server = await startServer(folder, {
    CARILLON_SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
    CARILLON_MAIL_FROM: 'carillon@platform.example',
  });
  mkdirSync(join(folder, 'bin'));
  for (const [name, command] of Object.entries({ carillon: '', npx: 'shift\n' })) {
    const file = join(folder, 'bin', name);
    writeFileSync(file, `#!/bin/sh\n${command}exec '${process.execPath}' '${mainFile()}' "$@"\n`);
    chmodSync(file, 0o755);
  }
});

afterAll(async () => {
  expect(await server.terminate()).toBe(0);
  await receiver.close();
  await mail.close();
  rmSync(folder, { recursive: true });
});

const run = pages.filter((page) => blocksOf(page, 'sh').length > 0);

test.each(run)('the commands of %s', async (page) => {
  const blocks = blocksOf(page, 'sh');
  const printed = await prepare(page, blocks);
  const script = toScript(blocks, { server: server.url, receiver: receiver.url, tenant: tenantOf(page) });
  const { code, text } = await runShell(page, script, printed);
  expect(code, text).toBe(0);
});

const programs = pages.filter((page) => programOf(page) !== '');

test.each(programs)('the program of %s', async (page) => {
  const printed = await prepare(page, []);
  const file = join(folder, `${tenantOf(page)}.ts`);
  writeFileSync(file, toModule(page));
  const { code, text } = await runShell(page, `'${process.execPath}' '${file}'`, printed);
  expect(code, text).toBe(0);
});

function programOf(page: string): string {
  return [...blocksOf(page, 'js'), ...blocksOf(page, 'ts')].map(({ text }) => text).join('\n');
}

function blocksOf(page: string, language: string): readonly Block[] {
  return readBlocks(page).filter((block) => block.language === language && block.info === '');
}

function tenantOf(page: string): string {
  return `acme-${pages.indexOf(page)}`;
}

/** Packages are those of this tree, and the server is that of the test. */
function toModule(page: string): string {
  return programOf(page)
    .replaceAll(/\bacme\b/g, tenantOf(page))
    .replaceAll(
      /'@carillon\/(client|verify)'/g,
      (_name, name: string) => `'${root}/packages/${name}/src/${name}.ts'`,
    )
    .replaceAll(
      /'@carillon\/verify\/(\w+)'/g,
      (_name, name: string) => `'${root}/packages/verify/src/${name}.ts'`,
    )
    .replaceAll(/https?:\/\/(127\.0\.0\.1:8480|hooks\.example(\.com)?)/g, server.url);
}

/** Returns what the page is to know of what is there: the ids. */
async function prepare(page: string, blocks: readonly Block[]): Promise<string> {
  const work = join(folder, page.replaceAll('/', '-'));
  mkdirSync(join(work, 'data'), { recursive: true });
  writeFileSync(join(work, 'data/admin.key'), server.adminKey, { mode: 0o600 });
  if (blocks.some(({ text }) => /"id":"acme"|tenants create Acme|--id acme/.test(text))) return '';
  const tenant = tenantOf(page);
  if (programs.includes(page) && blocks.length === 0 && run.includes(page)) return '';
  await call('POST', '/tenants', { id: tenant, name: 'Acme', dialect: 'standard' });
  const endpoint = { url: `${receiver.url}/hook`, eventTypes: ['*'] };
  const trial = await call('POST', `/tenants/${tenant}/endpoints`, { ...endpoint, mode: 'test' });
  const live = await call('POST', `/tenants/${tenant}/endpoints`, endpoint);
  const seen = receiver.requests.length;
  const event = { type: 'payment.paid', payload: { amount: 1050 } };
  const published = await call('POST', `/tenants/${tenant}/events`, event);
  await receiver.until(() => receiver.requests.length > seen);
  return [trial, live, published, await call('GET', `/tenants/${tenant}/deliveries`)].join('\n');
}

async function call(method: string, path: string, body?: unknown): Promise<string> {
  const response = await fetch(`${server.url}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${server.adminKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.status, text).toBeLessThan(300);
  return text;
}

/** Runs in a folder of the page, without the settings of this process. */
async function runShell(page: string, script: string, printed: string) {
  const work = join(folder, page.replaceAll('/', '-'));
  const out = join(work, 'printed.txt');
  writeFileSync(out, `${printed}\n`);
  const environment = {
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
    HOME: work,
    OUT: out,
    CARILLON_SERVER: server.url,
    CARILLON_ADMIN_KEY: server.adminKey,
    CI_JOB_ID: '7',
    WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    // Most of the time of a command would be reading its sources.
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
  };
  const child = spawn('bash', ['-c', `exec >>"$OUT" 2>&1\n${script}`], {
    cwd: work,
    env: environment,
    stdio: 'ignore',
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, text: readFileSync(out, 'utf8').slice(printed.length).slice(-4000) };
}
