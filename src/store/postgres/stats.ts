import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import type { StatsRow, StatsStore } from '#store/store.ts';
import { addRows, statsColumns } from '../stats.ts';
import type { Context } from './context.ts';
import { columnParameters, type ColumnType, toColumns } from './columns.ts';
import { type Queries, sql } from './database.ts';

export function createStatsStore({ db }: Context): StatsStore {
  return {
    add: (rows) => addStats(db, rows),
    async read({ tenant, endpoint, since }) {
      const owner = tenant ?? (endpoint === null ? null : await findOwner(db, endpoint));
      if (owner === null) return endpoint === null ? db.all<StatsRow>(selectAll, [since]) : [];
      return endpoint === null
        ? db.all<StatsRow>(selectOfTenant, [owner, since])
        : db.all<StatsRow>(selectOfEndpoint, [owner, endpoint, since]);
    },
  };
}

/** Every process adds to the same minutes, by one statement; rows are locked in the order of their keys. */
async function addStats(db: Queries, rows: readonly StatsRow[]): Promise<void> {
  if (rows.length === 0) return;
  const sums = new Map<string, StatsRow>();
  for (const row of rows) {
    const key = `${row.tenant} ${row.endpoint} ${row.minute}`;
    const before = sums.get(key);
    sums.set(key, before === undefined ? row : addRows(before, row));
  }
  const sorted = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  const values = sorted.map(({ tenant, endpoint, minute, accepted, refused, unreachable, durations }) => {
    return [tenant, endpoint, minute, accepted, refused, unreachable, `{${durations.join(',')}}`];
  });
  await db.run(upsertStats, toColumns(values, types));
}

/** The table is kept by tenant; who asks for an endpoint alone may not know whose it is. */
async function findOwner(db: Queries, endpoint: EndpointId): Promise<TenantId | null> {
  return (await db.get<{ tenant: TenantId }>(selectOwner, [endpoint]))?.tenant ?? null;
}

const types: readonly ColumnType[] = ['text', 'text', 'bigint', 'bigint', 'bigint', 'bigint', 'text'];

const upsertStats = sql`
  insert into stats as s (${statsColumns})
  select tenant, endpoint, minute, accepted, refused, unreachable, durations::bigint[]
  from unnest(${columnParameters(types)}) with ordinality as g(${statsColumns}, place)
  order by place
  on conflict (tenant, endpoint, minute) do update set
    accepted = s.accepted + excluded.accepted, refused = s.refused + excluded.refused,
    unreachable = s.unreachable + excluded.unreachable,
    durations = coalesce((
      select array_agg(coalesce(a, 0) + coalesce(b, 0) order by place)
      from unnest(s.durations, excluded.durations) with ordinality as pair(a, b, place)
    ), '{}')`;

const selectOfEndpoint = sql`
  select ${statsColumns} from stats where tenant = $1 and endpoint = $2 and minute >= $3 order by minute`;

const selectOfTenant = sql`
  select ${statsColumns} from stats where tenant = $1 and minute >= $2 order by minute, endpoint`;

/** For the operator, who looks at everything. */
const selectAll = sql`select ${statsColumns} from stats where minute >= $1 order by minute, tenant, endpoint`;

const selectOwner = sql`select tenant from endpoints where id = $1`;
