// Attempts per endpoint and minute.
import type { EndpointId } from '#core/endpoint.ts';
import { addCodes, allEndpoints, allTenants } from '#core/stats.ts';
import type { TenantId } from '#core/tenant.ts';
import { addDurations } from '#lib/histogram.ts';
import { columnList, sql } from '../sql.ts';
import type { ReadStore, StatsRow, StatsStore } from '../store.ts';
import type { Engine, Reader } from './engine.ts';
import { defineFormat, json, list, plain, type StoredRow } from './fields.ts';
import { all, type Work } from './work.ts';

export function readStats(reader: Reader): ReadStore['stats'] {
  return { read: (filter) => reader.read(read(reader, filter)) };
}

export function createStatsStore(engine: Engine): StatsStore {
  return {
    ...readStats(engine),
    // Nothing to add is no transaction.
    add: async (rows) => (rows.length === 0 ? undefined : engine.transaction(() => engine.addStats(rows))),
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
  codes: json(),
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
  const codes = { ...a.codes };
  addCodes(codes, b.codes);
  return {
    ...a,
    accepted: a.accepted + b.accepted,
    refused: a.refused + b.refused,
    unreachable: a.unreachable + b.unreachable,
    durations,
    codes,
  };
}

interface Owner {
  readonly id: EndpointId;
  readonly tenant: TenantId;
}

/** The primary key begins with the tenant, which the caller may not know for an endpoint. */
function* read(
  { fragments }: Reader,
  { tenant, tenants, endpoints, since, until }: Parameters<StatsStore['read']>[0],
): Work<StatsRow[]> {
  const asked = tenant === null ? tenants : [tenant];
  let owners: readonly Owner[];
  if (endpoints === null) owners = (asked ?? [allTenants]).map((one) => ({ id: allEndpoints, tenant: one }));
  else if (tenant !== null) owners = endpoints.map((id) => ({ id, tenant }));
  else {
    const among = tenants === undefined ? sql`true` : sql`tenant ${fragments.anyOf(tenants)}`;
    owners = yield* all<Owner>(sql`
      select id, tenant from endpoints where id ${fragments.anyOf(endpoints)} and ${among}`);
  }
  const rows: StatsRow[] = [];
  for (const { id, tenant: owner } of owners) {
    const found = yield* all<StoredRow>(sql`
      select ${columnList(statsFormat.columns)} from stats
      where tenant = ${owner} and endpoint = ${id} and minute >= ${since} and minute < ${until} order by minute`);
    rows.push(...found.map(statsFormat.read));
  }
  return rows.sort((a, b) => a.minute - b.minute);
}
