// npm run bench:retention: what it does to publishing that a million finished deliveries are forgotten meanwhile.
import { parseArgs } from 'node:util';
import { fill } from './fill.ts';
import {
  filledTenant,
  filledType,
  type Live,
  type LiveServer,
  type Load,
  medianOf,
  openLive,
  type StoreName,
  tell,
  tellFilling,
  terms,
} from './live.ts';
import { formatTable } from './report.ts';

const usage = `npm run bench:retention -- [--store sqlite|postgres] [--count n] [--rate n]

  --store  both by default
  --count  deliveries that ended 40 days ago (1000000), each of an event with 140 bytes of payload
  --rate   events published per second meanwhile (500)
`;

/** The publish p99 while they are forgotten, in terms of the one before. */
const p99GrowthMax = 2;
const roundMs = 5000;
const roundsBefore = 5;
const dayMs = 86_400_000;
/** After so many rounds it is given up. */
const roundsMax = 120;

interface Options {
  readonly stores: readonly StoreName[];
  readonly count: number;
  readonly rate: number;
}

function readOptions(): Options | null {
  try {
    const { values } = parseArgs({
      options: {
        store: { type: 'string' },
        count: { type: 'string', default: '1000000' },
        rate: { type: 'string', default: '500' },
      },
    });
    const { store } = values;
    const [count, rate] = [Number(values.count), Number(values.rate)];
    if (store !== undefined && store !== 'sqlite' && store !== 'postgres') return null;
    if (![count, rate].every((n) => Number.isSafeInteger(n) && n > 0)) return null;
    return { stores: store === undefined ? ['sqlite', 'postgres'] : [store], count, rate };
  } catch {
    return null;
  }
}

async function hasForgotten({ api }: LiveServer): Promise<boolean> {
  const lists = await Promise.all(
    ['events', 'deliveries'].map((list) => api.call('GET', `/tenants/${filledTenant}/${list}?limit=1`)),
  );
  return lists.every(({ status, body }) => {
    if (status !== 200) throw new Error(`a list was answered ${status}`);
    return body.data.length === 0;
  });
}

/** Answers whether the goal was met. */
async function run(store: StoreName, live: Live, { count, rate }: Options): Promise<boolean> {
  const from = (Math.floor(Date.now() / dayMs) - 40) * dayMs;
  const span = { from, until: from + dayMs - 10_000, state: 'finished' as const };
  const { place } = live;
  const onProgress = tellFilling(count);
  await fill({ place, tenant: filledTenant, eventType: filledType, count, ...span, onProgress });

  const first = await live.start({ CARILLON_RETENTION: '3650d' });
  if (await hasForgotten(first)) throw new Error('nothing is there to be forgotten');
  const before: Load[] = [];
  for (let round = 1; round <= roundsBefore; round++) before.push(await first.run(rate, roundMs));
  await first.stop();

  const second = await live.start({ CARILLON_RETENTION: '30d' });
  const startedAt = performance.now();
  const during: Load[] = [];
  let isDone = false;
  while (!isDone && during.length < roundsMax) {
    const load = await second.run(rate, roundMs);
    tell(`while, round ${during.length + 1}: publish p99 ${load.publishP99Ms.toFixed(1)} ms`);
    isDone = await hasForgotten(second);
    during.push(load);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  await second.stop();

  const cells = (title: string, loads: readonly Load[]): string[] => [
    title,
    medianOf(loads, 'publishedPerSecond').toFixed(0),
    medianOf(loads, 'publishP50Ms').toFixed(1),
    medianOf(loads, 'publishP99Ms').toFixed(1),
    Math.max(...loads.map((load) => load.publishP99Ms)).toFixed(1),
    medianOf(loads, 'deliveredP99Ms').toFixed(1),
    Math.max(...loads.map((load) => load.residentMiB)).toFixed(0),
  ];
  const growth = medianOf(during, 'publishP99Ms') / medianOf(before, 'publishP99Ms');
  const isMet = isDone && growth <= p99GrowthMax;
  const head = [store, 'published/s', 'p50 ms', 'p99 ms', 'worst p99 ms', 'delivered p99 ms', 'MiB'];
  const table = formatTable(head, [cells('before', before), cells(`while ${count} are forgotten`, during)]);
  const end = isDone ? `all forgotten in ${seconds.toFixed(0)} s` : 'not all were forgotten';
  const verdict = `${end}, publish p99 ${growth.toFixed(2)} times the one before (at most ${p99GrowthMax})`;
  process.stdout.write(`${table}\n${verdict}: ${isMet ? 'met' : 'MISSED'}\n\n`);
  return isMet;
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    process.stderr.write(usage);
    return 2;
  }
  process.stdout.write(
    `${terms}, open loop, rounds of ${roundMs / 1000} s, medians of each round's; MiB at the most\n\n`,
  );
  let isMet = true;
  for (const store of options.stores) {
    // Nothing is sent to it any more.
    const live = await openLive(store, 'http://127.0.0.1:9/filled');
    try {
      isMet = (await run(store, live, options)) && isMet;
    } finally {
      await live.close();
    }
  }
  return isMet ? 0 : 1;
}

process.exitCode = await main();
