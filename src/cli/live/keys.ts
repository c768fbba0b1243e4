// Single keys of a terminal. Between two of them the terminal is as it was: an editor may use it, and Ctrl-C is a signal.
import type { Input } from '../cli.ts';

/** What Ctrl-C and Ctrl-D are while a key is read. */
const endingKeys = ['\u0003', '\u0004'];

/** The next key of these, in lower case; null for Ctrl-C, Ctrl-D, at the end of the input, and when `signal` aborts. */
export async function readKey(
  input: Input,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  if (signal.aborted) return null;
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const end = (): void => resolve(null);
  const take = (chunk: Uint8Array): void => {
    for (const character of Buffer.from(chunk).toString('utf8').toLowerCase()) {
      if (endingKeys.includes(character)) return end();
      if (keys.includes(character)) return resolve(character);
    }
  };
  signal.addEventListener('abort', end);
  input.on?.('data', take);
  input.on?.('end', end);
  input.setRawMode?.(true);
  input.resume?.();
  try {
    return await promise;
  } finally {
    // Paused: what is typed next is for the editor.
    input.pause?.();
    input.setRawMode?.(false);
    input.off?.('data', take);
    input.off?.('end', end);
    signal.removeEventListener('abort', end);
  }
}
