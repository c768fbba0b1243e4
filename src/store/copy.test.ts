// A half-delivered world moves from a file to a server and continues there.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import type { TenantId } from '#core/tenant.ts';
import { live, result, start } from '../../test/contracts/store-world.ts';
import { shareDatabase } from '../../test/support/postgres-stores.ts';
import { runSql } from '../../test/support/postgres.ts';
import { fillSqlite, makePresentRows, rowTenant } from '../../test/support/store-rows.ts';
import { copyDatabase } from './copy.ts';
import { migrateSqlite, openSqliteStore } from './sqlite/index.ts';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';

const server = inject('postgresUrl');
const now = start + 1;

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-copy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'old.db');
}

/** A file in which every column of every table has a value other than its default. */
function fullFile(): string {
  const path = newFile();
  migrateSqlite(path);
  fillSqlite(path, makePresentRows(1));
  return path;
}

type Row = Record<string, unknown>;

function readFile(path: string, text: string): Row[] {
  const database = new DatabaseSync(path);
  const rows = database.prepare(text).all();
  database.close();
  return rows.map((row) => ({ ...row }));
}

/** The tables of the file, without those that only SQLite has. */
function listTables(path: string): string[] {
  const names = readFile(path, `select name from sqlite_schema where type = 'table' order by name`);
  return names
    .map((row) => String(row['name']))
    .filter(
      (name) =>
        !/^(sqlite_|migrations|filed|fan_outs|endpoint_types|\w+_by_(tenant|endpoint|type)$)/.test(name),
    );
}

const numbersPerDay = 2 ** 38;

/** A row of Postgres as the file has it; numbers of events without their day. */
function toFileRow(table: string, row: Row): Row {
  const entries = Object.entries(row).map(([name, value]): [string, unknown] => {
    if (name === 'event_seq' || (table === 'events' && name === 'seq')) {
      expect(Math.floor(Number(value) / numbersPerDay)).toBe(start / 86_400_000);
      return [name, Number(value) % numbersPerDay];
    }
    if (typeof value === 'boolean') return [name, value ? 1 : 0];
    // The driver gives numbers of 64 bits as text.
    if (name === 'durations') return [name, JSON.stringify((value as string[]).map(Number))];
    if (Array.isArray(value)) return [name, JSON.stringify(value)];
    return [name, value];
  });
  return Object.fromEntries(entries);
}

/** What the file lacks, and what the copy changes: claims end. */
function withoutServerColumns(table: string, row: Row): Row {
  const { claimed_by: claimedBy, owner, ...own } = row;
  expect([claimedBy ?? null, owner ?? null], table).toEqual([null, null]);
  return own;
}

function expectedOf(table: string, row: Row): Row {
  const { is_claimed: isClaimed, ...own } = row;
  if (table === 'deliveries_ended') {
    const { seq: _seq, ...rest } = own;
    return rest;
  }
  // The bounds of the sealed day, in the numbers of Postgres.
  if (table === 'archive') {
    const until = (start / 86_400_000) * numbersPerDay;
    return { ...own, events_after: until - numbersPerDay - 1, events_until: until };
  }
  if (table !== 'deliveries_waiting') return own;
  return { ...own, lease: Number(own['lease']) + 1, due_at: isClaimed === 1 ? now : own['due_at'] };
}

describe('a copy', () => {
  test('refuses a file with a publication that is not completely written', async () => {
    const path = newFile();
    migrateSqlite(path);
    const database = new DatabaseSync(path);
    database.exec(`insert into fan_outs (events, endpoints, written) values ('[]', '[]', 0)`);
    database.close();
    const copying = copyDatabase({ path, url: server, now, onProgress: () => {} });
    await expect(copying).rejects.toThrow(/not completely written; start the server on this file once/);
  });

  test('has every column of every row', async () => {
    const path = fullFile();
    const shared = await shareDatabase(server);
    const tables = listTables(path);
    for (const table of tables) {
      const columns = readFile(path, `select name, dflt_value from pragma_table_info('${table}')`);
      const rows = readFile(path, `select * from ${table}`);
      for (const { name, dflt_value: byDefault } of columns) {
        const values = rows.map((row) => row[String(name)]);
        const isTold = values.some(
          (value) => value !== null && `'${show(value)}'` !== byDefault && value !== 0,
        );
        expect(isTold, `${table}.${String(name)} needs a value in store-rows.ts`).toBe(true);
      }
    }
    const counts = await copyDatabase({ path, url: shared.url, now, onProgress: () => {} });
    expect(Object.keys(counts).toSorted()).toEqual(tables);
    for (const table of tables) {
      const expected = readFile(path, `select * from ${table} order by 1`).map((row) =>
        expectedOf(table, row),
      );
      const rows = await runSql(shared.url, `select * from ${table} order by 1`);
      const copied = rows.map((row) => toFileRow(table, withoutServerColumns(table, row)));
      expect(plain(copied), table).toEqual(plain(expected));
    }
    expect(await runSql(shared.url, 'select id, seq from event_ids order by id')).toEqual(
      await runSql(shared.url, 'select id, seq from events order by id'),
    );
  });

  test.each([
    ['the file', 'alter table endpoints add column later text', '', 'Postgres has no endpoints.later'],
    ['the file', 'create table later (id text)', '', 'Postgres has no later.id'],
    ['the server', '', 'alter table stats add column later text', 'SQLite has no stats.later'],
    ['the server', '', 'create table later (id text)', 'SQLite has no later.id'],
  ])('is refused when only %s has a column (%s%s)', async (_, inFile, inServer, message) => {
    const path = fullFile();
    const shared = await shareDatabase(server);
    readFile(path, inFile === '' ? 'select 1' : inFile);
    if (inServer !== '') await runSql(shared.url, inServer);
    const copied = copyDatabase({ path, url: shared.url, now, onProgress: () => {} });
    await expect(copied).rejects.toThrow(`the schemas differ (${message}); nothing was copied.`);
    expect(await runSql(shared.url, 'select 1 from tenants')).toEqual([]);
  });

  test('is refused while a server uses the file, and into a database that has rows', async () => {
    const path = fullFile();
    const shared = await shareDatabase(server);
    const copy = () => copyDatabase({ path, url: shared.url, now, onProgress: () => {} });
    const store = await openSqliteStore({ path, now, ids: createIdSource(systemRandom) });
    await expect(copy()).rejects.toThrow(/another Carillon process/);
    await store.close();
    await copy();
    await expect(copy()).rejects.toThrow(/not empty/);
  });

  test('keeps ids and ordering keys that Postgres has no text for', async () => {
    const path = fullFile();
    const shared = await shareDatabase(server);
    readFile(path, `update events set id = 'a' || char(0, 1), ordering_key = char(0) where id = 'e1'`);
    readFile(path, `update deliveries_waiting set ordering_key = char(0) where ordering_key is not null`);
    readFile(path, `update endpoints set description = 'b' || char(0)`);
    await copyDatabase({ path, url: shared.url, now, onProgress: () => {} });
    const { store } = await shared.world(now);
    const scope = live(rowTenant as TenantId);
    expect(await store.events.get(scope, 'a\0\u0001')).toMatchObject({ event: { orderingKey: '\0' } });
    const { items } = await store.deliveries.list(scope, { event: 'a\0\u0001' }, { limit: 9, cursor: null });
    expect(items.map(({ orderingKey }) => orderingKey)).toEqual(['\0', '\0']);
    expect(await store.endpoints.get(scope, { alias: 'mine' })).toMatchObject({ description: 'b\uFFFD' });
  });

  test('continues where the file stopped', async () => {
    const path = fullFile();
    const shared = await shareDatabase(server);
    const progress: number[] = [];
    await copyDatabase({
      path,
      url: shared.url,
      now,
      onProgress: ({ done, total }) => progress.push(done / total),
    });
    expect(progress.at(-1)).toBe(1);
    const world = await shared.world(now);
    const tenant = rowTenant as TenantId;
    const { due } = await world.store.deliveries.agenda(null, 9);
    const wanted = due.map(({ endpoint }) => ({ endpoint, count: 9 }));
    const claims = await world.store.deliveries.claim(wanted, now, 30_000);
    // What was being sent is due at once, to its disabled endpoint because it is redelivered.
    expect(claims.map(({ event, trigger }) => `${event.id} ${trigger}`).toSorted()).toEqual([
      'e1 replay',
      'e1 test',
    ]);
    const results = claims.map((claim) => result(claim));
    expect(await world.record(results, now)).toMatchObject({ stale: 0 });
    const draft = world.draft(tenant, { id: 'e1', payload: Buffer.from('{"number":1}'), orderingKey: 'key' });
    const { results: published } = await world.publish([draft, world.draft(tenant)], now);
    expect(published).toMatchObject([
      { kind: 'published', events: [{ isReplayed: true }] },
      { kind: 'published', events: [{ isReplayed: false }] },
    ]);
    const page = { limit: 50, cursor: null };
    expect(
      (await world.store.deliveries.list(live(tenant), { state: 'delivered' }, page)).items,
    ).toHaveLength(2);
    expect(await world.store.replays.listRunning()).toMatchObject([{ id: 'rpl_1', done: 6 }]);
  });
});

function plain(rows: readonly Row[]): unknown {
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, show(value)])),
  );
}

/** The drivers give buffers of other classes, and Postgres's numbers of 64 bits as text. */
function show(value: unknown): string | null {
  if (value === null || typeof value === 'string') return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : JSON.stringify(value);
}
