// Collects counts and latency histograms per minute: of each endpoint, of all endpoints of a tenant, and of all tenants, so that
// a chart of many endpoints reads few rows. They are aggregated in memory and flushed to the store periodically: a crash
// loses the last seconds of the charts, never an attempt.
import type { Attempt } from '#core/attempt.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { allEndpoints, allTenants, codeKey } from '#core/stats.ts';
import type { TenantId } from '#core/tenant.ts';
import { countDuration, emptyDurations } from '#lib/histogram.ts';
import type { StatsRow, Store } from '#store/store.ts';

type Row = { -readonly [K in keyof StatsRow]: StatsRow[K] } & {
  durations: number[];
  codes: Record<string, number>;
};

const minuteMs = 60_000;

export class StatsCollector {
  readonly #store: Pick<Store, 'stats'>;
  #rows = new Map<string, Row>();

  constructor(store: Pick<Store, 'stats'>) {
    this.#store = store;
  }

  /** Counts one attempt that ended at `at` (Unix ms). */
  count(
    tenant: TenantId,
    endpoint: EndpointId,
    at: number,
    { outcome, status, error, durationMs }: Pick<Attempt, 'outcome' | 'status' | 'error' | 'durationMs'>,
  ): void {
    const minute = Math.floor(at / minuteMs) * minuteMs;
    const code = codeKey(outcome, status, error?.code ?? null);
    for (const row of [
      this.#row(tenant, endpoint, minute),
      this.#row(tenant, allEndpoints, minute),
      this.#row(allTenants, allEndpoints, minute),
    ]) {
      row[outcome]++;
      countDuration(row.durations, durationMs);
      row.codes[code] = (row.codes[code] ?? 0) + 1;
    }
  }

  /** Adds what was counted since the last flush to the store. */
  async flush(): Promise<void> {
    const rows = this.#rows;
    this.#rows = new Map();
    if (rows.size > 0) await this.#store.stats.add([...rows.values()]);
  }

  #row(tenant: TenantId, endpoint: EndpointId, minute: number): Row {
    const key = `${tenant} ${endpoint} ${minute}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      const durations = emptyDurations();
      row = { tenant, endpoint, minute, accepted: 0, refused: 0, unreachable: 0, durations, codes: {} };
      this.#rows.set(key, row);
    }
    return row;
  }
}
