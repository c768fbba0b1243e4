// The encryption key against a real database of both kinds.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { readConfig } from '#config.ts';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { createSeal } from '#lib/seal.ts';
import { keySettings, temporaryFolder } from '../../test/support/harness.ts';
import { createDatabase } from '../../test/support/postgres.ts';
import { openStore } from './database.ts';
import { checkKey } from './key-check.ts';

const folder = temporaryFolder();
const database = await createDatabase(inject('postgresUrl'));
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

const configOf = (url: string, key = keySettings.CARILLON_ENCRYPTION_KEY) =>
  readConfig({ ...keySettings, DATABASE_URL: url, CARILLON_ENCRYPTION_KEY: key }, {});

describe.each([
  ['SQLite', `sqlite:${join(folder, 'carillon.db')}`],
  ['Postgres', database.url],
])('%s', (_, url) => {
  test('before and after the first start, and with another key', async () => {
    const config = configOf(url);
    expect(await checkKey(config)).toMatchObject({ ok: true, detail: expect.stringMatching(/first start/) });
    const seal = createSeal(config.encryptionKeys ?? [new Uint8Array()], systemRandom);
    const store = await openStore(config, { ids: createIdSource(systemRandom), now: 0, seal });
    // Also while a process uses it.
    expect(await checkKey(config)).toMatchObject({ ok: true, detail: 'opens the secrets of this database' });
    await store.close();
    expect(await checkKey(configOf(url, Buffer.alloc(32).toString('base64')))).toMatchObject({
      ok: false,
      detail: 'it is not the key of this database',
    });
  });
});

test('a key file beside SQLite that is missing, too short, or the right one', async () => {
  const config = configOf(`sqlite:${join(folder, 'carillon.db')}`, '');
  expect(await checkKey(config)).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/^there is none/),
  });
  const file = join(folder, 'encryption.key');
  writeFileSync(file, 'c2hvcnQ=');
  expect(await checkKey(config)).toMatchObject({ ok: false, detail: 'it has 5 bytes instead of 32' });
  writeFileSync(file, `${keySettings.CARILLON_ENCRYPTION_KEY}\n`);
  expect(await checkKey(config)).toMatchObject({ ok: true });
});
