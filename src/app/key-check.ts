// What `carillon doctor` says of the encryption key.
import { readFileSync } from 'node:fs';
import { type Config, isSqlite, keyFile } from '#config.ts';
import { systemRandom } from '#lib/random.ts';
import { createSeal } from '#lib/seal.ts';
import { readMetadataOf } from '#store/open.ts';
import { keyCheck, placeOf } from './database.ts';

interface KeyCheck {
  readonly ok: boolean;
  readonly detail: string;
}

/** Whether the key opens what the database keeps sealed with its own key. Changes nothing. */
export async function checkKey(config: Config): Promise<KeyCheck> {
  const key = findKey(config);
  const sealed = await readMetadataOf(placeOf(config), keyCheck);
  if (key === null) {
    return sealed === null
      ? { ok: true, detail: 'the first start makes it' }
      : { ok: false, detail: 'there is none, and the secrets of this database are encrypted with one' };
  }
  if (key.length !== 32) return { ok: false, detail: `it has ${key.length} bytes instead of 32` };
  if (sealed === null) return { ok: true, detail: 'the first start makes the database with it' };
  try {
    createSeal(key, systemRandom).open(sealed, keyCheck);
    return { ok: true, detail: 'opens the secrets of this database' };
  } catch {
    return { ok: false, detail: 'it is not the key of this database' };
  }
}

/** Of the configuration, or of the file beside the database; null when there is none. */
function findKey({ encryptionKey, databaseUrl }: Config): Uint8Array | null {
  if (encryptionKey !== null || !isSqlite(databaseUrl)) return encryptionKey;
  try {
    return Buffer.from(readFileSync(keyFile(databaseUrl, 'encryption.key'), 'utf8').trim(), 'base64');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
