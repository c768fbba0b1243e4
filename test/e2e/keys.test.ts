// The two keys and the files of a server: a wrong key stops the start with one line, and no new one hides that.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApiClient } from '../support/api-client.ts';
import { temporaryFolder } from '../support/harness.ts';
import { startServer } from '../support/server-process.ts';

let folder: string;
let key: string;
beforeEach(() => {
  folder = temporaryFolder();
  key = join(folder, 'encryption.key');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A database that has been used, and its key. */
async function makeDatabase(): Promise<string> {
  const server = await startServer(folder);
  expect(await server.terminate()).toBe(0);
  return readFileSync(key, 'utf8');
}

/** A start that must fail with 78: its only line on standard error. */
async function refusal(settings: Record<string, string> = {}): Promise<string> {
  const started = await startServer(folder, settings).then(
    async (server) => `started, and ended with ${await server.terminate()}`,
    (error: unknown) => String(error),
  );
  const [, line] =
    /ended with 78 before it listened:\n(error: [^\n]+)\n(?:hint: [^\n]+\n)?$/.exec(started) ?? [];
  expect(line, started).toBeDefined();
  return line ?? '';
}

describe('the encryption key of a database', () => {
  test('is not made anew when it is missing: the start is refused, until it is back', async () => {
    const known = await makeDatabase();
    rmSync(key);
    expect(await refusal()).toMatch(/encryption\.key is missing, .*put it back from your backup/);
    expect(existsSync(key)).toBe(false);
    writeFileSync(key, known);
    const server = await startServer(folder);
    await server.terminate();
  });

  test.each([
    ['of another database', Buffer.alloc(32, 7).toString('base64'), /is not the key of this database/],
    [
      'too short',
      Buffer.alloc(20, 7).toString('base64'),
      /encryption\.key holds no key of 32 bytes in base64/,
    ],
    ['no text', '\0\u00ff\n\n', /encryption\.key holds no key/],
    ['empty', '', /encryption\.key holds no key/],
  ])('is refused when it is %s', async (_, wrong, message) => {
    await makeDatabase();
    writeFileSync(key, wrong);
    expect(await refusal()).toMatch(message);
    expect(readFileSync(key, 'utf8')).toBe(wrong);
  });

  test('is refused when it cannot be read', async () => {
    await makeDatabase();
    rmSync(key);
    mkdirSync(key);
    expect(await refusal()).toMatch(/cannot read .*encryption\.key \(EISDIR\); let this user read it/);
    expect(await refusal({ CARILLON_ENCRYPTION_KEY_FILE: key })).toMatch(/CARILLON_ENCRYPTION_KEY .*EISDIR/);
  });

  test('is made for a database that was only migrated', async () => {
    const { migrateSqlite } = await import('#store/sqlite/index.ts');
    migrateSqlite(join(folder, 'carillon.db'));
    await makeDatabase();
  });
});

test('an admin key may end with spaces and a line end, in a setting and in a file', async () => {
  const adminKey = 'cak_0123456789abcdefghij';
  const file = join(folder, 'given.key');
  writeFileSync(file, `${adminKey} \r\n\n`);
  writeFileSync(join(folder, 'admin.key'), `  ${adminKey}\n`);
  for (const given of [
    { CARILLON_ADMIN_KEY: ` ${adminKey} \n` },
    { CARILLON_ADMIN_KEY: '', CARILLON_ADMIN_KEY_FILE: file },
    { CARILLON_ADMIN_KEY: '' },
  ]) {
    const server = await startServer(folder, given);
    const client = createApiClient(server.url, adminKey, 1);
    expect((await client.call('GET', '/tenants')).status).toBe(200);
    await client.close();
    await server.terminate();
  }
  writeFileSync(join(folder, 'admin.key'), 'with a space inside, and long');
  expect(await refusal({ CARILLON_ADMIN_KEY: '' })).toMatch(/admin\.key holds no key/);
});

test('keys and database that others may read are made private at the start, with a warning', async () => {
  const first = await startServer(folder, { CARILLON_ADMIN_KEY: '' });
  await first.kill();
  const names = ['admin.key', 'encryption.key', 'carillon.db', 'carillon.db-wal', 'carillon.db-shm'];
  for (const name of names) chmodSync(join(folder, name), 0o644);
  const second = await startServer(folder, { CARILLON_ADMIN_KEY: '' });
  for (const name of names) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
  await expect.poll(() => second.output().match(/"was":"0644","msg":"file\.mode_mended"/g)).toHaveLength(5);
  expect(await second.terminate()).toBe(0);
});
