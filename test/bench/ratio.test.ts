// Performance regression test: the ratio of the server's rate to the limit of the machine, both measured in one run, must not be
// more than 30 % below bench/floor.json. It compares a ratio, never an absolute time.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cases } from '../../bench/cases.ts';
import { runBench } from '../../bench/run.ts';
import { type Sample, summarize } from '../../bench/summary.ts';

const floorPath = new URL('../../bench/floor.json', import.meta.url);
const floor = JSON.parse(readFileSync(floorPath, 'utf8')) as { readonly sqlite: number };
const fallMax = 0.3;
/** The limits do not use the disk, so the database is in memory: a slow disk must not count as a slow server. */
/** Many short rounds: other load for a second or two affects some of them, and not the median. */
const pace = { warmUpMs: 1000, rampMs: 200, limitMs: 500, saturateMs: 700, sustainMs: 0, latencyMs: 0 };
const rounds = 6;

async function measure(): Promise<readonly Sample[]> {
  const { samples } = await runBench({
    cases: cases.filter(({ name }) => name === 'sqlite').map((which) => ({ ...which, isMain: false })),
    rounds,
    pace,
    withinMs: 25_000,
    onStep: () => {},
  });
  return samples;
}

/** The median of the ratios of all rounds. A round measures the limits and the server within two seconds. */
function ratioOf(samples: readonly Sample[]): number {
  const ratio = summarize(samples, 1)['sqlite']?.['ofLimit'];
  if (ratio === undefined) throw new Error('no round has finished');
  const [median, min, max] = [ratio.median, ratio.min, ratio.max].map((value) => value.toFixed(2));
  process.stdout.write(`SQLite, one thread: ${median} of the limit (${min} – ${max})\n`);
  return ratio.median;
}

test('the rate on SQLite keeps its ratio to the limit of the machine', { timeout: 120_000 }, async () => {
  const least = floor.sqlite * (1 - fallMax);
  const first = ratioOf(await measure());
  // Other load may have lasted for all rounds: the second measurement decides.
  const ratio = first < least ? ratioOf(await measure()) : first;
  expect(ratio).toBeGreaterThanOrEqual(least);
});
