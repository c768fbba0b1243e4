import { randomBytes } from 'node:crypto';

/** Injected randomness: everything that needs it takes a source, so that a test is reproducible. */
export interface Random {
  /** Unpredictable bytes: keys, secrets, ids. */
  bytes(count: number): Uint8Array;
  /** A number in [0, 1), for jitter. Not for secrets. */
  fraction(): number;
}

export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  fraction: () => Math.random(),
};
