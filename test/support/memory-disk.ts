// Temporary folders in memory, for tests that measure the server: a shared disk stalls for longer than anything that the server
// does.
import { statfsSync } from 'node:fs';

const memoryFolder = '/dev/shm';
const neededBytes = 512 * 2 ** 20;

/** Puts the temporary folders of this test file into memory from now on, if `/dev/shm` has enough space. */
export function avoidDisk(): void {
  if (freeBytes(memoryFolder) >= neededBytes) process.env['TMPDIR'] = memoryFolder;
}

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
