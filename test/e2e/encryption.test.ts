// Rotation of the encryption key: everything that is sealed is sealed anew, wherever it is, step by step, while secrets are
// rotated beside it, and the older key is needed until then and not after.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { countKeyUses } from '#app/key-check.ts';
import type { Keys } from '#app/keys.ts';
import { isSqlite, sqlitePath } from '#config.ts';
import { keyIdOf } from '#lib/seal.ts';
import { sealedColumns } from '#store/records/sealed.ts';
import { boot, type Harness, testKeys } from '../support/harness.ts';
import { runSql } from '../support/postgres.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const [old] = testKeys.encryptionKeys;
const newer = new Uint8Array(32).fill(2);
const keysOf = (...encryptionKeys: [Uint8Array, ...Uint8Array[]]): Keys => ({ ...testKeys, encryptionKeys });

let harness: Harness;
let receiver: Receiver;
beforeEach(async () => {
  harness = await boot();
  receiver = await startReceiver();
});
afterEach(async () => {
  await harness.close();
  await receiver.close();
});

interface Step {
  readonly examined: number;
  readonly resealed: number;
  readonly remaining: number;
  readonly nextCursor: string | null;
}

async function step(cursor: string | null): Promise<Step> {
  const query = cursor === null ? '' : `?cursor=${cursor}`;
  const { status, body } = await harness.admin('POST', `/encryption/rotate${query}`);
  expect(status).toBe(200);
  return body;
}

async function rotate(): Promise<Omit<Step, 'nextCursor'>> {
  const sum = { examined: 0, resealed: 0, remaining: 0 };
  for (let cursor: string | null = null; ;) {
    const { nextCursor, ...counts } = await step(cursor);
    sum.examined += counts.examined;
    sum.resealed += counts.resealed;
    sum.remaining += counts.remaining;
    if (nextCursor === null) return sum;
    cursor = nextCursor;
  }
}

/** All rows of all tables. */
async function readTables(): Promise<Map<string, Record<string, unknown>[]>> {
  const { databaseUrl } = harness.config;
  const ask = isSqlite(databaseUrl)
    ? readFile(sqlitePath(databaseUrl))
    : (text: string) => runSql(databaseUrl, text);
  const names = isSqlite(databaseUrl)
    ? `select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`
    : `select table_name as name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE'`;
  const tables = new Map<string, Record<string, unknown>[]>();
  for (const { name } of await ask(names))
    tables.set(String(name), await ask(`select * from "${String(name)}"`));
  return tables;
}

const readFile = (path: string) => async (text: string) => {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare(text).all();
  } finally {
    database.close();
  }
};

/** The columns with sealed texts. */
async function findSealed(): Promise<Set<string>> {
  const found = new Set<string>();
  for (const [table, rows] of await readTables()) {
    for (const [column, value] of rows.flatMap((row) => Object.entries(row))) {
      if (/(^|")v[12]\.([0-9a-f]{8}\.)?[\w+/]{37,}={0,2}("|$)/.test(textOf(value)))
        found.add(`${table}.${column}`);
    }
  }
  return found;
}

const textOf = (value: unknown): string =>
  value instanceof Uint8Array
    ? Buffer.from(value).toString()
    : typeof value === 'string'
      ? value
      : (JSON.stringify(value) ?? '');

/** One of each thing that is sealed. */
async function fill(): Promise<{
  readonly endpoint: string;
  readonly secret: string;
  readonly count: number;
}> {
  await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  await harness.admin('POST', '/tenants', { id: 'shared', name: 'Shared', dialect: 'spritz' });
  const made = await harness.admin('POST', '/tenants/acme/endpoints', {
    url: `${receiver.url}/hook`,
    eventTypes: ['*'],
    headers: [{ name: 'X-Key', value: 'header-value-4cc0a7b1d2e3', secret: true }],
  });
  const { id } = made.body;
  const rotated = await harness.admin('POST', `/tenants/acme/endpoints/${id}/rotate-secret`);
  await harness.admin('POST', '/tenants/shared/credentials', { mode: 'live' });
  await harness.admin('POST', '/tenants/shared/rotate-secret', { secret: 'a-secret-of-a-tenant-5f0e' });
  const via = { kind: 'chat', url: `${receiver.url}/chat` };
  await harness.admin('POST', '/alerts', { name: 'room', types: ['endpoint.disabled'], via });
  // Two signing secrets, one text of settings, one key pair, one secret of a tenant, one URL of a chat, one check.
  return { endpoint: id, secret: rotated.body.secret, count: 7 };
}

async function deliver(): Promise<number> {
  const before = receiver.requests.length;
  await harness.admin('POST', '/tenants/acme/events', { type: 'order.paid', payload: {} });
  await harness.turn();
  const [request] = receiver.requests.slice(before);
  expect(request?.headers['x-key']).toBe('header-value-4cc0a7b1d2e3');
  return receiver.requests.length - before;
}

describe('a rotation of the encryption key', () => {
  test('covers every column that has sealed texts, and the older key is needed no more', async () => {
    const { endpoint, secret, count } = await fill();
    expect([...(await findSealed())].toSorted()).toEqual(sealedColumns.toSorted());
    await expect(harness.restart(keysOf(newer))).rejects.toThrow(/is not the key of this database/);
    await harness.restart(keysOf(newer, old));
    expect(await deliver()).toBe(1);
    expect(await rotate()).toMatchObject({ resealed: 6, remaining: 0 });
    const config = { ...harness.config, encryptionKeys: [newer, old] as const };
    const uses = [
      { id: keyIdOf(newer), isGiven: true, isNewest: true, count },
      { id: keyIdOf(old), isGiven: true, isNewest: false, count: 0 },
    ];
    expect(await countKeyUses(config)).toEqual(uses);
    expect((await rotate()).resealed).toBe(0);
    await harness.restart(keysOf(newer));
    expect(await deliver()).toBe(1);
    const reveal = await harness.admin('POST', `/tenants/acme/endpoints/${endpoint}/secret/reveal`);
    expect(reveal.body.secret).toBe(secret);
    const ofTenant = await harness.admin('POST', '/tenants/shared/secret/reveal', { mode: 'live' });
    expect(ofTenant.body.secret).toBe('a-secret-of-a-tenant-5f0e');
    await expect(harness.restart(keysOf(old))).rejects.toThrow(/is not the key of this database/);
    await harness.restart(keysOf(newer));
    const { body } = await harness.admin('GET', '/audit?command=rotateEncryption');
    expect(body.data.map((entry: { after: object }) => entry.after)).toContainEqual({ resealed: 1 });
  });

  test('that ends in the middle goes on with the next, and a start without the older key is refused until then', async () => {
    await fill();
    await harness.restart(keysOf(newer, old));
    const first = await step(null);
    expect(first.resealed).toBe(1);
    await expect(harness.restart(keysOf(newer))).rejects.toThrow(/is not the key of this database/);
    await harness.restart(keysOf(newer, old));
    expect(await deliver()).toBe(1);
    expect(await rotate()).toMatchObject({ resealed: 5, remaining: 0 });
    await harness.restart(keysOf(newer));
    expect(await deliver()).toBe(1);
  });

  test('loses no secret that is rotated at the same time', async () => {
    const { endpoint } = await fill();
    const ids = [endpoint];
    for (let n = 0; n < 150; n++) {
      const made = await harness.admin('POST', '/tenants/acme/endpoints', {
        url: `${receiver.url}/${n}`,
        eventTypes: ['x'],
      });
      ids.push(made.body.id);
    }
    await harness.restart(keysOf(newer, old));
    const secrets = new Map<string, string>();
    const rotateSecrets = async (): Promise<void> => {
      for (const id of ids) {
        const path = `/tenants/acme/endpoints/${id}/rotate-secret`;
        secrets.set(id, (await harness.admin('POST', path, { overlapSeconds: 60 })).body.secret);
      }
    };
    const [, one, two] = await Promise.all([rotateSecrets(), rotate(), rotate()]);
    expect(one.remaining + two.remaining).toBe(0);
    expect((await rotate()).remaining).toBe(0);
    await harness.restart(keysOf(newer));
    for (const [id, secret] of secrets) {
      const { body } = await harness.admin('POST', `/tenants/acme/endpoints/${id}/secret/reveal`);
      expect(body.secret).toBe(secret);
    }
  });

  test('leaves what no key opens, and then the check of the key as well', async () => {
    const { endpoint } = await fill();
    const other = keysOf(new Uint8Array(32).fill(3), old);
    await harness.restart(other);
    await harness.admin('POST', `/tenants/acme/endpoints/${endpoint}/rotate-secret`);
    await harness.restart(keysOf(newer, old));
    const { remaining } = await rotate();
    expect(remaining).toBeGreaterThan(0);
    await expect(harness.restart(keysOf(newer))).rejects.toThrow(/is not the key of this database/);
    await harness.restart(keysOf(newer, old, new Uint8Array(32).fill(3)));
    expect(await rotate()).toMatchObject({ remaining: 0 });
    await harness.restart(keysOf(newer));
    expect(await deliver()).toBe(1);
  });

  test('refuses a cursor that it has not given', async () => {
    expect((await harness.admin('POST', '/encryption/rotate?cursor=abc')).body.code).toBe('cursor_invalid');
  });
});

/** Each of them seals what one of `sealedColumns` stores, or memory alone; `fill` makes one of each. */
const sealers = [
  'app/database.ts',
  'commands/alerts.ts',
  'commands/credentials.ts',
  'commands/secret-pool.ts',
  'commands/settings.ts',
  'commands/tenant-secrets.ts',
  'core/secrets.ts',
  'lib/seal.ts',
];

test('whoever seals something is known: name its column in store/records/sealed.ts, and make one above', () => {
  const folder = join(import.meta.dirname, '../../src');
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /(?<![.]test)[.]ts$/.test(file))
    .filter((file) => /\bseal\.close\(/.test(readFileSync(join(folder, file), 'utf8')));
  expect(found.toSorted()).toEqual(sealers);
});
