import type { EndpointKey } from '#core/commands.ts';
import type { Endpoint } from '#core/endpoint.ts';
import type { Scope } from '#core/tenant.ts';
import type {
  ChangedEndpoint,
  CreateRules,
  DecideChange,
  EndpointQuery,
  EndpointStore,
} from '#store/store.ts';
import { applyChange } from '../change.ts';
import { makePage, modesOf, readCursor } from '../cursor.ts';
import { endpointColumns } from '../rows/endpoint.ts';
import type { Context } from './context.ts';
import { type Queries, sql } from './database.ts';
import { type EndpointRow, endpointValues, raiseTenantRevision, readEndpoint } from './endpoint-rows.ts';
import { lockTenant } from './tenants.ts';

export function createEndpointStore(context: Context): EndpointStore {
  const { db } = context;
  return {
    create: (endpoint, rules) => createEndpoint(context, endpoint, rules),
    get: (scope, key) => getEndpoint(db, scope, key),
    list: (scope, query) => listEndpoints(db, scope, query),
    change: (scope, key, decide) => changeEndpoint(context, scope, key, decide),
    remove: (scope, key, now) => removeEndpoint(context, scope, key, now),
    async load(id) {
      const row = await db.get<LoadedRow>(selectLoaded, [id]);
      if (row === undefined) return null;
      return { endpoint: readEndpoint(row), dialect: row.dialect, tenantSecret: row.tenant_secret };
    },
  };
}

interface LoadedRow extends EndpointRow {
  readonly dialect: string;
  readonly tenant_secret: string | null;
}

type Created = Awaited<ReturnType<EndpointStore['create']>>;

/** The tenant's lock makes sure that what is checked is still true when the row is written. */
async function createEndpoint({ db }: Context, endpoint: Endpoint, rules: CreateRules): Promise<Created> {
  const { tenant, mode, url, alias } = endpoint;
  return db.transaction(async (tx) => {
    await lockTenant(tx, tenant);
    if (rules.isUrlUnique && (await isUrlTaken(tx, endpoint, url))) return 'url_taken';
    if (alias !== null && (await tx.get(selectByAlias, [tenant, mode, alias])) !== undefined)
      return 'alias_taken';
    const count = (await tx.get<{ count: number }>(countLive, [tenant, mode]))?.count ?? 0;
    if (count >= rules.endpointsMax) return 'limit_reached';
    await tx.run(insertEndpoint, endpointValues(endpoint));
    await raiseTenantRevision(tx, tenant);
    return 'created';
  });
}

async function isUrlTaken(tx: Queries, { tenant, mode, id }: Endpoint, url: string): Promise<boolean> {
  return (await tx.get(selectOtherWithUrl, [tenant, mode, url, id])) !== undefined;
}

/** `lock` keeps the row as it is until the transaction ends. */
async function getEndpoint(
  db: Queries,
  scope: Scope,
  key: EndpointKey,
  lock: '' | 'for update' = '',
): Promise<Endpoint | null> {
  const text = 'id' in key ? key.id : key.alias;
  // Postgres has no text with NUL, so no endpoint is called that.
  if (text.includes('\u0000')) return null;
  if ('id' in key) {
    const row = await db.get<EndpointRow>(`${selectOne} ${lock}`, [text, scope.tenant, scope.mode]);
    return row === undefined ? null : readEndpoint(row);
  }
  for (const mode of modesOf(scope)) {
    const row = await db.get<EndpointRow>(`${selectByAlias} ${lock}`, [scope.tenant, mode, text]);
    if (row !== undefined) return readEndpoint(row);
  }
  return null;
}

async function listEndpoints(
  db: Queries,
  scope: Scope,
  query: EndpointQuery,
): Promise<Awaited<ReturnType<EndpointStore['list']>>> {
  const before = readCursor('endpoint', query.cursor) ?? '~';
  const filter = [scope.tenant, scope.mode, query.enabled ?? null, query.eventType ?? null];
  const rows = await db.all<EndpointRow>(selectPage, [...filter, before, query.limit + 1, query.offset]);
  const total = (await db.get<{ count: number }>(countMatching, filter))?.count ?? 0;
  return { ...makePage('endpoint', rows, query.limit, (row) => row.id, readEndpoint), total };
}

async function changeEndpoint(
  { db, tell }: Context,
  scope: Scope,
  key: EndpointKey,
  decide: DecideChange,
): Promise<ChangedEndpoint | 'url_taken' | null> {
  const changed = await db.transaction(async (tx) => {
    // The tenant's row first, then the endpoint's: every transaction that takes both takes them in this order.
    await tx.run(lockTenantRow, [scope.tenant]);
    const before = await getEndpoint(tx, scope, key, 'for update');
    if (before === null) return null;
    const change = decide(before);
    if (change.isUrlUnique && change.url !== undefined && (await isUrlTaken(tx, before, change.url)))
      return 'url_taken';
    const after = applyChange(before, change);
    await tx.run(updateEndpoint, endpointValues(after));
    await raiseTenantRevision(tx, after.tenant);
    return { before, after };
  });
  if (changed !== null && changed !== 'url_taken') {
    tell.changed([changed.after.id]);
    if (changed.after.enabled) tell.woken([changed.after.id]);
  }
  return changed;
}

/** Returns the endpoint as it was. What waits for it is canceled by that alone; `sweep` moves it away. */
async function removeEndpoint(
  { db, tell }: Context,
  scope: Scope,
  key: EndpointKey,
  now: number,
): Promise<Endpoint | null> {
  const removed = await db.transaction(async (tx) => {
    await tx.run(lockTenantRow, [scope.tenant]);
    const before = await getEndpoint(tx, scope, key, 'for update');
    if (before === null) return null;
    await tx.run(updateRemoved, [now, before.id]);
    await raiseTenantRevision(tx, before.tenant);
    return before;
  });
  if (removed !== null) tell.changed([removed.id]);
  return removed;
}

const selectOne = sql`
  select ${endpointColumns} from endpoints
  where id = $1 and tenant = $2 and ($3::text is null or mode = $3) and removed_at is null`;

const lockTenantRow = sql`select 1 from tenants where id = $1 for no key update`;

const selectByAlias = sql`
  select ${endpointColumns} from endpoints
  where tenant = $1 and mode = $2 and alias = $3 and removed_at is null`;

const selectOtherWithUrl = sql`
  select 1 from endpoints
  where tenant = $1 and mode = $2 and md5(url) = md5($3) and url = $3 and id <> $4 and removed_at is null limit 1`;

const countLive = sql`
  select count(*) as count from endpoints where tenant = $1 and mode = $2 and removed_at is null`;

const matching = sql`
  tenant = $1 and ($2::text is null or mode = $2) and removed_at is null
  and ($3::boolean is null or enabled = $3)
  and ($4::text is null or event_types && array[$4, '*'])`;

const selectPage = sql`
  select ${endpointColumns} from endpoints where ${matching} and id < $5 order by id desc limit $6 offset $7`;

const countMatching = sql`select count(*) as count from endpoints where ${matching}`;

const selectLoaded = sql`
  select t.dialect, s.sealed as tenant_secret, ${endpointColumns.replaceAll(/\w+/g, 'e.$&')}
  from endpoints e join tenants t on t.id = e.tenant
  left join tenant_secrets s on s.tenant = e.tenant and s.mode = e.mode
  where e.id = $1 and e.removed_at is null`;

let placeholders = 0;
/** `$1, $2, …` for the columns, in their order. */
const given = endpointColumns.replaceAll(/\w+/g, () => `$${++placeholders}`);

const insertEndpoint = sql`insert into endpoints (${endpointColumns}) values (${given})`;

const updateEndpoint = sql`update endpoints set (${endpointColumns}) = (${given}) where id = $1`;

const updateRemoved = sql`
  update endpoints set removed_at = $1, updated_at = $1, secrets = '[]', failure_count = 0, revision = revision + 1
  where id = $2`;
