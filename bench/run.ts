// One run of the bench: starts every process once, then measures the cases in turn, round by round, so that other load on the
// machine affects all cases alike.
import { join } from 'node:path';
import { type Case, loads, origins, type Pace, tenantsOf } from './cases.ts';
import { measureSyncMs } from './disk.ts';
import type { GeneratorCalls } from './generator.ts';
import { type Limits, startLimits } from './limits.ts';
import { type Bench, type Figures, measureCase, type Subject, warmUp } from './measure.ts';
import { type Part, startPart } from '../test/support/part.ts';
import { type BenchDatabase, type BenchPostgres, openPostgres } from './postgres.ts';
import { type AtEnd, type Running, startCase } from './server.ts';
import type { SinkCalls } from './sink.ts';
import type { Sample } from './summary.ts';

export interface RunOptions {
  readonly cases: readonly Case[];
  readonly rounds: number;
  readonly pace: Pace;
  /** No round begins that would end later than this after the start of the run, if it takes as long as the one before. */
  readonly withinMs: number;
  /** Called after each step with its name, its result, and the completed share of the run. */
  readonly onStep: (step: string, outcome: string, completed: number) => void;
}

export interface Outcome {
  readonly samples: readonly Sample[];
  /** Null when no case used it. */
  readonly postgresVersion: string | null;
}

/** Measures, and ends every process that it started, also on SIGINT and SIGTERM. */
export async function runBench(options: RunOptions): Promise<Outcome> {
  const ending: (() => Promise<void>)[] = [];
  const endAll = async (): Promise<void> => {
    for (let end = ending.pop(); end !== undefined; end = ending.pop()) await end();
  };
  const endEarly = (): void => void endAll().finally(() => process.exit(1));
  process.once('SIGINT', endEarly).once('SIGTERM', endEarly);
  try {
    return await measureAll(options, (end) => ending.push(end));
  } finally {
    await endAll();
    process.off('SIGINT', endEarly).off('SIGTERM', endEarly);
  }
}

async function measureAll(
  { cases, rounds, pace, withinMs, onStep }: RunOptions,
  atEnd: AtEnd,
): Promise<Outcome> {
  const startedAt = performance.now();
  const estimates = estimateDurations(cases, pace);
  const allMs = estimates.startMs * cases.length + rounds * estimates.roundMs;
  let completedMs = 0;
  const reportStep = (step: string, outcome: string, ms: number): void =>
    onStep(step, outcome, (completedMs += ms) / allMs);

  const start = <Calls>(file: string): Part<Calls> => {
    const part = startPart<Calls>(join(import.meta.dirname, file));
    atEnd(() => part.stop());
    return part;
  };
  const sink = start<SinkCalls>('sink.ts');
  const generator = start<GeneratorCalls>('generator.ts');
  const { ports, silentPort, feedPort } = await sink.call('listen', { origins });
  const bench: Bench = { sink, generator, feedPort };
  const limits = await startLimits({ bench, ports, pace, start, hasRsa: cases.some(isRsa) });
  let postgres: BenchPostgres | null = null;
  const begin = (
    which: Case,
    database: BenchDatabase | null,
    others: readonly BenchDatabase[] = [],
  ): Promise<Running> => {
    const starting = startCase(which, { ports, silentPort, database, others }, atEnd);
    // It may fail before it is awaited; the error is thrown there.
    starting.catch(() => {});
    return starting;
  };
  // Filling takes longest, and continues while the other cases start.
  const filling = new Map(
    cases.filter(({ waiting }) => waiting > 0).map((which) => [which, begin(which, null)]),
  );
  const subjects: { which: Case; subject: Subject }[] = [];
  for (const which of cases) {
    if (which.store === 'postgres' && postgres === null) {
      const opened = (postgres = await openPostgres());
      atEnd(() => opened.stop());
    }
    const database = which.store === 'postgres' ? ((await postgres?.createDatabase()) ?? null) : null;
    const others: BenchDatabase[] = [];
    for (let more = which.partitions; more > 1; more--) {
      const other = await postgres?.createDatabase();
      if (other !== undefined) others.push(other);
    }
    const running = await (filling.get(which) ?? begin(which, database, others));
    const { fanOut, payloadBytes } = which;
    const subject = { ...running, tenants: tenantsOf(which), fanOut, payloadBytes };
    await warmUp(bench, subject, pace);
    subjects.push({ which, subject });
    reportStep(which.name, 'started', estimates.startMs);
  }

  const first = subjects.find(({ which }) => which.name === 'sqlite');
  const samples: Sample[] = [];
  const addSample = (round: number, name: string, figures: Figures, ms: number): void => {
    samples.push({ round, name, figures });
    reportStep(`round ${round}: ${name}`, describe(figures), ms);
  };
  let roundMs = 0;
  for (let round = 1; round <= rounds; round++) {
    const beganAt = performance.now();
    if (beganAt - startedAt + roundMs > withinMs) break;
    addSample(round, 'disk', { syncMs: measureSyncMs() }, 0);
    let bounds: Figures = {};
    /** The rate of the first case, for comparison with the others. */
    let base: number | null = null;
    for (const { which, subject } of subjects) {
      // Measured again before each main case, so that both sides of a ratio are measured close together.
      const isBound = which.isMain || which === subjects[0]?.which;
      const wanted = [...(isBound ? ['post', 'ingest'] : []), ...(isRsa(which) ? ['sign'] : [])];
      const measured = await measureLimits(limits, wanted, (name, figures) =>
        addSample(round, name, figures, estimates.limitMs),
      );
      bounds = { ...bounds, ...measured };
      if (which.isCompared && first !== undefined) {
        const figures = await measureCase(bench, first.subject, false, pace);
        base = figures['eventsPerSecond'] ?? null;
        addSample(round, 'base', figures, estimates.caseMs(which));
      }
      const figures = await measureCase(bench, subject, which.isMain, pace);
      addSample(round, which.name, { ...figures, ...bounds, base }, estimates.caseMs(which));
      base = which === first?.which ? (figures['eventsPerSecond'] ?? null) : base;
    }
    roundMs = performance.now() - beganAt;
  }
  return { samples, postgresVersion: postgres?.version ?? null };
}

/** The wanted limits in events per second. */
async function measureLimits(
  limits: Limits,
  wanted: readonly string[],
  note: (name: string, figures: Figures) => void,
): Promise<Figures> {
  const bounds: Record<string, number> = {};
  for (const name of wanted) {
    const measure = limits[name];
    if (measure === undefined) throw new Error(`the limit ${name} was not started`);
    const eventsPerSecond = await measure();
    bounds[name] = eventsPerSecond;
    note(name, { eventsPerSecond });
  }
  return bounds;
}

function describe({ eventsPerSecond, syncMs }: Figures): string {
  return typeof eventsPerSecond === 'number'
    ? `${Math.round(eventsPerSecond)}/s`
    : `${(syncMs ?? 0).toFixed(2)} ms to sync`;
}

/** Estimated duration of each step in ms. */
function estimateDurations(
  cases: readonly Case[],
  { warmUpMs, rampMs, limitMs, saturateMs, sustainMs, latencyMs }: Pace,
) {
  const limitWholeMs = rampMs + limitMs;
  const caseMs = ({ isMain }: Case): number =>
    rampMs + saturateMs + (isMain ? 2 * (rampMs + sustainMs) + loads.length * (rampMs + latencyMs) : 0);
  const limitTimes =
    2 * Math.max(1, cases.filter(({ isMain }) => isMain).length) + cases.filter(isRsa).length;
  const casesMs = cases.reduce((sum, each) => sum + caseMs(each) * (each.isCompared ? 2 : 1), 0);
  const roundMs = limitTimes * limitWholeMs + casesMs;
  return { startMs: warmUpMs + 1000, limitMs: limitWholeMs, caseMs, roundMs };
}

function isRsa({ dialect }: Case): boolean {
  return dialect === 'chip';
}
