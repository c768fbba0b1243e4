// Temporary folders in memory: tests wait for the disk, and spend processor time on it, for a third of their time, and a shared disk
// stalls for longer than anything that the server does. What kill -9 leaves is the same.
import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

const memoryFolder = '/dev/shm';
/** Of which the run takes less than half. */
const neededBytes = 4 * 2 ** 30;

/** Global setup of vitest, the first: a folder of `/dev/shm` for everything temporary, if that and the machine have enough memory. */
export function setup(): (() => void) | undefined {
  if (process.availableMemory() < 2 * neededBytes || freeBytes(memoryFolder) < neededBytes) return undefined;
  const folder = mkdtempSync(join(memoryFolder, 'carillon-'));
  // As /tmp: Postgres runs as a user of its own.
  chmodSync(folder, 0o1777);
  process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
