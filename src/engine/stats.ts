// Counts and latencies per endpoint and minute, for charts. Kept in memory and added to the store now and
// then: after a crash the last seconds are missing from the charts, never from the log of attempts.
import type { Outcome } from '#core/attempt.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import { countDuration, emptyDurations } from '#lib/histogram.ts';
import type { StatsRow, Store } from '#store/store.ts';

export interface Stats {
  count(tenant: TenantId, endpoint: EndpointId, at: number, outcome: Outcome, durationMs: number): void;
  /** Adds what was counted since the last time to the store. */
  flush(): Promise<void>;
}

type Row = { -readonly [K in keyof StatsRow]: StatsRow[K] } & { durations: number[] };

const minuteMs = 60_000;

export function createStats(store: Store): Stats {
  let rows = new Map<string, Row>();

  const flush = async (): Promise<void> => {
    const full = rows;
    rows = new Map();
    if (full.size > 0) await store.stats.add([...full.values()]);
  };

  return {
    count(tenant, endpoint, at, outcome, durationMs) {
      const minute = Math.floor(at / minuteMs) * minuteMs;
      const key = `${endpoint} ${minute}`;
      let row = rows.get(key);
      if (row === undefined) {
        row = {
          tenant,
          endpoint,
          minute,
          accepted: 0,
          refused: 0,
          unreachable: 0,
          durations: emptyDurations(),
        };
        rows.set(key, row);
      }
      row[outcome]++;
      countDuration(row.durations, durationMs);
    },
    flush,
  };
}
