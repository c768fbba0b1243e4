// The keys of a server: the configuration's, or those beside the database, made at the first start.
import { chmodSync, statSync } from 'node:fs';
import {
  type Config,
  encryptionKeysMax,
  isSqlite,
  keyFile,
  readEncryptionKeys,
  sqlitePath,
} from '#config.ts';
import { KeyFileError, prependKey, readKey, readOrMakeKey } from '#lib/key-file.ts';
import type { Logger } from '#lib/log.ts';
import { systemRandom } from '#lib/random.ts';
import type { SealKeys } from '#lib/seal.ts';
import { StartError } from './start-error.ts';

export interface Keys {
  /** Those of the admin API, newest first; at least one. */
  readonly adminKeys: readonly [string, ...string[]];
  /** Newest first. */
  readonly encryptionKeys: SealKeys;
  /** True when this start made the admin key. */
  readonly isFirstStart: boolean;
}

/** Throws `StartError`. */
export async function loadKeys(config: Config): Promise<Keys> {
  try {
    const encryptionKeys = await loadEncryptionKeys(config);
    const admin =
      config.adminKeys === null
        ? readOrMakeKey(keyFile(config.databaseUrl, 'admin.key'), () => makeKey('cak_', 'base64url'))
        : null;
    const adminKeys = admin === null ? config.adminKeys : ([admin.key] as const);
    if (adminKeys === null) throw new Error('there is no admin key');
    return { adminKeys, encryptionKeys, isFirstStart: admin?.isNew === true };
  } catch (error) {
    if (error instanceof KeyFileError) throw new StartError(error.message, 78, error);
    throw error;
  }
}

/** The keys of the configuration, or of the file beside the database; null when there are none. Throws `StartError`. */
export function findEncryptionKeys({ encryptionKeys, databaseUrl }: Config): SealKeys | null {
  if (encryptionKeys !== null) return encryptionKeys;
  const path = keyFile(databaseUrl, 'encryption.key');
  try {
    const key = readKey(path);
    return key === null ? null : readEncryptionKeys(key);
  } catch (error) {
    if (error instanceof KeyFileError) throw new StartError(error.message, 78, error);
    throw new StartError(
      `${path} holds no key of 32 bytes in base64; restore it from your backup`,
      78,
      error,
    );
  }
}

/** The same; one is made for a new database, and for no other. Throws `KeyFileError` or `StartError`. */
async function loadEncryptionKeys(config: Config): Promise<SealKeys> {
  const known = findEncryptionKeys(config);
  if (known !== null) return known;
  const path = keyFile(config.databaseUrl, 'encryption.key');
  // Loaded here: it loads the store, and a start that has its key waits for nothing.
  const { isSealed } = await import('./database.ts');
  // A new key would open nothing of a database that has another one, and would look as if it did.
  if (await isSealed(config)) {
    throw new StartError(
      `${path} is missing, and the secrets of the database are encrypted with it; put it back from your backup, or ` +
        'give CARILLON_ENCRYPTION_KEY',
      78,
    );
  }
  return readEncryptionKeys(readOrMakeKey(path, () => makeKey('', 'base64')).key);
}

/** Puts a new key first in the file beside a SQLite database. Throws `StartError`. */
export function addEncryptionKey(config: Config): { readonly file: string; readonly keys: number } {
  if (config.encryptionKeys !== null || !isSqlite(config.databaseUrl)) {
    throw new StartError(
      'the encryption key is given by CARILLON_ENCRYPTION_KEY: put a new one there, made with openssl rand -base64 32; see docs/security.md',
      78,
    );
  }
  const file = keyFile(config.databaseUrl, 'encryption.key');
  const known = findEncryptionKeys(config);
  if (known !== null && known.length >= encryptionKeysMax) {
    throw new StartError(
      `${file} has ${known.length} keys; remove those that carillon doctor says are needed no more`,
      78,
    );
  }
  try {
    prependKey(file, makeKey('', 'base64'));
  } catch (error) {
    if (error instanceof KeyFileError) throw new StartError(error.message, 78, error);
    throw error;
  }
  return { file, keys: (known?.length ?? 0) + 1 };
}

function makeKey(prefix: string, encoding: 'base64' | 'base64url'): string {
  return prefix + Buffer.from(systemRandom.bytes(32)).toString(encoding);
}

/** Payloads and keys are their owner's alone: takes the rights of all others off the files, and logs what it mended. */
export function keepFilesPrivate({ databaseUrl }: Config, log: Logger): void {
  if (!isSqlite(databaseUrl)) return;
  const database = sqlitePath(databaseUrl);
  const keys = [keyFile(databaseUrl, 'admin.key'), keyFile(databaseUrl, 'encryption.key')];
  for (const file of [...keys, database, `${database}-wal`, `${database}-shm`]) {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isFile() !== true || (found.mode & 0o077) === 0) continue;
    const was = (found.mode & 0o777).toString(8).padStart(4, '0');
    try {
      chmodSync(file, 0o600);
      log.warn({ file, was }, 'file.mode_mended');
    } catch {
      log.warn({ file, was, advice: 'chmod 600, as the owner of the file' }, 'file.mode_too_open');
    }
  }
}
