// A key in a file of its own, generated at the first start.
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A key file that could not be read or written; the message says what to do. */
export class KeyFileError extends Error {}

/** At least 20 visible ASCII characters. */
const keyForm = /^[\x21-\x7e]{20,}$/;

/** Reads the key, without white space around it; null when there is no such file. Throws `KeyFileError`. */
export function readKey(path: string): string | null {
  let key: string;
  try {
    key = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw new KeyFileError(`cannot read ${path} (${codeOf(error)}); let this user read it`, { cause: error });
  }
  if (!keyForm.test(key)) throw new KeyFileError(`${path} holds no key; restore it from your backup`);
  return key;
}

/** Reads the key, or writes one from `make` with mode 0600 when there is no such file. Throws `KeyFileError`. */
export function readOrMakeKey(path: string, make: () => string): { key: string; isNew: boolean } {
  const known = readKey(path);
  if (known !== null) return { key: known, isNew: false };
  const key = make();
  try {
    mkdirSync(dirname(path), { recursive: true });
    // `wx` fails when the file exists: a key is never overwritten.
    writeFileSync(path, `${key}\n`, { flag: 'wx', mode: 0o600 });
    // The umask applies to the mode above, and not to this one.
    chmodSync(path, 0o600);
    return { key, isNew: true };
  } catch (error) {
    // Another process has made it since.
    if (codeOf(error) === 'EEXIST') return readOrMakeKey(path, make);
    const advice = 'make its folder writable, or give the key itself';
    throw new KeyFileError(`cannot write ${path} (${codeOf(error)}); ${advice}`, { cause: error });
  }
}

/** Puts a key before those that the file has, with a comma between. The file is replaced as a whole. Throws `KeyFileError`. */
export function prependKey(path: string, key: string): void {
  const known = readKey(path);
  if (known === null) throw new KeyFileError(`there is no ${path}; the first start makes it`);
  const next = `${path}.new`;
  try {
    writeFileSync(next, `${key},${known}\n`, { mode: 0o600, flush: true });
    // Also when an interrupted attempt has left the file.
    chmodSync(next, 0o600);
    renameSync(next, path);
  } catch (error) {
    throw new KeyFileError(`cannot write ${next} (${codeOf(error)}); make its folder writable`, {
      cause: error,
    });
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
