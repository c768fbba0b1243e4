// Opens, migrates, copies and checks the configured database.
import { existsSync } from 'node:fs';
import { type Config, isSqlite, sqlitePath } from '#config.ts';
import { keyCheck } from '#core/secrets.ts';
import { systemClock } from '#lib/clock.ts';
import type { IdSource } from '#lib/ids.ts';
import type { Seal } from '#lib/seal.ts';
import type { CopyProgress } from '#store/copy.ts';
import {
  checkDatabase as checkPlace,
  type DatabaseCheck,
  migrateDatabase,
  openReads as openPlaceForReading,
  openStore as openPlace,
  type Place,
  readMetadata,
  StoreError,
} from '#store/open.ts';
import type { ReadStore, Store } from '#store/store.ts';
import { StartError } from './start-error.ts';

/** Opens it with the key that it was made with. Throws `StartError`. */
export function openStore(
  config: Config,
  made: { ids: IdSource; now: number; seal: Seal; processName?: string },
): Promise<Store> {
  return toStartError(async () => {
    const store = await openPlace(placeOf(config), made);
    await checkEncryptionKey(store, made.seal);
    return store;
  });
}

/** Opens it for reading, with how many reads it carries out at once. Throws `StartError`. */
export function openReads(config: Config): Promise<{ store: ReadStore; slots: number }> {
  return toStartError(() => openPlaceForReading(placeOf(config)));
}

/** Runs the migrations that it lacks, and nothing else. Throws `StartError`. */
export function migrate(config: Config): Promise<{ applied: readonly string[] }> {
  return toStartError(async () => ({ applied: await migrateDatabase(placeOf(config)) }));
}

/** Copies everything of a SQLite file into an empty Postgres database. Throws `StartError`. */
export function copy(
  from: string,
  to: string,
  onProgress: (progress: CopyProgress) => void,
): Promise<Readonly<Record<string, number>>> {
  return toStartError(async () => {
    if (!isSqlite(from) || isSqlite(to)) {
      throw new StartError('copying goes from sqlite:<file> to postgres://…; check --from and --to', 78);
    }
    const path = sqlitePath(from);
    if (!existsSync(path)) throw new StoreError(`${path}: there is no such file to copy from.`);
    // Loaded here: the client of Postgres takes megabytes of a server that needs none.
    const { copyDatabase } = await import('#store/copy.ts');
    return copyDatabase({ path, url: to, now: systemClock.now(), onProgress });
  });
}

/** What `carillon doctor` says of it: one line per check. */
export function checkDatabase(config: Config): Promise<readonly DatabaseCheck[]> {
  return checkPlace(placeOf(config));
}

export function placeOf({ databaseUrl, databasePoolMax, partitions }: Config): Place {
  return isSqlite(databaseUrl)
    ? { kind: 'sqlite', path: sqlitePath(databaseUrl) }
    : { kind: 'postgres', url: databaseUrl, poolMax: databasePoolMax, partitions };
}

/** True when the database has secrets that an encryption key has sealed. Throws `StartError`. */
export function isSealed({ databaseUrl }: Config): Promise<boolean> {
  return toStartError(async () => readMetadata(sqlitePath(databaseUrl), keyCheck) !== null);
}

/** Fails at start, not at the first delivery, when the encryption key is not the one of this database. */
async function checkEncryptionKey(store: Store, seal: Seal): Promise<void> {
  const known = await store.metadata.putIfAbsent(keyCheck, seal.close('carillon', keyCheck));
  try {
    requireKey(seal, known);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Throws `StartError` when the key of `seal` has not sealed what a database keeps under `keyCheck`. */
export function requireKey(seal: Seal, sealed: string): void {
  try {
    seal.open(sealed, keyCheck);
  } catch (error) {
    throw new StartError(
      'CARILLON_ENCRYPTION_KEY is not the key of this database; give the one it was made with (encryption.key)',
      78,
      error,
    );
  }
}

/** Turns an error of the database into one that ends the start with a message for the operator. */
export async function toStartError<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError) throw new StartError(error.message, error.isTransient ? 1 : 78, error);
    throw error;
  }
}
