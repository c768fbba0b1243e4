// For tests that measure the server: a disk that others use, too, stalls for moments that are longer than anything
// the server does.
import { statfsSync } from 'node:fs';

const memoryFolder = '/dev/shm';
const neededBytes = 512 * 2 ** 20;

/** From now on this test file has its temporary folders in memory, where the machine gives files enough of it. */
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
