// The short form of `npm run chaos`: three of its cases for a few seconds each, with a new seed every time.
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Case } from './case.ts';
import { cutDatabase } from './cases/cut-database.ts';
import { killServer } from './cases/kill-server.ts';
import { killWorkerAndDatabase } from './cases/kill-worker-and-database.ts';
import type { StoreKind } from './database.ts';
import { runCase } from './run.ts';

/** Few failures: each one stops its key for five seconds. */
const short = (one: Case): Case => ({
  ...one,
  load: { endpoints: 6, fanOut: 2, perSecond: 300, seconds: 3 },
  receivers: { ...one.receivers, failing: 0.02 },
  async run(world, load) {
    await one.run(world, load);
    await load.done;
    // A claim whose answer was lost waits a minute for its lease; of a worker that is dead it is given back at once.
    for (const worker of world.servers.filter(({ role }) => role === 'worker')) {
      await world.kill(worker);
      await world.start('worker');
    }
  },
});

const runs: { one: Case; store: StoreKind }[] = [
  { one: killServer, store: 'sqlite' },
  { one: killWorkerAndDatabase, store: 'postgres' },
  { one: cutDatabase, store: 'postgres' },
];

test.each(runs)('$one.name on $store', { timeout: 180_000 }, async ({ one, store }) => {
  const seed = randomInt(2 ** 31);
  const say = (step: string): void => void process.stdout.write(`${one.name} (seed ${seed}): ${step}\n`);
  const run = await runCase(short(one), { store, seed, say });
  const { deliveries, duplicates, duplicatesMax } = run;
  say(`${deliveries} deliveries, 0 lost, ${duplicates} duplicates of at most ${duplicatesMax}`);
  expect(run.violations, `npm run chaos -- --case ${one.name} --seed ${seed}`).toEqual([]);
});
