// npm run bench:backlog: throughput of all other endpoints while a backlog of a million deliveries waits for one dead
// endpoint.
import { createServer } from 'node:net';
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

const usage = `npm run bench:backlog -- [--store sqlite|postgres] [--count n] [--dead silent|refusing] [--rounds n]

  --store   both by default
  --count   waiting deliveries (1000000), each of an event with 140 bytes of payload
  --dead    the receiver accepts connections and never answers (silent), or refuses connections (refusing)
  --rounds  how often the rate is measured without the backlog, and with it (5); the result is the median
`;

/** The least share of the rate without the backlog, and bounds. */
const goals = { rateMin: 0.9, startMsMax: 5000, residentMiBMax: 350 };
const roundMs = 4000;

interface Options {
  readonly stores: readonly StoreName[];
  readonly count: number;
  readonly dead: 'silent' | 'refusing';
  readonly rounds: number;
}

function readOptions(): Options | null {
  const flags = readFlags({ count: 1_000_000, rounds: 5 }, { dead: { type: 'string', default: 'silent' } });
  const dead = flags?.others['dead'];
  if (flags === null || (dead !== 'silent' && dead !== 'refusing')) return null;
  return { stores: flags.stores, ...flags.counts, dead };
}

/** A receiver that accepts connections and reads nothing from them. After `close` its port refuses connections. */
async function listenSilently(): Promise<{ url: string; close: () => Promise<void> }> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port for the dead endpoint');
  return {
    url: `http://127.0.0.1:${address.port}/dead`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

async function measure(server: LiveServer, title: string, rounds: number): Promise<Load[]> {
  const loads: Load[] = [];
  for (let round = 1; round <= rounds; round++) {
    const load = await server.run(null, roundMs);
    printProgress(`${title}, round ${round}: ${load.deliveredPerSecond.toFixed(0)} deliveries/s`);
    loads.push(load);
  }
  return loads;
}

/** Returns whether every goal was met. */
async function run(store: StoreName, live: Live, { count, rounds, dead }: Options): Promise<boolean> {
  const first = await live.start();
  const before = await measure(first, 'without', rounds);
  await first.stop();
  const now = Date.now();
  const event = { tenant: filledTenant, type: filledType, state: 'waiting' } as const;
  const span = { from: now - 60_000, until: now };
  const { place } = live;
  await fill({ place, count, ...span, eventOf: () => event, onProgress: reportFilling(count) });
  const second = await live.start();
  printProgress(`started in ${second.startMs.toFixed(0)} ms`);
  const during = await measure(second, 'with', rounds);
  await second.stop();

  const names = ['publishedPerSecond', 'deliveredPerSecond'] as const;
  const shares = names.map((name) => medianOf(during, name) / medianOf(before, name));
  const residentMiB = Math.max(...during.map((load) => load.residentMiB));
  const cells = (title: string, { startMs, startMiB }: LiveServer, loads: readonly Load[]): string[] => [
    title,
    ...names.map((name) => medianOf(loads, name).toFixed(0)),
    medianOf(loads, 'publishP99Ms').toFixed(1),
    medianOf(loads, 'deliveredP99Ms').toFixed(1),
    startMs.toFixed(0),
    startMiB.toFixed(0),
    Math.max(...loads.map((load) => load.residentMiB)).toFixed(0),
  ];
  const isMet =
    shares.every((share) => share >= goals.rateMin) &&
    second.startMs <= goals.startMsMax &&
    residentMiB <= goals.residentMiBMax;
  // prettier-ignore
  const head = [
    store, 'published/s', 'delivered/s', 'publish p99 ms', 'delivered p99 ms', 'start ms', 'MiB at start', 'MiB at most',
  ];
  const table = formatTable(head, [
    cells('without backlog', first, before),
    cells(`with ${count} waiting, ${dead}`, second, during),
  ]);
  const verdict = `rates ${shares.map((share) => share.toFixed(2)).join(' and ')} of the rates without (at least ${goals.rateMin}), start ${second.startMs.toFixed(0)} ms (at most ${goals.startMsMax}), ${residentMiB.toFixed(0)} MiB (at most ${goals.residentMiBMax})`;
  process.stdout.write(`${table}\n${verdict}: ${isMet ? 'met' : 'MISSED'}\n\n`);
  return isMet;
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    process.stderr.write(usage);
    return 2;
  }
  process.stdout.write(`${terms}, closed loop, ${options.rounds} rounds of ${roundMs / 1000} s, medians\n\n`);
  let isMet = true;
  for (const store of options.stores) {
    const silent = await listenSilently();
    if (options.dead === 'refusing') await silent.close();
    const live = await openLive(store, silent.url);
    try {
      isMet = (await run(store, live, options)) && isMet;
    } finally {
      await live.close();
      if (options.dead === 'silent') await silent.close();
    }
  }
  return isMet ? 0 : 1;
}

process.exitCode = await main();
