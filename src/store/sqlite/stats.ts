import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import type { StatsRow, StatsStore } from '#store/store.ts';
import { addRows, statsColumns } from '../stats.ts';
import { type Database, defineInsert, parseJson, sql } from './database.ts';
import type { Context } from './memory.ts';

export function createStatsStore({ db }: Context): StatsStore {
  return {
    add: async (rows) => addStats(db, rows),
    async read({ tenant, endpoint, since }) {
      const owner = tenant ?? (endpoint === null ? null : findOwner(db, endpoint));
      if (owner === null) return endpoint === null ? db.all<StoredRow>(selectAll, since).map(readRow) : [];
      const rows =
        endpoint === null
          ? db.all<StoredRow>(selectOfTenant, owner, since)
          : db.all<StoredRow>(selectOfEndpoint, owner, endpoint, since);
      return rows.map(readRow);
    },
  };
}

/** Reads what is there, adds, writes back: the process is alone, and a minute's rows are few. */
function addStats(db: Database, rows: readonly StatsRow[]): void {
  if (rows.length === 0) return;
  db.transaction(() => {
    const keys = JSON.stringify(rows.map((row) => [row.tenant, row.endpoint, row.minute]));
    const sums = new Map(db.all<StoredRow>(selectGiven, keys).map((row) => [keyOf(row), readRow(row)]));
    for (const row of rows) {
      const before = sums.get(keyOf(row));
      sums.set(keyOf(row), before === undefined ? row : addRows(before, row));
    }
    db.insert(
      replaceStats,
      [...sums.values()].map((sum) => {
        const { tenant, endpoint, minute, accepted, refused, unreachable, durations } = sum;
        return [tenant, endpoint, minute, accepted, refused, unreachable, JSON.stringify(durations)];
      }),
    );
  });
}

function keyOf(row: { tenant: string; endpoint: string; minute: number }): string {
  return `${row.minute}/${row.endpoint}/${row.tenant}`;
}

/** The table is kept by tenant; who asks for an endpoint alone may not know whose it is. */
function findOwner(db: Database, endpoint: EndpointId): TenantId | null {
  return db.get<{ tenant: TenantId }>(selectOwner, endpoint)?.tenant ?? null;
}

interface StoredRow extends Omit<StatsRow, 'durations'> {
  readonly durations: string;
}

function readRow(row: StoredRow): StatsRow {
  const { tenant, endpoint, minute, accepted, refused, unreachable } = row;
  return { tenant, endpoint, minute, accepted, refused, unreachable, durations: parseJson(row.durations) };
}

const selected = statsColumns.replaceAll(/\w+/g, 's.$&');

const replaceStats = defineInsert('stats', statsColumns, 'insert or replace');

const selectGiven = sql`
  select ${selected} from json_each(?) as given cross join stats s
    on s.tenant = given.value ->> 0 and s.endpoint = given.value ->> 1 and s.minute = given.value ->> 2`;

const selectOfEndpoint = sql`
  select ${selected} from stats s where s.tenant = ? and s.endpoint = ? and s.minute >= ? order by s.minute`;

const selectOfTenant = sql`
  select ${selected} from stats s where s.tenant = ? and s.minute >= ? order by s.minute, s.endpoint`;

/** For the operator, who looks at everything. */
const selectAll = sql`
  select ${selected} from stats s indexed by stats_by_minute
  where s.minute >= ? order by s.minute, s.tenant, s.endpoint`;

const selectOwner = sql`select tenant from endpoints where id = ?`;
