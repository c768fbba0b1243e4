// A base backup of a Postgres server, taken while it runs, by the functions that pg_basebackup uses: the installed binaries lack it.
import { chown, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

export interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** Of these folders a copy has only the folders in them; a standby gets the log from its primary. */
const emptied = new Set(['pg_wal', 'pg_replslot', 'pg_stat_tmp', 'pg_subtrans', 'pg_notify', 'pg_dynshmem']);
const leftOut = new Set(['postmaster.pid', 'postmaster.opts', 'standby.signal', 'backup_label']);

/** Copies the folder `from` of the server at `url` to `to`, which is replaced, and makes that a standby. */
export async function backUp(url: string, from: string, to: string, owner: Owner): Promise<void> {
  await rm(to, { recursive: true, force: true });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`select pg_backup_start('copy', true)`);
    await copyFolder(from, to, owner);
    const { rows } = await client.query<{ labelfile: string }>(
      'select labelfile from pg_backup_stop(wait_for_archive => false)',
    );
    for (const [name, text] of [
      ['backup_label', rows[0]?.labelfile ?? ''],
      ['standby.signal', ''],
    ] as const) {
      await writeFile(join(to, name), text);
      await own(join(to, name), owner);
    }
  } finally {
    await client.end();
  }
}

async function copyFolder(from: string, to: string, owner: Owner, isEmptied = false): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  await own(to, owner);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      await copyFolder(source, target, owner, isEmptied || emptied.has(entry.name));
    } else if (!isEmptied && !leftOut.has(entry.name)) {
      // A file that is deleted meanwhile is of a temporary table, or is deleted again by the log.
      const isThere = await copyFile(source, target).then(
        () => true,
        () => false,
      );
      if (isThere) await own(target, owner);
    }
  }
}

async function own(path: string, { uid, gid }: Owner): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}
