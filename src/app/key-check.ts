// What `carillon doctor` says of the encryption keys.
import { readFileSync } from 'node:fs';
import { type Config, isSqlite, keyFile } from '#config.ts';
import { keyCheck } from '#core/secrets.ts';
import { systemRandom } from '#lib/random.ts';
import { createSeal, keyIdOf, sealingKeys } from '#lib/seal.ts';
import { openReads, readMetadataOf } from '#store/open.ts';
import type { Page } from '#core/commands.ts';
import type { SealedValue } from '#store/store.ts';
import { placeOf } from './database.ts';
import { findEncryptionKeys } from './keys.ts';

interface KeyCheck {
  readonly ok: boolean;
  /** True when there is no database yet that has secrets. */
  readonly isNew: boolean;
  readonly detail: string;
}

/** Whether one of the keys opens what the database keeps sealed with its own key. Changes nothing. */
export async function checkKey(config: Config): Promise<KeyCheck> {
  const keys = findKeys(config);
  const sealed = await readMetadataOf(placeOf(config), keyCheck);
  const [first, ...others] = keys;
  if (first === undefined) {
    return sealed === null
      ? { ok: true, isNew: true, detail: 'the first start makes it' }
      : {
          ok: false,
          isNew: false,
          detail: 'there is none, and the secrets of this database are encrypted with one',
        };
  }
  const wrong = keys.find(({ length }) => length !== 32);
  if (wrong !== undefined)
    return { ok: false, isNew: false, detail: `it has ${wrong.length} bytes instead of 32` };
  if (sealed === null) return { ok: true, isNew: true, detail: 'the first start makes the database with it' };
  try {
    createSeal([first, ...others], systemRandom).open(sealed, keyCheck);
    return { ok: true, isNew: false, detail: 'opens the secrets of this database' };
  } catch {
    return { ok: false, isNew: false, detail: 'it is not the key of this database' };
  }
}

/** Of the configuration, or of the file beside the database; none when there is none. */
function findKeys({ encryptionKeys, databaseUrl }: Config): readonly Uint8Array[] {
  if (encryptionKeys !== null || !isSqlite(databaseUrl)) return encryptionKeys ?? [];
  try {
    const text = readFileSync(keyFile(databaseUrl, 'encryption.key'), 'utf8');
    return text.split(',').map((part) => Buffer.from(part.trim(), 'base64'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** What one key has sealed. */
export interface KeyUse {
  /** Null for texts that name no key: any of those that are given may have sealed them. */
  readonly id: string | null;
  readonly isGiven: boolean;
  readonly isNewest: boolean;
  /** Texts. */
  readonly count: number;
}

const pageLimit = 200;

/** The keys that are given, newest first, and others that something in the database names. Reads all that is sealed. */
export async function countKeyUses(config: Config): Promise<readonly KeyUse[]> {
  const given = (findEncryptionKeys(config) ?? []).map(keyIdOf);
  const counts = new Map<string | null, number>(given.map((id) => [id, 0]));
  const { store } = await openReads(placeOf(config));
  try {
    for (let cursor: string | null = null; ;) {
      const page: Page<SealedValue> = await store.sealed.list({ cursor, limit: pageLimit });
      for (const id of page.items.flatMap(({ text }) => sealingKeys(text))) {
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
  } finally {
    await store.close();
  }
  return [...counts].map(([id, count]) => ({
    id,
    isGiven: id === null || given.includes(id),
    isNewest: id === given[0],
    count,
  }));
}
