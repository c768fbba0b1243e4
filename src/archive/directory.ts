// An archive in a directory: a file is written under a temporary name, synced to the disk, and renamed.
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ArchivePlace, NewFile } from './place.ts';

const partial = '.partial-';

export function openDirectory(root: string): ArchivePlace {
  return {
    name: root,
    create: (path, mark) => createFile(root, join(root, path), mark),
    async size(path) {
      return (await orNull(stat(join(root, path))))?.size ?? null;
    },
    async read(path) {
      const found = await orNull(stat(join(root, path)));
      return found === null ? null : createReadStream(join(root, path));
    },
    async listFolders() {
      const entries = (await orNull(readdir(root, { withFileTypes: true }))) ?? [];
      return entries
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .toSorted();
    },
    async tidy(folder) {
      const names = (await orNull(readdir(join(root, folder), { recursive: true }))) ?? [];
      for (const name of names) {
        if (name.includes(partial)) await rm(join(root, folder, name), { force: true });
      }
    },
    async probe() {
      const file = await createFile(root, join(root, 'probe'), 'doctor');
      try {
        await file.write(Buffer.from('probe'));
      } finally {
        await file.discard();
      }
    },
  };
}

/** Payloads are readable by their owner only, as in the database. */
const modes = { folder: 0o700, file: 0o600 };

async function createFile(root: string, path: string, mark: string): Promise<NewFile> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: modes.folder });
  const temporary = `${path}${partial}${mark}`;
  const file = await open(temporary, 'w', modes.file);
  return {
    async write(bytes) {
      // A short write is made whole by `writeFile`, which goes on at the position of the file.
      await file.writeFile(bytes);
    },
    async finish() {
      await file.sync();
      await file.close();
      await rename(temporary, path);
      await syncFolders(root, folder);
    },
    async discard() {
      await file.close().catch(() => {});
      await rm(temporary, { force: true });
    },
  };
}

/** From the folder up to the root: each may be new. */
async function syncFolders(root: string, folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (folder.length > root.length) await syncFolders(root, dirname(folder));
}

async function orNull<Result>(asked: Promise<Result>): Promise<Result | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
