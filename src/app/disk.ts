// Free space of the disk that holds a SQLite database. The disk of a Postgres server is not visible from here.
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Config, isSqlite, sqlitePath } from '#config.ts';

/** Of the folder of the file, or of the nearest one that exists; null with Postgres. */
export async function readFreeSpace({
  databaseUrl,
}: Pick<Config, 'databaseUrl'>): Promise<{ readonly folder: string; readonly bytes: number } | null> {
  if (!isSqlite(databaseUrl)) return null;
  const folder = await existingFolder(dirname(sqlitePath(databaseUrl)));
  const { bavail, bsize } = await statfs(folder);
  return { folder, bytes: bavail * bsize };
}

async function existingFolder(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  const parent = dirname(folder);
  return isThere || parent === folder ? folder : existingFolder(parent);
}
