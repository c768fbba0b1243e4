// Fault injection: npm run chaos -- [--seed n] [--case name,…] [--kills n] [--store sqlite|postgres] [--seconds n] [--jobs n]
// [--json]. With --kills only the campaign of n kills runs, on each store.
import { parseArgs } from 'node:util';
import { openSuite } from '../support/suite.ts';
import { printTable } from '../support/table.ts';
import { cases } from './cases/index.ts';
import { killCampaign } from './cases/kill-server.ts';
import { columns } from './report.ts';
import { type Run, runCase } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    case: { type: 'string' },
    kills: { type: 'string' },
    store: { type: 'string' },
    seconds: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});

const kills = Number(values.kills ?? 0);
if (!Number.isInteger(kills) || kills < 0) {
  process.stderr.write('--kills must be a whole number\n');
  process.exit(2);
}
const {
  seed,
  runs: chosen,
  log,
} = openSuite(kills > 0 ? [killCampaign(kills)] : cases, {
  names: values.case,
  store: values.store,
  seed: values.seed,
});
const waiting = [...chosen];
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
else printTable(columns, runs);
log(`seed ${seed}: npm run chaos -- --seed ${seed}${kills > 0 ? ` --kills ${kills}` : ''}`);
process.exit(runs.some(({ violations }) => violations.length > 0) ? 1 : 0);
