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

/** Sorted: the median and the largest, in seconds. */
function describeRestarts(ms: readonly number[]): string {
  const seconds = [ms[Math.floor(ms.length / 2)], ms.at(-1)].flatMap((one) => one ?? []);
  return seconds.map((one) => (one / 1000).toFixed(1)).join(', ');
}
