// Simulates a full disk. Where mounting is allowed: a small file system, filled with a file (ENOSPC). Elsewhere: a limit on the
// file size of one process (EFBIG).
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface SmallDisk {
  /** Fills the disk for the process. Returns a description of how. */
  fill(pid: number): string;
  free(pid: number): void;
  close(): void;
}

const mebibyte = 1024 * 1024;

/** Mounts a small file system at `folder`, or prepares the limit. */
export function createSmallDisk(folder: string, sizeMebibytes: number): SmallDisk {
  try {
    const options = ['-t', 'tmpfs', '-o', `size=${sizeMebibytes}m`, 'tmpfs', folder];
    execFileSync('mount', options, { stdio: 'ignore' });
  } catch {
    return createLimitedProcess();
  }
  const ballast = join(folder, 'ballast');
  return {
    fill() {
      const file = openSync(ballast, 'w');
      for (const size of [mebibyte, 4096]) while (writeBlock(file, size));
      closeSync(file);
      return `a file system of ${sizeMebibytes} MiB is full`;
    },
    free: () => rmSync(ballast, { force: true }),
    close: () => void execFileSync('umount', ['-l', folder], { stdio: 'ignore' }),
  };
}

function writeBlock(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size)) === size;
  } catch {
    return false;
  }
}

function createLimitedProcess(): SmallDisk {
  const limit = (pid: number, size: string): void =>
    void execFileSync('prlimit', ['--pid', String(pid), `--fsize=${size}:unlimited`]);
  return {
    fill(pid) {
      limit(pid, '4096');
      return 'the process may not write beyond 4096 bytes of any file';
    },
    free: (pid) => limit(pid, 'unlimited'),
    close: () => {},
  };
}
