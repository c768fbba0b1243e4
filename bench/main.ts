// npm run bench: throughput and latency of the server on this machine, compared with the upper limits of the machine.
import { parseArgs } from 'node:util';
import { cases, connections, origins, pace, quickCases, quickPace, window } from './cases.ts';
import { describeMachine } from '../test/support/machine.ts';
import { printReport, type Result } from './report.ts';
import { runBench } from './run.ts';
import { measureStorage } from './storage.ts';
import { judge, summarize } from './summary.ts';

/** Not a case: it measures space, by itself. */
const storage = 'storage';

const usage = `npm run bench -- [--quick] [--only case,…] [--rounds n] [--json]

  --quick   two cases, within a minute
  --only    cases to measure: ${cases.map(({ name }) => name).join(', ')};
            or ${storage}: bytes on disk, instead of the others
  --rounds  how often each case is measured (3)
  --json    print JSON instead of tables
`;

function readOptions(): {
  quick: boolean;
  json: boolean;
  only: readonly string[] | null;
  rounds: number;
} | null {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        only: { type: 'string' },
        rounds: { type: 'string', default: '3' },
      },
    });
    const only = values.only?.split(',') ?? null;
    const rounds = Number(values.rounds);
    const isStorage = only?.length === 1 && only[0] === storage;
    const areKnown =
      isStorage || (only?.every((wanted) => cases.some(({ name }) => name === wanted)) ?? true);
    if (!areKnown || !Number.isInteger(rounds) || rounds < 1) return null;
    return { quick: values.quick, json: values.json, only, rounds };
  } catch {
    return null;
  }
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    process.stderr.write(usage);
    return 2;
  }
  const { quick, only, rounds } = options;
  if (only?.[0] === storage) {
    process.stdout.write(await measureStorage());
    return 0;
  }
  const wanted = only ?? (quick ? quickCases : cases.map(({ name }) => name));
  const startedAt = performance.now();
  const secondsSince = (): number => (performance.now() - startedAt) / 1000;
  const measured = await runBench({
    cases: cases.filter(({ name }) => wanted.includes(name)),
    rounds,
    pace: quick ? quickPace : pace,
    withinMs: quick ? 57_000 : 290_000,
    onStep(step, outcome, completed) {
      const restSeconds = Math.round((secondsSince() / completed) * (1 - completed));
      process.stderr.write(`${step}: ${outcome} (about ${restSeconds} s left)\n`);
    },
  });
  const machine = describeMachine();
  const summary = summarize(measured.samples, machine.cores);
  const result: Result = {
    setting: {
      machine: `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}`,
      software: `Node ${machine.node}, SQLite ${process.versions.sqlite}${measured.postgresVersion === null ? '' : `, Postgres ${measured.postgresVersion}`}`,
      terms: `payload 1 KiB and 200 endpoints on ${origins} ports unless stated otherwise, ${connections} publishing connections, ${window} deliveries in flight in a closed loop`,
      rounds: `${Math.max(...measured.samples.map(({ round }) => round))} of ${rounds}, in ${Math.round(secondsSince())} s; medians`,
    },
    summary,
    verdicts: judge(summary),
  };
  const { samples } = measured;
  process.stdout.write(
    options.json ? `${JSON.stringify({ ...result, samples }, null, 2)}\n` : printReport(result),
  );
  return 0;
}

process.exitCode = await main();
