// Runs each sample as its users do: it accepts what is signed now with its secret, and nothing else. A language that is not
// installed is skipped, and the report says so.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, expect, test } from 'vitest';
import { buildPackage } from '../../scripts/build-packages.ts';

const folder = mkdtempSync(join(tmpdir(), 'carillon-receivers-'));
const running = new Set<ChildProcess>();
afterEach(() => {
  // A group: `go run` starts another process.
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  running.clear();
});
afterAll(() => rmSync(folder, { recursive: true }));

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const otherSecret = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const body = '{"type":"payment.paid","data":{"note":"é","amount":1.10}}';
const startMs = 150_000;

type Headers = Record<string, string>;

function signed(ageSeconds = 0, key = secret): Headers {
  const at = new Date(Date.now() - ageSeconds * 1000);
  return {
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(key).sign('evt_1', at, body),
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a receiver. Resolves when it listens, with a function that sends it a body and returns the status. */
async function start(command: string, args: (port: number) => string[], settings: Headers, cwd: string) {
  const port = await findFreePort();
  const env = { ...process.env, PORT: String(port), ...settings };
  const child = spawn(command, args(port), { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      // PHP says it in its own words.
      if (/ready|Development Server/.test(output)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', (code) => reject(new Error(`${command} ended with ${code}: ${output}`)));
  });
  const post = async (headers: Headers, text = body): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: text })).status;
  return { post, output: () => output };
}

const samples = [
  { language: 'Python', command: 'python3', version: '--version', args: () => ['receiver.py'] },
  {
    language: 'PHP',
    command: 'php',
    version: '--version',
    args: (port: number) => ['-S', `127.0.0.1:${port}`, 'receiver.php'],
  },
  { language: 'Go', command: 'go', version: 'version', args: () => ['run', 'receiver.go'] },
  { language: 'Java', command: 'java', version: '--version', args: () => ['Receiver.java'] },
  { language: 'Ruby', command: 'ruby', version: '--version', args: () => ['receiver.rb'] },
];

test.for(samples)('$language', { timeout: startMs }, async ({ command, version, args }, { skip }) => {
  skip(spawnSync(command, [version]).status !== 0, `${command} is not installed`);
  const { post, output } = await start(command, args, { SECRET: secret }, import.meta.dirname);
  expect(await post(signed())).toBe(204);
  await expect.poll(output).toContain(`received evt_1 ${body}`);
  const { 'webhook-signature': other = '' } = signed(0, otherSecret);
  const { 'webhook-signature': own = '' } = signed();
  expect(await post({ ...signed(), 'webhook-signature': `${other} ${own}` })).toBe(204);
  expect(await post({ ...signed(), 'webhook-signature': other })).toBe(400);
  expect(await post(signed(), `${body} `)).toBe(400);
  expect(await post(signed(400))).toBe(400);
  expect(await post(signed(-400))).toBe(400);
  expect(await post({ ...signed(), 'webhook-timestamp': 'now' })).toBe(400);
  expect(await post({})).toBe(400);
});

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const hmac = (algorithm: string): string => createHmac(algorithm, 'a secret').update(body).digest('hex');
const ofDialects = [
  { dialect: 'standard', secret, headers: signed },
  { dialect: 'diddo', secret, headers: signed },
  { dialect: 'calypso', secret: 'a secret', headers: () => ({ Key: 'k', Sign: hmac('sha512') }) },
  {
    dialect: 'chip',
    secret: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    headers: () => ({ 'X-Signature': sign('RSA-SHA256', Buffer.from(body), privateKey).toString('base64') }),
  },
  { dialect: 'spritz', secret: 'a secret', headers: () => ({ Signature: hmac('sha256') }) },
];

test('JavaScript, in every dialect', { timeout: startMs }, async () => {
  const installed = join(folder, 'node_modules/@carillon/verify');
  mkdirSync(installed, { recursive: true });
  await buildPackage('verify', join(installed, 'dist'));
  copyFileSync('packages/verify/package.json', join(installed, 'package.json'));
  copyFileSync(join(import.meta.dirname, 'receiver.js'), join(folder, 'receiver.mjs'));
  for (const { dialect, secret, headers } of ofDialects) {
    const settings = { SECRET: secret, DIALECT: dialect };
    const { post, output } = await start(process.execPath, () => ['receiver.mjs'], settings, folder);
    expect(await post(headers()), dialect).toBe(200);
    await expect.poll(output).toContain(body);
    expect(await post(headers(), `${body} `), dialect).toBe(400);
    expect(await post({}), dialect).toBe(400);
  }
});
