// The files of a database beside each other: what they must look like before SQLite opens them, and whether they are
// still those that were opened. SQLite itself ignores a write-ahead log (WAL) that it cannot read, and writes to deleted
// files without an error.
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { StoreError } from '../sql.ts';

/** What the names of SQLite's files end with: the database, its write-ahead log, and the index of that. */
export const suffixes = ['', '-wal', '-shm'] as const;

/** What `carillon restore` copies a backup into, until it takes the place of the database. */
export const restoring = (path: string): string => `${path}.restoring`;

/** Bytes of the file; null when there is none. */
export function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}

/** Bytes of the header of a log, of which nothing is read without it. */
const headerBytes = 32;

/** Throws `StoreError` when committed transactions would be lost or damaged by opening these files. */
export function checkFiles(path: string): void {
  const main = sizeOf(path);
  const log = `${path}-wal`;
  const logBytes = sizeOf(log) ?? 0;
  if (main === null && existsSync(restoring(path))) {
    throw new StoreError(`${path}: a restore was interrupted; run carillon restore <file> again.`);
  }
  if ((main ?? 0) === 0 && logBytes > 0) {
    throw new StoreError(
      `${path} is ${main === null ? 'missing' : 'empty'} and ${log} holds transactions of it; put the database ` +
        'back, or run carillon restore <file> with a backup, or move that log away to begin with an empty database.',
    );
  }
  // A log of a header alone holds no transaction.
  if (logBytes > headerBytes && !hasHeader(log)) {
    throw new StoreError(
      `${log} is damaged: its header is gone, and the last transactions are in it; run carillon restore <file> ` +
        'with a backup, or move that log away to go on without them.',
    );
  }
}

/** By https://www.sqlite.org/fileformat2.html#the_write_ahead_log: a magic number, the version, and two checksums. */
function hasHeader(log: string): boolean {
  const header = Buffer.alloc(headerBytes);
  const file = openSync(log, 'r');
  try {
    readSync(file, header, 0, headerBytes, 0);
  } finally {
    closeSync(file);
  }
  const isBigEndian = header.readUInt32BE(0) === 0x377f0683;
  if (!isBigEndian && header.readUInt32BE(0) !== 0x377f0682) return false;
  let first = 0;
  let second = 0;
  for (let at = 0; at < 24; at += 8) {
    const [a, b] = [at, at + 4].map((from) =>
      isBigEndian ? header.readUInt32BE(from) : header.readUInt32LE(from),
    );
    first = (first + (a ?? 0) + second) >>> 0;
    second = (second + (b ?? 0) + first) >>> 0;
  }
  return first === header.readUInt32BE(24) && second === header.readUInt32BE(28);
}

/** Compares the files at these paths with those that were there first. */
export class OpenFiles {
  readonly #path: string;
  readonly #opened: readonly (string | null)[];

  constructor(path: string) {
    this.#path = path;
    this.#opened = suffixes.map((suffix) => identityOf(path + suffix));
  }

  /** The file that was deleted or replaced; null when all are there. Takes some microseconds. */
  findMissing(): string | null {
    const at = suffixes.findIndex((suffix, index) => identityOf(this.#path + suffix) !== this.#opened[index]);
    return at === -1 ? null : this.#path + (suffixes[at] ?? '');
  }
}

/** The same for two paths when they are the same file; null for none. */
export function identityOf(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}
