// Attempts per endpoint and minute.
import type { TenantId } from '#core/tenant.ts';
import { addDurations } from '#lib/histogram.ts';
import { columnList, join, type Sql, sql } from '../sql.ts';
import type { StatsRow, StatsStore } from '../store.ts';
import type { Engine } from './engine.ts';
import { defineFormat, list, plain, type StoredRow } from './fields.ts';
import { all, get, type Work } from './work.ts';

export function createStatsStore(engine: Engine): StatsStore {
  return {
    // Nothing to add is no transaction.
    add: async (rows) => (rows.length === 0 ? undefined : engine.transaction(() => engine.addStats(rows))),
    read: (filter) => engine.read(read(filter)),
  };
}

export const statsFormat = defineFormat<StatsRow>({
  tenant: plain(),
  endpoint: plain(),
  minute: plain(),
  accepted: plain(),
  refused: plain(),
  unreachable: plain(),
  durations: list(),
});

/** One row for each tenant, endpoint and minute, with the sum of theirs. */
export function sumStats(rows: readonly StatsRow[]): StatsRow[] {
  const sums = new Map<string, StatsRow>();
  for (const row of rows) {
    const key = `${row.tenant} ${row.endpoint} ${row.minute}`;
    const before = sums.get(key);
    sums.set(key, before === undefined ? row : addRows(before, row));
  }
  return [...sums.values()];
}

function addRows(a: StatsRow, b: StatsRow): StatsRow {
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

/** The primary key begins with the tenant, which the caller may not know for an endpoint. */
function* read({ tenant, endpoint, since }: Parameters<StatsStore['read']>[0]): Work<StatsRow[]> {
  const terms: Sql[] = [sql`minute >= ${since}`];
  if (endpoint !== null) {
    const owner =
      tenant ??
      (yield* get<{ tenant: TenantId }>(sql`select tenant from endpoints where id = ${endpoint}`))?.tenant;
    if (owner === undefined) return [];
    terms.push(sql`tenant = ${owner} and endpoint = ${endpoint}`);
  } else if (tenant !== null) terms.push(sql`tenant = ${tenant}`);
  const rows = yield* all<StoredRow>(sql`
    select ${columnList(statsFormat.columns)} from stats where ${join(terms, sql` and `)}
    order by minute, tenant, endpoint`);
  return rows.map(statsFormat.read);
}
