// A disk that can be full. Where mounting is allowed it is a small file system of its own, filled with a file
// (ENOSPC); elsewhere the process alone is kept from writing beyond the beginning of any file (EFBIG).
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface SmallDisk {
  /** Leaves the process no room; says how. */
  fill(pid: number): string;
  free(pid: number): void;
  close(): void;
}

const mebibyte = 1024 * 1024;

/** Makes `folder` small. */
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
      for (const size of [mebibyte, 4096]) while (hasRoom(file, size));
      closeSync(file);
      return `a file system of ${sizeMebibytes} MiB is full`;
    },
    free: () => rmSync(ballast, { force: true }),
    close: () => void execFileSync('umount', ['-l', folder], { stdio: 'ignore' }),
  };
}

function hasRoom(file: number, size: number): boolean {
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
