// Summary of all rounds: medians with their range, ratios, and verdicts on the targets.
import { cases } from './cases.ts';
import type { Figures } from './measure.ts';

/** The result of one measurement in one round. Limits are measured more than once per round. */
export interface Sample {
  readonly round: number;
  /** Name of the case, or `post`, `ingest`, `sign`, `disk`. */
  readonly name: string;
  /** For a case, also the limits that were measured shortly before it, by name, and the rate of the first case as `base`. */
  readonly figures: Figures;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** By case and figure. */
export type Summary = Readonly<Record<string, Readonly<Record<string, Spread>>>>;

export interface Verdict {
  readonly target: string;
  /** Null when it was not measured in this run. */
  readonly measured: number | null;
  readonly isReached: boolean | null;
}

/** Medians over the rounds. Ratios are computed within each round: other load in a round affects both sides. */
export function summarize(samples: readonly Sample[], cores: number): Summary {
  const compared = samples.flatMap((sample) => compare(sample, samples, cores));
  const summary: Record<string, Record<string, Spread>> = {};
  for (const [name, group] of Map.groupBy(compared, (sample) => sample.name)) {
    const figures: Record<string, Spread> = {};
    for (const figure of new Set(group.flatMap((sample) => Object.keys(sample.figures)))) {
      const values = group.flatMap((sample) => sample.figures[figure] ?? []);
      if (values.length > 0) figures[figure] = spread(values);
    }
    summary[name] = figures;
  }
  return summary;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? NaN, sorted[Math.floor(middle)] ?? NaN];
  return { median: (low + high) / 2, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN };
}

/** The combined limit in events per second of a server that receives an event and sends it `fanOut` times. */
export function combinedLimit(post: number, ingest: number, fanOut: number): number {
  return 1 / (fanOut / post + 1 / ingest);
}

/** The sample with its ratios, and for a main case also the combined limit that it is compared with. */
function compare(sample: Sample, all: readonly Sample[], cores: number): readonly Sample[] {
  const which = cases.find(({ name }) => name === sample.name);
  if (which === undefined) return [sample];
  const { round, figures } = sample;
  const { fanOut, payloadBytes, dialect } = which;
  const unsigned = all.find((other) => other.round === round && other.name === 'sqlite')?.figures ?? {};
  const inOne = all.find((other) => other.round === round && other.name === 'tenants-3')?.figures ?? {};
  const rate = figures['eventsPerSecond'] ?? NaN;
  const limit = combinedLimit(figures['post'] ?? NaN, figures['ingest'] ?? NaN, fanOut);
  const isLikeLimit = payloadBytes === 1024 && dialect === 'standard';
  const ratios = {
    ofLimit: isLikeLimit ? known(rate / limit) : null,
    ofBase: which.isMain || which.isCompared ? known(rate / (figures['base'] ?? NaN)) : null,
    cpuOfOne: which.partitions > 1 ? known(wholeCpu(figures) / wholeCpu(inOne)) : null,
    ofSigning: dialect === 'chip' ? known(rate / signedLimit(figures['sign'] ?? NaN, cores, unsigned)) : null,
  };
  const made = [{ ...sample, figures: { ...figures, ...ratios } }];
  return which.isMain ? [...made, { round, name: 'limit', figures: { eventsPerSecond: limit } }] : made;
}

/** Of the server and its databases, in µs per delivery. */
function wholeCpu(figures: Figures): number {
  return (figures['cpuUs'] ?? NaN) + (figures['databaseCpuUs'] ?? NaN);
}

/** Null for a ratio of something that was not measured. */
function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/**
 * The rate that signing allows on the cores that everything else leaves free: `sign` is the rate of all cores that only sign,
 * and each delivery also takes the processor time of the server, the generator and the sink without a signature.
 */
function signedLimit(sign: number, cores: number, unsigned: Figures): number {
  const restUs = (unsigned['cpuUs'] ?? NaN) + (unsigned['benchCpuUs'] ?? NaN);
  const used = Math.min(cores, poolThreads);
  return used / (used / sign + restUs / 1_000_000);
}

/** Default size of Node's thread pool, on which it signs. */
const poolThreads = 4;

interface Target {
  readonly text: string;
  readonly case: string;
  readonly figure: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

const targets: readonly Target[] = [
  {
    text: 'SQLite, one thread: at least 0.75 of the limit',
    case: 'sqlite',
    figure: 'ofLimit',
    atLeast: 0.75,
  },
  { text: '  accept p99 at half load, at most 15 ms', case: 'sqlite', figure: 'acceptP99At50', atMost: 15 },
  {
    text: '  publish to delivered p99 at half load, at most 30 ms',
    case: 'sqlite',
    figure: 'deliveredP99At50',
    atMost: 30,
  },
  {
    text: '  SQL statements per delivery, fewer than 0.2',
    case: 'sqlite',
    figure: 'statements',
    atMost: 0.2,
  },
  { text: '  fsyncs per delivery, fewer than 0.1', case: 'sqlite', figure: 'fsyncs', atMost: 0.1 },
  { text: '  resident memory, at most 250 MiB', case: 'sqlite', figure: 'residentMiB', atMost: 250 },
  {
    text: 'SQLite, two threads: at least 1.3 times one thread',
    case: 'sqlite-split',
    figure: 'ofBase',
    atLeast: 1.3,
  },
  {
    text: 'Postgres, one process: at least 0.60 of the limit',
    case: 'postgres',
    figure: 'ofLimit',
    atLeast: 0.6,
  },
  { text: '  accept p99 at half load, at most 15 ms', case: 'postgres', figure: 'acceptP99At50', atMost: 15 },
  {
    text: '  publish to delivered p99 at half load, at most 30 ms',
    case: 'postgres',
    figure: 'deliveredP99At50',
    atMost: 30,
  },
  {
    text: '  SQL statements per delivery, fewer than 0.2',
    case: 'postgres',
    figure: 'statements',
    atMost: 0.2,
  },
  { text: '  fsyncs per delivery, fewer than 0.1', case: 'postgres', figure: 'fsyncs', atMost: 0.1 },
  { text: '  resident memory, at most 250 MiB', case: 'postgres', figure: 'residentMiB', atMost: 250 },
  {
    text: 'three databases: at most 1.15 of the processor time in one',
    case: 'partitions-3',
    figure: 'cpuOfOne',
    atMost: 1.15,
  },
  {
    text: '10,000 endpoints: at least 0.9 of the rate with 200',
    case: 'endpoints-10000',
    figure: 'ofBase',
    atLeast: 0.9,
  },
  {
    text: '1,000,000 waiting: at least 0.9 of the rate without',
    case: 'backlog',
    figure: 'ofBase',
    atLeast: 0.9,
  },
  { text: '  resident memory, at most 350 MiB', case: 'backlog', figure: 'residentMiB', atMost: 350 },
  {
    text: 'CHIP: at least 0.9 of what signing allows on the free cores',
    case: 'rsa',
    figure: 'ofSigning',
    atLeast: 0.9,
  },
];

export function judge(summary: Summary): readonly Verdict[] {
  return targets.map(({ text, case: name, figure, atLeast = -Infinity, atMost = Infinity }) => {
    const measured = summary[name]?.[figure]?.median ?? null;
    const isReached = measured === null ? null : measured >= atLeast && measured <= atMost;
    return { target: text, measured, isReached };
  });
}
