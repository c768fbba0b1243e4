// The results of a chaos run as a table.
import type { Column } from '../support/table.ts';
import type { Run } from './run.ts';

export const columns: readonly Column<Run>[] = [
  ['case', ({ name }) => name],
  ['store', ({ store }) => store],
  ['events', ({ events }) => events],
  ['deliveries', ({ deliveries }) => deliveries],
  ['requests', ({ requests }) => requests],
  ['lost', ({ lost }) => lost],
  ['other bytes', ({ differing }) => differing],
  ['out of order', ({ disordered }) => disordered],
  ['duplicates', ({ duplicates }) => duplicates],
  ['at most', ({ duplicatesMax }) => duplicatesMax],
  ['leases left', ({ leftover }) => leftover.claimed],
  ['slowest 202 s', ({ slowestMs }) => (slowestMs / 1000).toFixed(1)],
  ['restarts', ({ restartsMs }) => restartsMs.length || ''],
  ['first 202 s: median, max', ({ restartsMs }) => describeRestarts(restartsMs)],
  ['load s', ({ loadMs }) => (loadMs / 1000).toFixed(1)],
  ['drain s', ({ drainMs }) => (drainMs / 1000).toFixed(1)],
  [
    'not 202',
    ({ answers }) =>
      Object.entries(answers)
        .filter(([answer]) => answer !== '202')
        .map(([answer, count]) => `${answer}×${count}`)
        .join(' '),
  ],
  ['verdict', ({ violations }) => (violations.length === 0 ? 'ok' : violations.join('; '))],
];

/** The losses of a primary in one run, in order. Times in seconds from the loss. */
export const failOverColumns: readonly Column<Run['failOvers'][number]>[] = [
  ['lost by', ({ how }) => how],
  ['leased', ({ leased }) => leased],
  ['promoted', ({ promoted }) => promoted],
  ['noticed s', ({ lostAt, promotingAt }) => inSeconds(promotingAt - lostAt)],
  ['commits again s', ({ lostAt, promotedAt }) => inSeconds(promotedAt - lostAt)],
  ['all processes back s', ({ lostAt, presentAt }) => inSeconds(presentAt - lostAt)],
  ['without a 202 s', ({ silentMs }) => inSeconds(silentMs)],
  ['three servers s', ({ lostAt, rejoinedAt }) => inSeconds(rejoinedAt - lostAt)],
];

const inSeconds = (ms: number): string => (ms / 1000).toFixed(1);

/** Sorted: the median and the largest, in seconds. */
function describeRestarts(ms: readonly number[]): string {
  const seconds = [ms[Math.floor(ms.length / 2)], ms.at(-1)].flatMap((one) => one ?? []);
  return seconds.map((one) => (one / 1000).toFixed(1)).join(', ');
}
