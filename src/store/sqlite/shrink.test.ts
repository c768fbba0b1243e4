// The file after retention: it gives back what is free, in steps, and keeps a reserve.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { openWorld, result, start, type World } from '../../../test/contracts/store-world.ts';
import { backupSqlite } from './backup.ts';
import { openSqliteStore } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'carillon-shrink-'));
afterAll(() => rmSync(folder, { recursive: true }));
const day = 86_400_000;
const kept = 100;

async function openAt(path: string, freePagesKept = kept): Promise<World> {
  return openWorld(async ({ ids, now }) => {
    const store = await openSqliteStore({ path, ids, now, freePagesKept });
    return { store, close: () => store.close(), reopen: () => Promise.reject(new Error('not here')) };
  });
}

/** Some 12 MiB of delivered events. */
async function fill(world: World): Promise<void> {
  const tenant = await world.tenant();
  await world.endpoint(tenant);
  const payload = Buffer.from(JSON.stringify({ text: 'x'.repeat(10_000) }));
  for (let i = 0; i < 10; i++) {
    const drafts = Array.from({ length: 100 }, () => world.draft(tenant, { payload }));
    const { claims } = await world.publish(drafts, start + i, 100);
    await world.record(
      claims.map((claim) => result(claim)),
      start + i,
    );
  }
}

async function deleteAll({ store }: World): Promise<number[]> {
  const steps: number[] = [];
  for (let touched = 1; touched > 0;) {
    touched = await store.deleteExpired(start + day, start + day, 500);
    steps.push(touched);
  }
  return steps;
}

function pragma(path: string, name: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(database.prepare(`pragma ${name}`).get()?.[name]);
  } finally {
    database.close();
  }
}

test('a file shrinks after retention, by a few pages at a time, down to its reserve', async () => {
  const path = join(folder, 'new.db');
  const world = await openAt(path);
  await fill(world);
  const before = pragma(path, 'page_count');
  expect(before).toBeGreaterThan(2500);
  const steps = await deleteAll(world);
  expect(Math.max(...steps.slice(-10))).toBeLessThanOrEqual(256);
  expect(pragma(path, 'freelist_count')).toBe(kept);
  expect(pragma(path, 'page_count')).toBeLessThan(before / 4);
  expect(pragma(path, 'quick_check')).toBeNaN();
  await world.store.close();
  expect(statSync(path).size).toBeLessThan((before * 4096) / 4);
});

test('free pages up to the reserve stay: the next day needs them', async () => {
  const path = join(folder, 'reserve.db');
  const world = await openAt(path, 100_000);
  await fill(world);
  const before = pragma(path, 'page_count');
  await deleteAll(world);
  expect(pragma(path, 'page_count')).toBe(before);
});

test('a file from before does not shrink, and a compact backup of it does', async () => {
  const path = join(folder, 'old.db');
  const old = new DatabaseSync(path);
  old.exec('pragma auto_vacuum = none; create table made (id integer); drop table made;');
  old.close();
  const world = await openAt(path);
  await fill(world);
  const before = pragma(path, 'page_count');
  await deleteAll(world);
  expect(pragma(path, 'page_count')).toBe(before);
  const copy = join(folder, 'copy.db');
  await backupSqlite({ from: path, to: copy, onProgress: () => {}, isCompact: true });
  expect(pragma(copy, 'auto_vacuum')).toBe(2);
  expect(pragma(copy, 'page_count')).toBeLessThan(before / 4);
  const restored = await openSqliteStore({
    path: copy,
    ids: createIdSource(systemRandom),
    now: start,
    freePagesKept: kept,
  });
  expect((await restored.tenants.list({ limit: 5, cursor: null })).items).toHaveLength(1);
  await restored.close();
});
