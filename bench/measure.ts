// Measures one case: the rate of a closed loop, the highest sustained rate of an open loop, and latencies below it.
import type { Destination, GeneratorCalls, Published, Run } from './generator.ts';
import { connections, loads, type Pace, window } from './cases.ts';
import type { Part } from '../test/support/part.ts';
import { nowUs } from './payload.ts';
import { threads, type Usage } from './server.ts';
import type { SinkCalls } from './sink.ts';
import { readCpuUs } from '../test/support/machine.ts';

export interface Bench {
  readonly sink: Part<SinkCalls>;
  readonly generator: Part<GeneratorCalls>;
  readonly feedPort: number;
}

/** The server that is measured, and the events to publish to it. */
export interface Subject extends Pick<
  Destination,
  'url' | 'adminKey' | 'tenants' | 'eventTypes' | 'fanOut' | 'payloadBytes'
> {
  readonly usage: () => Promise<Usage>;
}

/** By name; null where it could not be measured. */
export type Figures = Readonly<Record<string, number | null>>;

/** Time between the call and the start of the run, so that every process is ready. */
const leadMs = 20;
/** How long deliveries in flight may take to arrive after a run. */
const drainMsMax = 15_000;
/** A rate is sustained when this share of the deliveries due in a window has arrived in it, */
const arrivedMin = 0.98;
/** and when the backlog at the end is at most this many seconds of the rate. */
const backlogSecondsMax = 0.25;
/** Shares of the closed loop's rate that are tested in turn. */
const shares = [1, 0.97, 0.94, 0.91, 0.88, 0.84, 0.8, 0.75, 0.7, 0.6, 0.5];

/** Connects the generator to the server. */
export function connectGenerator(
  { generator, feedPort }: Bench,
  subject: Omit<Subject, 'usage'>,
): Promise<void> {
  const { url, adminKey, tenants, eventTypes, fanOut, payloadBytes } = subject;
  return generator.call('connect', {
    url,
    adminKey,
    tenants,
    eventTypes,
    fanOut,
    payloadBytes,
    connections,
    feedPort,
  });
}

/** Publishes without measuring, until the server's code is compiled and every endpoint has got a delivery. */
export async function warmUp(bench: Bench, subject: Subject, { warmUpMs }: Pace): Promise<void> {
  await connectGenerator(bench, subject);
  let published = 0;
  while (published < subject.eventTypes.length) {
    const { deliveries } = await runOnce(bench, subject, null, 0, warmUpMs);
    if (deliveries === 0) throw new Error(`${subject.url} accepts no events`);
    published += deliveries / subject.fanOut;
  }
}

/** The rate in events per second of a closed loop on a server that stores nothing. */
export async function measureIngest(
  { generator }: Pick<Bench, 'generator'>,
  to: { url: string; adminKey: string },
  pace: Pick<Pace, 'rampMs' | 'limitMs'>,
): Promise<number> {
  const payloadBytes = 1024;
  const terms = { tenants: ['acme'], eventTypes: ['bench.0'], fanOut: 1, payloadBytes, feedPort: null };
  await generator.call('connect', { ...to, ...terms, connections });
  const published = await generator.call('run', timed(null, pace.rampMs, pace.limitMs));
  if (published.refused > 0) throw new Error(`the ingest limit refused ${published.refused} events`);
  return published.accepted / published.seconds;
}

/** All figures of one round of a case. */
export async function measureCase(
  bench: Bench,
  subject: Subject,
  isMain: boolean,
  pace: Pace,
): Promise<Figures> {
  await connectGenerator(bench, subject);
  const closed = await runOnce(bench, subject, null, pace.rampMs, pace.saturateMs);
  const closedRate = closed.published.delivered / closed.published.seconds / subject.fanOut;
  if (!isMain) return { eventsPerSecond: closedRate, ...costs(closed) };
  const { rate, measured } = await findSustained(bench, subject, closedRate, pace);
  const figures: Record<string, number | null> = {
    eventsPerSecond: rate,
    closedLoop: closedRate,
    ...costs(measured),
  };
  for (const load of loads) {
    const { published, arrivals } = await runOnce(
      bench,
      subject,
      (rate * load) / 100,
      pace.rampMs,
      pace.latencyMs,
    );
    figures[`acceptP50At${load}`] = published.p50Ms;
    figures[`acceptP99At${load}`] = published.p99Ms;
    figures[`deliveredP50At${load}`] = arrivals.p50Ms;
    figures[`deliveredP99At${load}`] = arrivals.p99Ms;
  }
  return figures;
}

/** The highest share of `closedRate` that an open loop sustains; if it sustains none, the rate delivered at the lowest. */
async function findSustained(
  bench: Bench,
  subject: Subject,
  closedRate: number,
  pace: Pace,
): Promise<{ rate: number; measured: Measured }> {
  let rate = 0;
  let measured: Measured | null = null;
  for (const share of shares) {
    rate = closedRate * share;
    measured = await runOnce(bench, subject, rate, pace.rampMs, pace.sustainMs);
    if (isSustained(measured.published, rate, subject.fanOut)) return { rate, measured };
  }
  if (measured === null) throw new Error('no share of the rate was tested');
  const { delivered, seconds } = measured.published;
  return { rate: delivered / seconds / subject.fanOut, measured };
}

function isSustained(published: Published, rate: number, fanOut: number): boolean {
  const { due, delivered, refused, unsent, undelivered } = published;
  const backlog = unsent * fanOut + undelivered;
  const isBounded = backlog <= rate * fanOut * backlogSecondsMax;
  return refused === 0 && isBounded && delivered >= due * fanOut * arrivedMin;
}

interface Measured {
  readonly published: Published;
  readonly arrivals: { readonly p50Ms: number | null; readonly p99Ms: number | null };
  readonly deliveries: number;
  readonly before: Usage;
  readonly after: Usage;
  /** Processor time of the generator and the sink. */
  readonly benchCpuUs: number | null;
}

/** Publishes for `rampMs + ms`, without counting the first part, and waits until every delivery has arrived. */
async function runOnce(
  bench: Bench,
  subject: Subject,
  rate: number | null,
  rampMs: number,
  ms: number,
): Promise<Measured> {
  const { sink, generator } = bench;
  const before = await subject.usage();
  const ownBefore = readOwnCpuUs(bench);
  const { total } = await sink.call('read', null);
  const run = timed(rate, rampMs, ms);
  await sink.call('clear', { fromUs: run.countFromUs });
  const published = await generator.call('run', run);
  const deliveries = published.acceptedTotal * subject.fanOut;
  const deadline = performance.now() + drainMsMax;
  let arrivals = await sink.call('read', null);
  while (arrivals.total - total < deliveries) {
    if (performance.now() > deadline) {
      throw new Error(`${deliveries - arrivals.total + total} deliveries of ${deliveries} did not arrive`);
    }
    await pause(20);
    arrivals = await sink.call('read', null);
  }
  const after = await subject.usage();
  const ownAfter = readOwnCpuUs(bench);
  return { published, arrivals, deliveries, before, after, benchCpuUs: minus(ownAfter, ownBefore) };
}

export function timed(rate: number | null, rampMs: number, ms: number): Run {
  const startUs = nowUs() + leadMs * 1000;
  const countFromUs = startUs + rampMs * 1000;
  return { rate, window, startUs, countFromUs, endUs: countFromUs + ms * 1000 };
}

/** Costs per delivery. */
function costs({ before, after, deliveries, benchCpuUs }: Measured): Figures {
  const per = (total: number | null): number | null => (total === null ? null : total / deliveries);
  return {
    cpuUs: per(minus(after.cpuUs, before.cpuUs)),
    ...Object.fromEntries(
      threads.map((name) => [
        threadFigure(name),
        per(minus(after.threadsUs[name] ?? null, before.threadsUs[name] ?? null)),
      ]),
    ),
    databaseCpuUs: per(minus(after.databaseCpuUs, before.databaseCpuUs)),
    benchCpuUs: per(benchCpuUs),
    statements: per(after.statements - before.statements),
    fsyncs: per(minus(after.fsyncs, before.fsyncs)),
    residentMiB: after.residentMiB,
  };
}

/** The figure of a thread: its processor time per delivery in µs. */
export function threadFigure(thread: (typeof threads)[number]): string {
  return `${thread}ThreadUs`;
}

function readOwnCpuUs({ sink, generator }: Bench): number | null {
  const used = [sink, generator].map(({ pid }) => readCpuUs(pid));
  return used.includes(null) ? null : used.reduce((sum: number, us) => sum + (us ?? 0), 0);
}

function minus(after: number | null, before: number | null): number | null {
  return after === null || before === null ? null : after - before;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
