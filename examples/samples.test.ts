// Runs every sample as its users do. A server signs deliveries in each dialect; the receiver of each language accepts them as
// they arrive and refuses what is changed, old or of another secret; each publisher publishes. What is not installed is skipped,
// and the report says so.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialects } from '#dialects/index.ts';
import { findFreePort } from '../test/support/free-port.ts';
import { type ApiClient, createApiClient } from '../test/support/api-client.ts';
import { type Received, type Receiver, startReceiver } from '../test/support/receiver.ts';
import { type Program, type SampleLanguage, sampleLanguages } from '../test/support/sample-programs.ts';
import { type ServerProcess, startServer } from '../test/support/server-process.ts';

const execute = promisify(execFile);
const buildMs = 300_000;

/** A tenant with one endpoint, and a delivery that the server made for it. */
interface Signed {
  readonly tenant: string;
  readonly endpoint: string;
  /** What its receiver verifies with: the secret, or the public key. */
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

let folder: string;
let server: ServerProcess;
let client: ApiClient;
let receiver: Receiver;
/** By dialect: a tenant, and another one with another secret. */
const signed = new Map<string, { readonly own: Signed; readonly other: Signed }>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-samples-'));
  server = await startServer(folder);
  client = createApiClient(server.url, server.adminKey, 4);
  receiver = await startReceiver();
  for (const { name } of dialects) {
    signed.set(name, { own: await createTenant(name, name), other: await createTenant(`${name}-2`, name) });
  }
  await client.call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  const endpoint = { url: `${receiver.url}/published`, eventTypes: ['payment.succeeded'] };
  await client.call('POST', '/tenants/acme/endpoints', endpoint);
});

afterAll(async () => {
  await client.close();
  await receiver.close();
  await server.terminate();
  rmSync(folder, { recursive: true });
});

describe.each(sampleLanguages)('$name', (language) => {
  const missing = language.missing();
  const own = join(tmpdir(), `carillon-samples-${process.pid}-${language.name.replaceAll(/\W/g, '')}`);
  let running: RunningReceiver;

  beforeAll(async () => {
    if (missing !== null) return;
    mkdirSync(own, { recursive: true });
    for (const step of (await language.build?.(own)) ?? []) await run(step);
    running = await start(language, own);
  }, buildMs);

  afterAll(() => {
    running?.stop();
    rmSync(own, { recursive: true, force: true });
  });

  test.for(dialects.map(({ name }) => name))('verifies %s', async (dialect, { skip }) => {
    skip(missing !== null, missing ?? '');
    const reason = language.missingFor?.(dialect) ?? null;
    skip(reason !== null, reason ?? '');
    const { own: given, other } = signed.get(dialect) ?? fail(dialect);

    expect(await deliver(given, `${running.url}/${dialect}`)).toEqual({
      state: 'delivered',
      lastStatus: 200,
    });
    await expect.poll(running.output).toContain(`received ${dialect} {`);

    const send = (headers: Signed['headers'], body: string | Buffer = given.body): Promise<number> =>
      running.post(`/${dialect}`, headers, body);
    expect(await send(given.headers)).toBe(200);
    expect(await send(given.headers, changeOneByte(given.body)), 'a changed byte').toBe(400);
    expect(await send(given.headers, `${given.body}\n`), 'a byte more').toBe(400);
    expect(await send(other.headers, other.body), 'another secret').toBe(400);
    for (const name of signatureNames(given.headers)) {
      const { [name]: _, ...rest } = given.headers;
      expect(await send(rest), `without ${name}`).toBe(400);
      expect(await send({ ...rest, [name]: 'AAAA' }), `another ${name}`).toBe(400);
    }
    if (given.headers['webhook-id'] === undefined) return;

    expect(await send(signAgain(given, -400)), 'too old').toBe(400);
    expect(await send(signAgain(given, 400)), 'too far ahead').toBe(400);
    expect(await send(signAgain(given, -200)), 'late').toBe(200);
    const rotated = `${other.headers['webhook-signature']} ${given.headers['webhook-signature']}`;
    expect(await send({ ...given.headers, 'webhook-signature': rotated }), 'two signatures').toBe(200);
  });

  test('publishes', async ({ skip }) => {
    skip(missing !== null, missing ?? '');
    const order = 1000 + sampleLanguages.indexOf(language);
    const sample = language.publish(own);
    const environment = { CARILLON_URL: server.url, CARILLON_KEY: server.adminKey };
    const answer = JSON.parse(await run(sample, [`${order}`], environment));
    expect(answer).toMatchObject({ id: `order-${order}-paid`, deliveries: 1 });
    const arrived = (): Received[] =>
      receiver.requests.filter(({ headers }) => headers['webhook-id'] === `order-${order}-paid`);
    await receiver.until(() => arrived().length > 0);
    const { data } = JSON.parse(arrived()[0]?.body ?? '');
    expect(data).toEqual({ order, amount: '12.50', currency: 'EUR' });

    // The same again publishes nothing; a wrong key is an error of the program.
    await run(sample, [`${order}`], environment);
    const { body } = await client.call('GET', `/tenants/acme/deliveries?event=order-${order}-paid`);
    expect(body.data).toHaveLength(1);
    const wrong = { ...environment, CARILLON_KEY: 'cak_wrong' };
    await expect(run(sample, [`${order}`], wrong)).rejects.toThrow(/401/);
  });
});

/** A tenant of a dialect with one endpoint, and the delivery of a sample event, as it arrived. */
async function createTenant(id: string, dialect: string): Promise<Signed> {
  const call = async (path: string, body: unknown, method = 'POST') => {
    const { status, body: answer } = await client.call(method, path, body);
    if (status >= 300) throw new Error(`${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  };
  await call('/tenants', { id, name: id, dialect });
  const path = `/${id}-captured`;
  const created = await call(`/tenants/${id}/endpoints`, { url: receiver.url + path, eventTypes: ['*'] });
  const secret =
    created.attributes.public_key ??
    created.secret ??
    (await call(`/tenants/${id}/rotate-secret`, {})).secret;
  await call(`/tenants/${id}/events`, sampleOf(dialect));
  const find = (): Received | undefined => receiver.requests.find((request) => request.path === path);
  await receiver.until(() => find() !== undefined);
  const { headers, body } = find() ?? fail(id);
  const { host: _, connection: __, 'content-length': ___, ...own } = headers;
  return { tenant: id, endpoint: created.id, secret, headers: own as Record<string, string>, body };
}

function sampleOf(dialect: string): unknown {
  const [sample] = dialects.find(({ name }) => name === dialect)?.events.samples ?? [];
  return dialect === 'standard' ? { type: 'payment.paid', payload: { note: 'Zoë’s', amount: 1.5 } } : sample;
}

/** Lets the server deliver an event to `url`. Returns what became of it. */
async function deliver({ tenant, endpoint }: Signed, url: string) {
  const { status } = await client.call('PATCH', `/tenants/${tenant}/endpoints/${endpoint}`, { url });
  expect(status).toBe(200);
  const { dialect } = (await client.call('GET', `/tenants/${tenant}`)).body;
  const { id } = (await client.call('POST', `/tenants/${tenant}/events`, sampleOf(dialect))).body;
  const read = async () =>
    (await client.call('GET', `/tenants/${tenant}/deliveries?event=${id}`)).body.data[0];
  await expect.poll(async () => (await read()).attemptCount, { timeout: 20_000 }).toBe(1);
  const { state, lastStatus } = await read();
  return { state, lastStatus };
}

function changeOneByte(body: string): Buffer {
  const bytes = Buffer.from(body);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  return bytes;
}

function signatureNames(headers: Signed['headers']): readonly string[] {
  const all = ['webhook-id', 'webhook-timestamp', 'webhook-signature', 'sign', 'x-signature', 'signature'];
  return all.filter((name) => headers[name] !== undefined);
}

/** The headers as if the delivery had been signed at another time. */
function signAgain({ secret, headers, body }: Signed, offsetSeconds: number): Signed['headers'] {
  const at = new Date(Date.now() + offsetSeconds * 1000);
  return {
    ...headers,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(headers['webhook-id'] ?? '', at, body),
  };
}

interface RunningReceiver {
  readonly url: string;
  readonly post: (path: string, headers: Signed['headers'], body: string | Buffer) => Promise<number>;
  readonly output: () => string;
  readonly stop: () => void;
}

/** Resolves when the receiver of the language listens. */
async function start(language: SampleLanguage, own: string): Promise<RunningReceiver> {
  const port = await findFreePort();
  const { command, args, cwd } = language.receiver(own, port);
  const secrets = [...signed].map(([dialect, given]) => [
    `${dialect.toUpperCase()}_SECRET`,
    given.own.secret,
  ]);
  const env = {
    ...process.env,
    LC_ALL: 'C.UTF-8',
    PYTHONDONTWRITEBYTECODE: '1',
    PORT: String(port),
    ...Object.fromEntries(secrets),
  };
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = await untilReady(child, command);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    post: async (path, headers, body) => (await fetch(url + path, { method: 'POST', headers, body })).status,
    output,
    stop: () => child.kill('SIGKILL'),
  };
}

function untilReady(child: ChildProcess, command: string): Promise<() => string> {
  let output = '';
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      // PHP says it in its own words.
      if (/ready|Development Server/.test(output)) resolve(() => output);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${command} ended with ${code}: ${output}`)));
  });
}

/** Runs a program to its end. Resolves with its output; rejects with its errors when it fails. */
async function run(
  { command, args, cwd }: Program,
  more: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const env = { ...process.env, ...environment };
  try {
    return (await execute(command, [...args, ...more], { cwd, env })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

function fail(name: string): never {
  throw new Error(`there is no delivery of ${name}`);
}
