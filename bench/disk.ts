// Disk latency: how long a commit has to wait for the disk, reported beside what a commit costs.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const writes = 50;

/** The median duration in ms of appending 4 KiB to a file in the temporary folder, with `fdatasync`. */
export function measureSyncMs(): number {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-bench-'));
  const file = openSync(join(folder, 'file'), 'w');
  const block = Buffer.alloc(4096);
  const durations = Array.from({ length: writes }, () => {
    const startedAt = performance.now();
    writeSync(file, block);
    fdatasyncSync(file);
    return performance.now() - startedAt;
  });
  closeSync(file);
  rmSync(folder, { recursive: true });
  return durations.sort((a, b) => a - b)[writes / 2] ?? NaN;
}
