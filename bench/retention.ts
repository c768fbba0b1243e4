// npm run bench:retention: latency of publishing while retention deletes a million ended deliveries, and then while the file of
// SQLite shrinks. Two servers with a million each are measured in turn: one keeps them, the other deletes them.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fill } from '../test/support/fill.ts';
import {
  filledTenant,
  filledType,
  type Live,
  type LiveServer,
  type Load,
  medianOf,
  openLive,
  type StoreName,
  printProgress,
  reportFilling,
  terms,
} from './live.ts';
import { readFlags } from './options.ts';
import { formatTable } from './report.ts';

const usage = `npm run bench:retention -- [--store sqlite|postgres] [--count n] [--rate n] [--archive]

  --store  both by default
  --count  deliveries that ended 40 days ago (1000000), each of an event with 140 bytes of payload
  --rate   events published per second meanwhile (500)
  --archive  the deliveries are archived before they are deleted
`;

/** The p99 of publishing on the server that deletes, as a multiple of that on the server that keeps. */
const p99GrowthMax = 2;
const roundMs = 5000;
/** Rounds of the deleting server for each of the keeping one, so that other load on the machine affects both. */
const roundsInTurn = 3;
const dayMs = 86_400_000;
/** The bench gives up after this many rounds. */
const roundsMax = 120;

interface Options {
  readonly stores: readonly StoreName[];
  readonly count: number;
  readonly rate: number;
  readonly archive: boolean;
}

function readOptions(): Options | null {
  const flags = readFlags({ count: 1_000_000, rate: 500 }, { archive: { type: 'boolean', default: false } });
  if (flags === null) return null;
  return { stores: flags.stores, ...flags.counts, archive: flags.others['archive'] === true };
}

async function hasDeletedAll({ api }: LiveServer): Promise<boolean> {
  const lists = await Promise.all(
    ['events', 'deliveries'].map((list) => api.call('GET', `/tenants/${filledTenant}/${list}?limit=1`)),
  );
  return lists.every(({ status, body }) => {
    if (status !== 200) throw new Error(`listing was answered ${status}`);
    return body.data.length === 0;
  });
}

/** The rounds of both servers, and how long deleting took; null when the bench gave up. */
interface Rounds {
  readonly keeping: Load[];
  readonly deleting: Load[];
  /** After that, while the file shrinks; none on Postgres. */
  readonly shrinking: Load[];
  readonly seconds: number | null;
}

async function runInTurn(
  keepingServer: LiveServer,
  deletingServer: LiveServer,
  rate: number,
  sizeOf: () => number,
): Promise<Rounds> {
  const [keeping, deleting, shrinking]: [Load[], Load[], Load[]] = [[], [], []];
  let runMs = 0;
  while (deleting.length < roundsMax) {
    keeping.push(await deletingServer.pausedWhile(() => keepingServer.run(rate, roundMs)));
    for (let turn = 0; turn < roundsInTurn; turn++) {
      const startedAt = performance.now();
      const load = await deletingServer.run(rate, roundMs);
      deleting.push(load);
      printProgress(
        `while deleting, round ${deleting.length}: publish p99 ${load.publishP99Ms.toFixed(1)} ms`,
      );
      const isDone = await hasDeletedAll(deletingServer);
      runMs += performance.now() - startedAt;
      if (!isDone) continue;
      for (let before = Infinity; sizeOf() < before && shrinking.length < roundsMax;) {
        before = sizeOf();
        keeping.push(await deletingServer.pausedWhile(() => keepingServer.run(rate, roundMs)));
        shrinking.push(await deletingServer.run(rate, roundMs));
        printProgress(`the file has ${(sizeOf() / 2 ** 20).toFixed(0)} MiB`);
      }
      return { keeping, deleting, shrinking, seconds: runMs / 1000 };
    }
  }
  return { keeping, deleting, shrinking, seconds: null };
}

/** Returns whether the goal was met. */
async function run(store: StoreName, { count, rate, archive }: Options): Promise<boolean> {
  const from = (Math.floor(Date.now() / dayMs) - 40) * dayMs;
  const span = { from, until: from + dayMs - 10_000 };
  const event = { tenant: filledTenant, type: filledType, state: 'delivered' } as const;
  // No request is made to it: all its deliveries have ended.
  const url = 'http://127.0.0.1:9/filled';
  const lives: Live[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'carillon-archive-'));
  try {
    const start = async (settings: Record<string, string>): Promise<LiveServer> => {
      const live = await openLive(store, url);
      lives.push(live);
      const onProgress = reportFilling(count);
      await fill({ place: live.place, count, ...span, eventOf: () => event, onProgress });
      return live.start(settings);
    };
    const keepingServer = await start({ CARILLON_RETENTION: '3650d' });
    const deletingServer = await start({
      CARILLON_RETENTION: '30d',
      ...(archive ? { CARILLON_ARCHIVE: folder } : {}),
    });
    const place = lives.at(-1)?.place;
    const sizeOf = (): number =>
      place?.kind === 'sqlite' ? (statSync(place.path, { throwIfNoEntry: false })?.size ?? 0) : 0;
    const rounds = await runInTurn(keepingServer, deletingServer, rate, sizeOf);
    await keepingServer.stop();
    await deletingServer.stop();
    return report(store, count, rounds);
  } finally {
    for (const live of lives) await live.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(store: StoreName, count: number, { keeping, deleting, shrinking, seconds }: Rounds): boolean {
  const cells = (title: string, loads: readonly Load[]): string[] => [
    title,
    medianOf(loads, 'publishedPerSecond').toFixed(0),
    medianOf(loads, 'publishP50Ms').toFixed(1),
    medianOf(loads, 'publishP99Ms').toFixed(1),
    Math.max(...loads.map((load) => load.publishP99Ms)).toFixed(1),
    medianOf(loads, 'deliveredP99Ms').toFixed(1),
    Math.max(...loads.map((load) => load.residentMiB)).toFixed(0),
  ];
  const growthOf = (loads: readonly Load[]): number =>
    medianOf(loads, 'publishP99Ms') / medianOf(keeping, 'publishP99Ms');
  const growth = growthOf(deleting);
  const whileShrinking = shrinking.length === 0 ? null : growthOf(shrinking);
  const isMet = seconds !== null && growth <= p99GrowthMax && (whileShrinking ?? 0) <= p99GrowthMax;
  const head = [store, 'published/s', 'p50 ms', 'p99 ms', 'worst p99 ms', 'delivered p99 ms', 'MiB'];
  const table = formatTable(head, [
    cells(`${count} are kept`, keeping),
    cells(`${count} are deleted`, deleting),
    ...(whileShrinking === null ? [] : [cells('the file shrinks', shrinking)]),
  ]);
  const end = seconds === null ? 'not all were deleted' : `all deleted in ${seconds.toFixed(0)} s`;
  const shrunk = whileShrinking === null ? '' : `, and ${whileShrinking.toFixed(2)} while it shrinks`;
  const verdict = `${end}, publish p99 ${growth.toFixed(2)} times the other's${shrunk} (at most ${p99GrowthMax})`;
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
    `${terms}, open loop, rounds of ${roundMs / 1000} s, medians over the rounds; MiB at most\n\n`,
  );
  let isMet = true;
  for (const store of options.stores) isMet = (await run(store, options)) && isMet;
  return isMet ? 0 : 1;
}

process.exitCode = await main();
