// Postgres outages while the server runs: every request is answered within a time limit in the form of its dialect, /readyz names
// the cause, and the server recovers by itself without losing an event.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { dialects } from '#dialects/index.ts';
import { Fault } from '#core/fault.ts';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { type PostgresServer, runSql, startPostgres } from '../support/postgres.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

/** A request waits for the batch before its own, and for a new connection. */
const answerMs = 45_000;
/** Timeout of typical readiness probes. */
const probeMs = 5_000;

let postgres: PostgresServer;
let carillon: ServerProcess;
let client: ApiClient;
let receiver: Receiver;

beforeEach(async () => {
  postgres = await startPostgres();
  receiver = await startReceiver();
  const settings = {
    ...keySettings,
    DATABASE_URL: postgres.url,
    LOG_LEVEL: 'fatal',
    SHUTDOWN_TIMEOUT: '2s',
  };
  carillon = await startServer(temporaryFolder(), settings);
  client = createApiClient(carillon.url, carillon.adminKey);
  for (const { name } of dialects) await client.call('POST', '/tenants', { id: name, name, dialect: name });
  const endpoint = { url: `${receiver.url}/hook`, eventTypes: ['*'] };
  expect((await client.call('POST', '/tenants/standard/endpoints', endpoint)).status).toBe(201);
});

afterEach(async () => {
  await client.close();
  await carillon.kill();
  await receiver.close();
  await postgres.stop();
});

const outages = [
  {
    what: 'is killed',
    cause: /cannot be reached|no Postgres answers/,
    begin: () => postgres.crash(),
    end: () => postgres.start(),
  },
  {
    what: 'stands still, its connections open',
    cause: /has not answered for 3 seconds/,
    begin: () => postgres.freeze(),
    end: () => Promise.resolve(postgres.thaw()),
  },
];

describe.each(outages)('a Postgres that $what', ({ cause, begin, end }) => {
  test(
    'is reported by every answer; the server recovers and loses nothing',
    { timeout: 180_000 },
    async () => {
      const asked = await askAsEveryDialect();
      await publishUntilDelivered();
      const load = publishContinuously();
      await begin();
      const [probe, ...answers] = await Promise.all([
        readiness(),
        ...asked.map(({ path, headers, method }) => timed(path, headers, method)),
        timed('/admin/v1/tenants', asOperator()),
        timed('/healthz'),
      ]);
      expect(probe).toMatchObject({
        status: 503,
        body: { code: 'unavailable', detail: expect.stringMatching(cause) },
      });
      expect(probe?.tookMs).toBeLessThan(probeMs);
      expect(answers.pop()).toMatchObject({ status: 200 });
      expect(answers.pop()).toMatchObject({ status: 503, retryAfter: '1', body: { code: 'unavailable' } });
      const unavailable = new Fault('unavailable', 'x', { retryAfterSeconds: 1 });
      for (const [index, { name, faults }] of asking.entries()) {
        const form = faults.unavailable(unavailable, 'request-1');
        expect(answers[index]?.status, name).toBe(form.status);
        expect(answers[index]?.retryAfter, name).toBe('1');
        expect(Object.keys(answers[index]?.body ?? {}), name).toEqual(Object.keys(form.body ?? {}));
        expect(answers[index]?.tookMs, name).toBeLessThan(answerMs);
      }
      // A scrape tells it, and nothing of the database that cannot be known now.
      const askedAt = Date.now();
      const scraped = await (await fetch(`${carillon.url}/metrics`)).text();
      expect(Date.now() - askedAt).toBeLessThan(probeMs);
      expect(scraped).toMatch(/^carillon_database_usable 0$/m);
      expect(scraped).not.toMatch(/^carillon_(waiting|oldest_waiting_seconds) /m);
      await vi.waitFor(() => expect(load.refused).not.toEqual([]), { timeout: answerMs, interval: 100 });
      await end();
      await vi.waitFor(async () => expect(await readiness()).toMatchObject({ status: 200 }), {
        timeout: 30_000,
        interval: 200,
      });
      await publishUntilDelivered();
      const { accepted, slowestMs } = await load.stop();
      expect(new Set(load.refused)).toEqual(new Set([503]));
      expect(slowestMs).toBeLessThan(answerMs);
      await receiver.until(() => accepted.every((id) => received().has(id)));
    },
  );

  test('does not prevent a shutdown', { timeout: 120_000 }, async () => {
    await publishUntilDelivered();
    await begin();
    const startedAt = Date.now();
    expect(await carillon.terminate()).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(answerMs);
  });
});

test('the server reports a read-only Postgres, as after a failover, and recovers', async () => {
  await publishUntilDelivered();
  await runSql(postgres.url, 'alter database postgres set default_transaction_read_only = on');
  await cutConnections();
  expect(await publish('refused')).toBe(503);
  expect((await readiness()).body).toMatchObject({
    detail: expect.stringMatching(/is read-only.*primary/),
  });
  await runSql(
    postgres.url,
    'begin read write; alter database postgres reset default_transaction_read_only; commit',
  );
  // No connection is cut here: the server closes those that are read-only, each when it meets it.
  await vi.waitFor(
    async () => {
      expect(await publish('again')).toBe(202);
      expect(await readiness()).toMatchObject({ status: 200 });
    },
    { timeout: 20_000, interval: 100 },
  );
});

test('/readyz answers 503 when a newer version has migrated the schema', async () => {
  await runSql(postgres.url, `insert into migrations (number, name) values (9999, '9999-later')`);
  const { status, body } = await readiness();
  expect({ status, detail: body['detail'] }).toEqual({
    status: 503,
    detail: expect.stringMatching(/is at version 9999 .*use a newer Carillon/),
  });
});

interface Timed {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: Record<string, unknown>;
  readonly tookMs: number;
}

const asOperator = () => ({ authorization: `Bearer ${carillon.adminKey}` });

/** With its cause, which only the operator is told. */
const readiness = (): Promise<Timed> => timed('/readyz', asOperator());

async function timed(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Timed> {
  const startedAt = Date.now();
  const response = await fetch(`${carillon.url}${path}`, { method, headers });
  const body = (await response.json()) as Record<string, unknown>;
  const retryAfter = response.headers.get('retry-after');
  return { status: response.status, retryAfter, body, tookMs: Date.now() - startedAt };
}

const routes: Readonly<Record<string, string>> = {
  standard: '/v1/endpoints',
  calypso: '/api/v1/subscription/webhook/create',
  chip: '/api/v1/webhooks/',
  diddo: '/webhook',
};
/** Spritz refuses unsigned requests before it looks for a key. */
const asking = dialects.filter(({ name }) => routes[name] !== undefined);

interface Asked {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly method: string;
}

/** A request with credentials of each dialect. A wrong signature is found only after its key has been looked up. */
async function askAsEveryDialect(): Promise<Asked[]> {
  return Promise.all(
    asking.map(async ({ name }) => {
      const { body } = await client.call('POST', `/tenants/${name}/credentials`, { mode: 'live' });
      const headers: Record<string, string> =
        name === 'calypso'
          ? { key: body.key, sign: 'x' }
          : { authorization: `Bearer ${body.token ?? body.key}` };
      return { path: routes[name] ?? '', headers, method: name === 'calypso' ? 'POST' : 'GET' };
    }),
  );
}

async function publish(id: string): Promise<number> {
  const event = { id, type: 'order.paid', payload: { id } };
  return (await client.call('POST', '/tenants/standard/events', event)).status;
}

const received = (): Set<unknown> => new Set(receiver.requests.map(({ headers }) => headers['webhook-id']));
let published = 0;

async function publishUntilDelivered(): Promise<void> {
  const id = `one-${++published}`;
  expect(await publish(id)).toBe(202);
  await receiver.until(() => received().has(id));
}

/** Publishes until it is stopped. Returns the ids that were answered 202, and the other answers. */
function publishContinuously(): {
  readonly refused: readonly number[];
  stop(): Promise<{ accepted: string[]; slowestMs: number }>;
} {
  const refused: number[] = [];
  const outcome = { accepted: [] as string[], slowestMs: 0 };
  let isOn = true;
  const lanes = [1, 2, 3].map(async (lane) => {
    for (let n = 0; isOn; n++) {
      const startedAt = Date.now();
      const status = await publish(`load-${lane}-${n}`);
      outcome.slowestMs = Math.max(outcome.slowestMs, Date.now() - startedAt);
      if (status === 202) outcome.accepted.push(`load-${lane}-${n}`);
      else refused.push(status);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  const publishing = Promise.all(lanes);
  // A failure is thrown where it is stopped.
  publishing.catch(() => {});
  return {
    refused,
    async stop() {
      isOn = false;
      await publishing;
      return outcome;
    },
  };
}

async function cutConnections(): Promise<void> {
  await runSql(
    postgres.url,
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'carillon%'`,
  );
}
