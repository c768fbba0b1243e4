// Test harness: the whole server on a temporary database, built and not running. The test steps it, with a fake clock.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { pino } from 'pino';
import { inject } from 'vitest';
import { type Api, buildApi } from '#app/api.ts';
import { withReader } from '#app/backend.ts';
import { buildEngine, type Engine as Delivery } from '#app/engine.ts';
import type { Keys } from '#app/keys.ts';
import { answer, connect, engineCalls, type RemoteEngine } from '#app/line.ts';
import { startReader } from '#app/reader.ts';
import type { World } from '#app/world.ts';
import { type Config, readConfig } from '#config.ts';
import { dialects } from '#dialects/index.ts';
import { systemRandom } from '#lib/random.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { checkResponse } from './openapi-check.ts';
import { createDatabase, templateName } from './postgres.ts';

export const testKeys: Keys = {
  adminKeys: ['cak_test_0123456789abcdefghij'],
  encryptionKeys: [new Uint8Array(32).fill(1)],
  isFirstStart: false,
};

/** The keys as settings. */
export const keySettings = {
  CARILLON_ADMIN_KEY: testKeys.adminKeys[0],
  CARILLON_ENCRYPTION_KEY: Buffer.from(testKeys.encryptionKeys[0]).toString('base64'),
};

export interface Answered<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T;
  readonly headers: Record<string, unknown>;
}

export interface Harness {
  readonly engine: Engine;
  readonly clock: FakeClock;
  readonly config: Config;
  readonly folder: string;
  /** Calls the admin API (`path` after /admin/v1); validates the answer against the served OpenAPI document. */
  admin<T = any>(method: string, path: string, body?: unknown): Promise<Answered<T>>;
  /** Calls any other route, with a bearer token when given. */
  call<T = any>(method: string, path: string, options?: CallOptions): Promise<Answered<T>>;
  /** Runs turns of the engine until nothing is due now. */
  turn(): Promise<void>;
  /** Closes the server and opens it on the same database, with the same keys or others. */
  restart(other?: Keys): Promise<void>;
  close(): Promise<void>;
}

interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export function testConfig(folder: string, flags: Record<string, string> = {}): Config {
  return readConfig(
    {},
    {
      DATABASE_URL: `sqlite:${join(folder, 'carillon.db')}`,
      CARILLON_ALLOW_TARGETS: '127.0.0.0/8,::1/128',
      PORT: '0',
      LOG_LEVEL: 'silent',
      LOG_FORMAT: 'json',
      // Tests ask for much at one instant.
      CARILLON_ENDPOINTS_PER_MINUTE: '1000000',
      CARILLON_TESTS_PER_MINUTE: '1000000',
      CARILLON_REDELIVERIES_PER_MINUTE: '1000000',
      CARILLON_READS_PER_MINUTE: '1000000',
      CARILLON_REQUESTS_PER_MINUTE: '1000000',
      CARILLON_REQUESTS_PER_SECOND: '1000000',
      CARILLON_AUTH_FAILURES_PER_MINUTE: '1000000',
      ...flags,
    },
  );
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'carillon-'));
}

/** `partitions`: Postgres, three databases. */
export type StoreKind = 'sqlite' | 'postgres' | 'partitions';
let storeOfFile: StoreKind = 'sqlite';

/** Sets the store of everything that this test file boots. Called before a suite is imported that then runs on that store. */
export function useStore(kind: StoreKind): void {
  storeOfFile = kind;
}

/** API and engine in one thread. Every message between them is cloned, as it is between threads. */
export interface Engine extends Delivery, Pick<Api, 'http'> {}

async function build(config: Config, world: World, keys = testKeys): Promise<Engine> {
  const delivery = await buildEngine(config, keys, world);
  const { port1, port2 } = new MessageChannel();
  const unused = () => Promise.reject(new Error('a test steps the engine itself'));
  const reader = await startReader(config, keys, world);
  const flushStats = (): Promise<void> => delivery.flushStats();
  const remote = { ...delivery.backend, flushStats, pause: unused, stop: unused };
  answer(port2, Promise.resolve(withReader(remote, reader)));
  const api = await buildApi(config, keys, await connect<RemoteEngine>(port1, engineCalls), world);
  return {
    ...delivery,
    http: api.http,
    async close() {
      await api.close();
      port1.close();
      await reader.stop();
      await delivery.close();
    },
  };
}

export async function boot(
  flags: Record<string, string> = {},
  world: Partial<World> = {},
  kind = storeOfFile,
  keys = testKeys,
): Promise<Harness> {
  const folder = temporaryFolder();
  const names = { sqlite: [], postgres: [''], partitions: ['', 'b', 'c'] }[kind];
  const databases = await Promise.all(names.map(() => createDatabase(inject('postgresUrl'), templateName)));
  const [database, ...others] = databases;
  const shared =
    database === undefined
      ? {}
      : {
          DATABASE_URL: database.url,
          CARILLON_PARTITIONS: others.map(({ url }, index) => `${names[index + 1]}=${url}`).join(),
          CARILLON_DATABASE_POOL: '4',
          ...keySettings,
        };
  const config = testConfig(folder, { ...shared, ...flags });
  const clock = createFakeClock();
  const outside: World = { clock, random: systemRandom, log: pino({ level: 'silent' }), dialects, ...world };
  let engine = await build(config, outside, keys);
  let openapi: unknown = null;

  const call = async (method: string, path: string, { token, body, headers }: CallOptions = {}) => {
    const response = await engine.http.inject({
      method: method as 'GET',
      url: path,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const parsed: unknown = response.body === '' ? null : JSON.parse(response.body);
    return { status: response.statusCode, body: parsed as any, headers: response.headers };
  };

  return {
    get engine() {
      return engine;
    },
    clock,
    config,
    folder,
    call,
    async admin(method, path, body) {
      openapi ??= (await call('GET', '/openapi.json')).body;
      const answered = await call(method, `/admin/v1${path}`, { token: keys.adminKeys[0], body });
      checkResponse(openapi, method, `/admin/v1${path}`, answered.status, answered.body);
      return answered;
    },
    async turn() {
      do {
        await engine.worker.settled();
      } while ((await engine.worker.tick()) > 0);
      await engine.worker.settled();
    },
    async restart(other = keys) {
      await engine.close();
      engine = await build(config, outside, other);
    },
    async close() {
      await engine.close();
      await Promise.all(databases.map((one) => one.drop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
