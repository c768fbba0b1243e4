// Attacks: npm run attack -- [--only name,…] [--store sqlite|postgres|both] [--seed n] [--short] [--json]
import { parseArgs } from 'node:util';
import { openSuite } from '../support/suite.ts';
import { printTable } from '../support/table.ts';
import { fullPace, shortPace } from './case.ts';
import { cases } from './cases/index.ts';
import { columns, verdictOf } from './report.ts';
import { type Run, runCase } from './run.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    store: { type: 'string', default: 'both' },
    seed: { type: 'string' },
    short: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const { only: names, store, seed: given } = values;
const { seed, runs: chosen, log } = openSuite(cases, { names, store, seed: given });
const pace = values.short ? shortPace : fullPace;
const runs: Run[] = [];
// One at a time: each measures latencies.
for (const [index, { one, store }] of chosen.entries()) {
  const name = `${index + 1}/${chosen.length} ${one.name} on ${store}`;
  log(`${name}: ${one.title}`);
  const run = await runCase(one, { store, seed, pace, log: (step) => log(`${name}: ${step}`) });
  log(`${name}: ${verdictOf(run)}`);
  runs.push(run);
}
if (values.json) process.stdout.write(`${JSON.stringify({ seed, runs }, null, 2)}\n`);
else printTable(columns, runs);
log(`seed ${seed}: npm run attack -- --seed ${seed}`);
process.exit(runs.every((run) => verdictOf(run) === 'kept') ? 0 : 1);
