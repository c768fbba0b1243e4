// Fault injection in `npm test`: four cases of `npm run chaos` for a few seconds each, with a new seed for every run.
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Case } from './case.ts';
import { cutDatabase } from './cases/cut-database.ts';
import { failOver } from './cases/fail-over.ts';
import { killServer } from './cases/kill-server.ts';
import { killWorkerAndDatabase } from './cases/kill-worker-and-database.ts';
import type { StoreKind } from '../support/database.ts';
import { runCase } from './run.ts';

/** Few failures: each one delays its ordering key by five seconds. */
const short = (one: Case): Case => ({
  ...one,
  load: { endpoints: 6, fanOut: 2, perSecond: 300, seconds: 3 },
  receivers: { ...one.receivers, failing: 0.02 },
  async run(cluster, load) {
    await one.run(cluster, load);
    await load.done;
    // A lease whose answer was lost ends after a minute; the leases of a dead worker are released at once.
    for (const worker of cluster.servers.filter(({ role }) => role === 'worker')) {
      await cluster.kill(worker);
      await cluster.start('worker');
    }
  },
});

const runs: { one: Case; store: StoreKind }[] = [
  { one: killServer, store: 'sqlite' },
  { one: killWorkerAndDatabase, store: 'postgres' },
  { one: cutDatabase, store: 'postgres' },
  { one: failOver(1), store: 'postgres' },
];

test.each(runs)('$one.name on $store keeps every promise', { timeout: 180_000 }, async ({ one, store }) => {
  const seed = randomInt(2 ** 31);
  const log = (step: string): void => void process.stdout.write(`${one.name} (seed ${seed}): ${step}\n`);
  const run = await runCase(short(one), { store, seed, log });
  const { deliveries, duplicates, duplicatesMax } = run;
  log(`${deliveries} deliveries, 0 lost, ${duplicates} duplicates of at most ${duplicatesMax}`);
  expect(run.violations, `npm run chaos -- --case ${one.name} --seed ${seed}`).toEqual([]);
});
