// What a change costs: the ratio of the server's rate to what the machine allows, both measured in one run,
// must not fall by more than 30 % under what it was (bench/floor.json). A ratio, never an absolute time.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cases } from '../../bench/cases.ts';
import { runBench } from '../../bench/run.ts';
import { type Sample, summarize } from '../../bench/summary.ts';
import { avoidDisk } from '../support/memory-disk.ts';

const floorPath = new URL('../../bench/floor.json', import.meta.url);
const floor = JSON.parse(readFileSync(floorPath, 'utf8')) as { readonly sqlite: number };
const fallMax = 0.3;
/** The limits wait for no disk: with the file in memory a slow disk is no slow server. */
avoidDisk();
/** Many short rounds: a neighbour who is at work for a second or two spoils some, and not the median. */
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

/** The median of the rounds' ratios: in a round the limits and the server are measured within two seconds. */
function ratioOf(samples: readonly Sample[]): number {
  const ratio = summarize(samples, 1)['sqlite']?.['ofLimit'];
  if (ratio === undefined) throw new Error('no round was finished');
  const [median, min, max] = [ratio.median, ratio.min, ratio.max].map((value) => value.toFixed(2));
  process.stdout.write(`SQLite, one thread: ${median} of the limit (${min} – ${max})\n`);
  return ratio.median;
}

test('the rate on SQLite keeps its ratio to what the machine allows', { timeout: 120_000 }, async () => {
  const least = floor.sqlite * (1 - fallMax);
  const first = ratioOf(await measure());
  // A neighbour may have been at work all the time: once more, then it counts.
  const ratio = first < least ? ratioOf(await measure()) : first;
  expect(ratio).toBeGreaterThanOrEqual(least);
});
