// Attacks in `npm test`: each case of `npm run attack` for a few seconds, on a server with a quarter of the slots. What differs
// between the stores most is tried on both.
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { shortPace } from './case.ts';
import { cases } from './cases/index.ts';
import { runCase } from './run.ts';

/** In memory, because a stall of the disk must not count as a success of the attacker. */

const onBoth = ['silent-tenants', 'redelivery-flood'];
const runs = cases.flatMap((one) =>
  one.stores
    .filter((store) => store === 'sqlite' || onBoth.includes(one.name))
    .map((store) => ({ one, name: one.name, store })),
);

/** Other load on the machine may break the limits for seconds: the last run decides. */
const attempts = 2;

test.for(runs)('$name on $store is not noticed by others', { timeout: 300_000 }, async (run, { skip }) => {
  const { one, store } = run;
  const seed = randomInt(2 ** 31);
  const log = (step: string): void => void process.stdout.write(`${one.name} on ${store}: ${step}\n`);
  const attempt = () => runCase(one, { store, seed, pace: shortPace, log });
  let { breaches, isJudged } = await attempt();
  for (let more = attempts - 1; more > 0 && !(isJudged && breaches.length === 0); more--) {
    ({ breaches, isJudged } = await attempt());
  }
  skip(!isJudged, 'this machine is too busy: the victim alone breaks the limit');
  expect(breaches, `npm run attack -- --only ${one.name} --store ${store} --seed ${seed}`).toEqual([]);
});
