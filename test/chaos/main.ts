// Fault injection: npm run chaos -- [--seed n] [--case name,…] [--store sqlite|postgres] [--seconds n] [--jobs n] [--json]
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { cases } from './cases/index.ts';
import { printTable } from './report.ts';
import { type Run, runCase } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    case: { type: 'string' },
    store: { type: 'string' },
    seconds: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});

const names = values.case?.split(',') ?? cases.map(({ name }) => name);
const unknown = names.filter((name) => !cases.some((one) => one.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `unknown case: ${unknown.join(', ')}; the cases are ${cases.map(({ name }) => name).join(', ')}\n`,
  );
  process.exit(2);
}

// The processes that this one has started end with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const seed = Number(values.seed ?? randomInt(2 ** 31));
const startedAt = performance.now();
const log = (text: string): void => {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
  process.stderr.write(`${seconds} s  ${text}\n`);
};
log(`seed ${seed}`);

const waiting = cases
  .filter(({ name }) => names.includes(name))
  .flatMap((one) => one.stores.map((store) => ({ one, store })))
  .filter(({ store }) => values.store === undefined || store === values.store);
const order = new Map(waiting.map(({ one, store }, index) => [`${one.name} ${store}`, index]));

const runs: Run[] = [];
const runNext = async (): Promise<void> => {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { one, store } = next;
    const load = values.seconds === undefined ? one.load : { ...one.load, seconds: Number(values.seconds) };
    const name = `${one.name} on ${store}`;
    const run = await runCase({ ...one, load }, { store, seed, log: (step) => log(`${name}: ${step}`) });
    log(`${name}: ${run.violations.length === 0 ? 'no violation' : run.violations.join('; ')}`);
    runs.push(run);
  }
};
// Cases run in parallel: most of their time is waiting for retries and leases.
await Promise.all(Array.from({ length: Number(values.jobs) }, runNext));
runs.sort((a, b) => (order.get(`${a.name} ${a.store}`) ?? 0) - (order.get(`${b.name} ${b.store}`) ?? 0));
if (values.json) process.stdout.write(`${JSON.stringify({ seed, runs }, null, 2)}\n`);
else printTable(runs);
log(`seed ${seed}: npm run chaos -- --seed ${seed}`);
process.exit(runs.some(({ violations }) => violations.length > 0) ? 1 : 0);
