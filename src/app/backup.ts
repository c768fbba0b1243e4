// Backs up and restores the configured SQLite database. A Postgres database has tools of its own.
import { existsSync } from 'node:fs';
import { type Config, isSqlite, keyFile, sqlitePath } from '#config.ts';
import { keyCheck } from '#core/secrets.ts';
import { systemRandom } from '#lib/random.ts';
import { createSeal } from '#lib/seal.ts';
import { backupSqlite, restoreSqlite } from '#store/open.ts';
import { requireKey, toStartError } from './database.ts';
import { findEncryptionKeys } from './keys.ts';
import { StartError } from './start-error.ts';

export type OnProgress = (done: number, total: number) => void;

/** Copies the database into `file`, also while a server uses it. Throws `StartError`. */
export function backUp(
  config: Config,
  file: string,
  { isCompact, onProgress }: { readonly isCompact: boolean; readonly onProgress: OnProgress },
): Promise<{ file: string }> {
  return toStartError(async () => {
    const from = requireSqlite(config, 'pg_dump');
    if (existsSync(file)) throw new StartError(`${file} exists already; give another name`, 1);
    await backupSqlite({ from, to: file, onProgress, isCompact });
    return { file };
  });
}

/**
 * Puts the backup in the place of the database, when it is whole and the encryption key opens it. Throws `StartError`.
 * `now` is Unix ms.
 */
export function restore(
  config: Config,
  file: string,
  { now, onProgress }: { readonly now: number; readonly onProgress: OnProgress },
): Promise<{ database: string; aside: readonly string[] }> {
  return toStartError(async () => {
    const to = requireSqlite(config, 'pg_restore');
    const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
    const { aside } = await restoreSqlite({
      from: file,
      to,
      onProgress,
      asideSuffix: `.replaced-${stamp}`,
      metadataName: keyCheck,
      judge: (sealed) => checkKey(config, sealed),
    });
    return { database: to, aside };
  });
}

/** `sealed` is null in a backup without secrets. */
function checkKey(config: Config, sealed: string | null): void {
  if (sealed === null) return;
  const keys = findEncryptionKeys(config);
  if (keys === null) {
    throw new StartError(
      `the secrets of the backup are encrypted; put its encryption.key at ${keyFile(config.databaseUrl, 'encryption.key')}, ` +
        'or give CARILLON_ENCRYPTION_KEY',
      78,
    );
  }
  requireKey(createSeal(keys, systemRandom), sealed);
}

function requireSqlite({ databaseUrl }: Config, tool: string): string {
  if (isSqlite(databaseUrl)) return sqlitePath(databaseUrl);
  throw new StartError(`DATABASE_URL is a Postgres database: use ${tool}, see docs/operating.md`, 78);
}
