// What `carillon doctor` checks, as far as the metrics of the process that answers tell it.
import { formatBytes, formatDuration } from '#web/lib/format.ts';
import { type Metrics, sumOf } from '#web/lib/metrics-text.ts';

export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do; empty when it is ok. */
  readonly advice: string;
}

const mebibyte = 1024 * 1024;
/** As the doctor has it: the write-ahead log alone may need this much. */
const freeBytes = { warn: 2048 * mebibyte, fail: 200 * mebibyte };
/** A due delivery that waits for longer has no worker, or no slot. */
const waitSeconds = { warn: 60, fail: 600 };
/** Retention that has not caught up for longer than its alert allows. */
const retentionSeconds = { warn: 3600, fail: 86_400 };

/** What a metric is not there for is left out: the disk of a server with Postgres, say. */
export function checksOf(metrics: Metrics): readonly Check[] {
  return [database, deliveries, wait, disk, retention].flatMap((check) => check(metrics) ?? []);
}

type MetricCheck = (metrics: Metrics) => Check | undefined;

const database: MetricCheck = (metrics) => {
  const usable = sumOf(metrics, 'carillon_database_usable');
  if (usable === undefined) return undefined;
  return usable === 1
    ? { name: 'database', status: 'ok', detail: 'It can be used.', advice: '' }
    : {
        name: 'database',
        status: 'fail',
        detail: 'It cannot be used.',
        advice: 'Readiness says why. Run carillon doctor beside it.',
      };
};

const deliveries: MetricCheck = (metrics) => {
  const paused = sumOf(metrics, 'carillon_paused');
  if (paused === undefined) return undefined;
  return paused === 0
    ? { name: 'deliveries', status: 'ok', detail: 'They are made.', advice: '' }
    : {
        name: 'deliveries',
        status: 'warn',
        detail: 'They are paused.',
        advice: 'Run carillon resume when all is checked.',
      };
};

const wait: MetricCheck = (metrics) =>
  limited('oldest due delivery', sumOf(metrics, 'carillon_oldest_waiting_seconds'), waitSeconds, {
    tell: (seconds) => `It has waited for ${formatDuration(seconds * 1000)}.`,
    advice: 'Look for tenants with many waiting deliveries, and at the slots of the workers.',
  });

const retention: MetricCheck = (metrics) =>
  limited('retention', sumOf(metrics, 'carillon_retention_behind_seconds'), retentionSeconds, {
    tell: (seconds) => `It had nothing left to delete ${formatDuration(seconds * 1000)} ago.`,
    advice: 'It does not keep up with what ends: see retention in the docs.',
  });

const disk: MetricCheck = (metrics) => {
  const bytes = sumOf(metrics, 'carillon_disk_free_bytes');
  if (bytes === undefined) return undefined;
  const status = bytes < freeBytes.fail ? 'fail' : bytes < freeBytes.warn ? 'warn' : 'ok';
  const advice = status === 'ok' ? '' : 'Free space, or set a shorter CARILLON_RETENTION.';
  return { name: 'disk', status, detail: `${formatBytes(bytes)} free.`, advice };
};

interface Limits {
  readonly warn: number;
  readonly fail: number;
}

interface Words {
  readonly tell: (value: number) => string;
  readonly advice: string;
}

function limited(
  name: string,
  value: number | undefined,
  limits: Limits,
  { tell, advice }: Words,
): Check | undefined {
  if (value === undefined) return undefined;
  const status = value >= limits.fail ? 'fail' : value >= limits.warn ? 'warn' : 'ok';
  return { name, status, detail: tell(value), advice: status === 'ok' ? '' : advice };
}

/** What a process says of itself: its role, its version, and that of Node. */
export function describeProcess(metrics: Metrics): string {
  const info = [...metrics.keys()].find((key) => key.startsWith('carillon_build_info{')) ?? '';
  const labelOf = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(info)?.[1] ?? 'not known';
  return `${labelOf('role')}, version ${labelOf('version')}, Node ${labelOf('node')}`;
}
