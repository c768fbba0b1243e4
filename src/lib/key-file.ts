// A key in a file of its own, generated at the first start.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A key file that could not be read or written; the message says what to do. */
export class KeyFileError extends Error {}

const keyLengthMin = 20;

/** Reads the key, or writes one from `make` with mode 0600 when there is no such file. Throws `KeyFileError`. */
export function readOrMakeKey(path: string, make: () => string): { key: string; isNew: boolean } {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const key = make();
    // `wx` fails when the file exists: a key is never overwritten.
    writeFileSync(path, `${key}\n`, { flag: 'wx', mode: 0o600 });
    // The umask applies to the mode above, and not to this one.
    chmodSync(path, 0o600);
    return { key, isNew: true };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return readKey(path);
    const advice = 'make its folder writable, or give the key itself';
    throw new KeyFileError(`cannot write ${path} (${reasonOf(error)}); ${advice}`, { cause: error });
  }
}

function readKey(path: string): { key: string; isNew: boolean } {
  let key: string;
  try {
    key = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new KeyFileError(`cannot read ${path} (${reasonOf(error)}); let this user read it`, {
      cause: error,
    });
  }
  if (key.length < keyLengthMin) throw new KeyFileError(`${path} holds no key; restore it from your backup`);
  return { key, isNew: false };
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
