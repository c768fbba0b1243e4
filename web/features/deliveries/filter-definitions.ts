// The filters of the list of deliveries.
import type { FilterDefinition } from '#web/components/filter-text.ts';
import { errorCodes } from '#web/lib/explain.ts';
import { checkPoint } from '#web/lib/time-range.ts';
import { stateNames } from './state-toggles.tsx';

const definitions: readonly FilterDefinition[] = [
  {
    name: 'state',
    values: stateNames,
    check: (value) =>
      stateNames.some((state) => state === value) ? null : `must be one of ${stateNames.join(', ')}`,
  },
  { name: 'type', values: [] },
  { name: 'endpoint', values: [] },
  { name: 'event', values: [] },
  {
    name: 'code',
    values: ['2xx', '3xx', '4xx', '5xx', '404', '410', '429', '500', '503'],
    check: (value) =>
      /^[1-5](\d\d|xx)$/.test(value) ? null : 'must be a status such as 503, or a class such as 5xx',
  },
  { name: 'error', values: errorCodes },
  { name: 'wireId', values: [] },
  { name: 'since', values: ['15m', '1h', '24h', '7d'], check: checkPoint },
  { name: 'until', values: ['15m', '1h', '24h'], check: checkPoint },
];

/** Values that stand in the rows are completed too. */
export function offerFilters(
  fixed: readonly string[],
  rows: readonly { readonly eventType: string; readonly endpoint: string; readonly event: string }[],
): readonly FilterDefinition[] {
  const seen = new Map([
    ['type', rows.map(({ eventType }) => eventType)],
    ['endpoint', rows.map(({ endpoint }) => endpoint)],
    ['event', rows.map(({ event }) => event)],
  ]);
  return definitions
    .filter(({ name }) => !fixed.includes(name))
    .map((each) => ({ ...each, values: [...new Set(seen.get(each.name) ?? each.values)] }));
}
