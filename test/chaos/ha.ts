// High availability: npm run ha -- [--rounds n] [--seed n] [--patroni] [--json]. A primary and two standbys, two api and two worker processes,
// and load; in each round the primary is lost. The case is that of `npm run chaos -- --case fail-over`, with as many rounds as asked.
// With --patroni, Patroni manages the servers (test/support/patroni.ts).
import { parseArgs } from 'node:util';
import { openSuite } from '../support/suite.ts';
import { printTable } from '../support/table.ts';
import { failOver, withPatroni } from './cases/fail-over.ts';
import { columns, failOverColumns } from './report.ts';
import { runCase } from './run.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    seed: { type: 'string' },
    patroni: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write('--rounds must be a whole number from 1\n');
  process.exit(2);
}
const one = values.patroni ? failOver(rounds, withPatroni) : failOver(rounds);
const { seed, log } = openSuite([one], { names: undefined, store: undefined, seed: values.seed });
const run = await runCase(one, { store: 'postgres', seed, log });
const { violations } = run;
if (values.json) process.stdout.write(`${JSON.stringify(run, null, 2)}\n`);
else {
  printTable(failOverColumns, run.failOvers);
  printTable(columns, [run]);
}
log(violations.length === 0 ? 'no violation' : violations.join('; '));
log(`seed ${seed}: npm run ha -- --rounds ${rounds} --seed ${seed}${values.patroni ? ' --patroni' : ''}`);
process.exit(violations.length > 0 ? 1 : 0);
