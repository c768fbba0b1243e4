// A full or failing disk, simulated by SQLite's own limits.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sql, StoreError } from '../sql.ts';
import { Database } from './database.ts';
import { migrateSqlite } from './index.ts';

let folder: string;
let db: Database;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-full-'));
  const path = join(folder, 'carillon.db');
  migrateSqlite(path);
  db = new Database(path);
});

afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

const write = (): number =>
  db.run(sql`insert or replace into metadata values ('large', ${'x'.repeat(100_000)})`);
const unavailable = expect.objectContaining({ code: 'unavailable', retryAfterSeconds: 1 });

test('a full disk is a transient fault', () => {
  db.script('pragma max_page_count = 1');
  expect(write).toThrow(unavailable);
  // Space for a small transaction is not enough to be ready.
  expect(db.run(sql`insert or replace into metadata values ('small', 'x')`)).toBe(1);
  expect(() => db.check()).toThrow(/disk is full/);
  db.script('pragma max_page_count = 1000000');
  expect(() => db.check()).not.toThrow();
  expect(db.get(sql`select value from metadata where name = 'room'`)).toBeUndefined();
  expect(write()).toBe(1);
});

test('the check fails while nothing can be written, and succeeds again by itself', () => {
  db.script('pragma query_only = on');
  // No transaction has been refused yet.
  expect(() => db.check()).not.toThrow();
  expect(write).toThrow(unavailable);
  expect(() => db.check()).toThrow(StoreError);
  db.script('pragma query_only = off');
  expect(() => db.check()).not.toThrow();
  expect(write()).toBe(1);
});
