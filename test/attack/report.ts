// The results of an attack run as a table: each figure alone, under attack, and after it.
import type { Column } from '../support/table.ts';
import type { Run } from './run.ts';
import type { Measured } from './verdict.ts';

const parts = ({ alone, attacked, after }: Run, of: (measured: Measured) => number): string =>
  [alone, attacked, after].map((measured) => Math.round(of(measured))).join(' / ');

export const columns: readonly Column<Run>[] = [
  ['case', ({ name }) => name],
  ['store', ({ store }) => store],
  ['publish p99 ms', (run) => parts(run, ({ publishP99Ms }) => publishP99Ms)],
  ['delivery p99 ms', (run) => parts(run, ({ deliveryP99Ms }) => deliveryP99Ms)],
  ['MiB', (run) => parts(run, ({ residentMiB }) => residentMiB ?? 0)],
  ['refused', (run) => parts(run, ({ refused }) => refused)],
  ['hostile requests', ({ hostileRequests }) => hostileRequests],
  ['verdict', verdictOf],
];

export function verdictOf({ breaches, isJudged }: Run): string {
  if (!isJudged) return 'none: this machine is too busy, the victim alone breaks the limit';
  return breaches.length === 0 ? 'kept' : `broken: ${breaches.join('; ')}`;
}
