import { randomBytes } from 'node:crypto';

/** Chance as it is passed into everything that needs it, so that tests can repeat it. */
export interface Random {
  /** Unpredictable bytes: keys, secrets, ids. */
  bytes(count: number): Uint8Array;
  /** A number from 0 (included) to 1 (excluded): jitter. Not for secrets. */
  fraction(): number;
}

export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  fraction: () => Math.random(),
};
