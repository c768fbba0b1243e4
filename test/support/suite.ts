// What the suites of cases share (`npm run chaos`, `npm run attack`): which cases run, the seed, and a line for each step.
import { randomInt } from 'node:crypto';
import type { StoreKind } from './database.ts';

export interface SuiteCase {
  readonly name: string;
  readonly stores: readonly StoreKind[];
}

export interface Suite<Case extends SuiteCase> {
  readonly seed: number;
  /** The chosen cases, each on each of its chosen stores. */
  readonly runs: readonly { readonly one: Case; readonly store: StoreKind }[];
  /** Prints a step with the time since the start. */
  readonly log: (text: string) => void;
}

/**
 * Reads the options as they are on the command line: names with commas between them, a store or `both`. Ends the process
 * with 2 when a name is unknown, and every process that this one has started when it is interrupted.
 */
export function openSuite<Case extends SuiteCase>(
  cases: readonly Case[],
  given: {
    readonly names: string | undefined;
    readonly store: string | undefined;
    readonly seed: string | undefined;
  },
): Suite<Case> {
  const names = given.names?.split(',') ?? cases.map(({ name }) => name);
  const unknown = names.filter((name) => !cases.some((one) => one.name === name));
  if (unknown.length > 0) {
    const known = cases.map(({ name }) => name).join(', ');
    process.stderr.write(`unknown case: ${unknown.join(', ')}; the cases are ${known}\n`);
    process.exit(2);
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const seed = Number(given.seed ?? randomInt(2 ** 31));
  const startedAt = performance.now();
  const log = (text: string): void => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
    process.stderr.write(`${seconds} s  ${text}\n`);
  };
  log(`seed ${seed}`);
  const isWanted = (store: StoreKind): boolean => [undefined, 'both', store].includes(given.store);
  const runs = cases
    .filter(({ name }) => names.includes(name))
    .flatMap((one) => one.stores.filter(isWanted).map((store) => ({ one, store })));
  return { seed, runs, log };
}
