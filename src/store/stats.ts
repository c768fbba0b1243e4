// The numbers of attempts per minute, as every store keeps them.
import { addDurations } from '#lib/histogram.ts';
import type { StatsRow } from './store.ts';

export const statsColumns = 'tenant, endpoint, minute, accepted, refused, unreachable, durations';

/** The sum of two rows of the same endpoint and minute. */
export function addRows(a: StatsRow, b: StatsRow): StatsRow {
  const durations = [...a.durations];
  addDurations(durations, b.durations);
  return {
    ...a,
    accepted: a.accepted + b.accepted,
    refused: a.refused + b.refused,
    unreachable: a.unreachable + b.unreachable,
    durations,
  };
}
