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
import { type Database, sql } from './database.ts';
import {
  type EndpointRow,
  endpointValues,
  insertEndpoint,
  raiseTenantRevision,
  readEndpoint,
} from './endpoint-rows.ts';
import type { Context } from './memory.ts';
import { requireTenant } from './tenants.ts';

export function createEndpointStore(context: Context): EndpointStore {
  const { db } = context;
  return {
    create: async (endpoint, rules) => createEndpoint(db, endpoint, rules),
    get: async (scope, key) => getEndpoint(db, scope, key),
    list: async (scope, query) => listEndpoints(db, scope, query),
    change: async (scope, key, decide) => changeEndpoint(context, scope, key, decide),
    remove: async (scope, key, now) => removeEndpoint(context, scope, key, now),
    async load(id) {
      const row = db.get<LoadedRow>(selectLoaded, id);
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

function createEndpoint(db: Database, endpoint: Endpoint, rules: CreateRules): Created {
  const { id, tenant, mode, url, alias } = endpoint;
  return db.transaction(() => {
    requireTenant(db, tenant);
    if (rules.isUrlUnique && isUrlTaken(db, endpoint, url)) return 'url_taken';
    if (alias !== null && db.get(selectByAlias, tenant, mode, alias) !== undefined) return 'alias_taken';
    const count = db.get<{ count: number }>(countLive, tenant, mode)?.count ?? 0;
    if (count >= rules.endpointsMax) return 'limit_reached';
    db.insert(insertEndpoint, [endpointValues({ ...endpoint, id })]);
    raiseTenantRevision(db, tenant);
    return 'created';
  });
}

function isUrlTaken(db: Database, { tenant, mode, id }: Endpoint, url: string): boolean {
  return db.get(selectOtherWithUrl, tenant, mode, url, id) !== undefined;
}

function getEndpoint(db: Database, scope: Scope, key: EndpointKey): Endpoint | null {
  if ('id' in key) {
    const row = db.get<EndpointRow>(selectOne, key.id, scope.tenant, scope.mode);
    return row === undefined ? null : readEndpoint(row);
  }
  for (const mode of modesOf(scope)) {
    const row = db.get<EndpointRow>(selectByAlias, scope.tenant, mode, key.alias);
    if (row !== undefined) return readEndpoint(row);
  }
  return null;
}

function listEndpoints(
  db: Database,
  scope: Scope,
  query: EndpointQuery,
): Awaited<ReturnType<EndpointStore['list']>> {
  const before = readCursor('endpoint', query.cursor) ?? '~';
  const enabled = query.enabled === undefined ? null : query.enabled ? 1 : 0;
  const filter = [scope.tenant, scope.mode, enabled, query.eventType ?? null];
  const rows = db.all<EndpointRow>(selectPage, ...filter, before, query.limit + 1, query.offset);
  const total = db.get<{ count: number }>(countMatching, ...filter)?.count ?? 0;
  return { ...makePage('endpoint', rows, query.limit, (row) => row.id, readEndpoint), total };
}

function changeEndpoint(
  { db, memory }: Context,
  scope: Scope,
  key: EndpointKey,
  decide: DecideChange,
): ChangedEndpoint | 'url_taken' | null {
  return db.transaction(() => {
    const before = getEndpoint(db, scope, key);
    if (before === null) return null;
    const change = decide(before);
    if (change.isUrlUnique && change.url !== undefined && isUrlTaken(db, before, change.url))
      return 'url_taken';
    const after = applyChange(before, change);
    const [, ...values] = endpointValues(after);
    db.run(updateEndpoint, ...values, after.id);
    raiseTenantRevision(db, after.tenant);
    if (after.health.failureCount === 0) db.afterCommit(() => memory.failing.delete(after.id));
    return { before, after };
  });
}

/** Returns the endpoint as it was. What waits for it is canceled by that alone; `sweep` moves it away. */
function removeEndpoint(
  { db, memory }: Context,
  scope: Scope,
  key: EndpointKey,
  now: number,
): Endpoint | null {
  return db.transaction(() => {
    const before = getEndpoint(db, scope, key);
    if (before === null) return null;
    db.run(updateRemoved, now, before.id);
    raiseTenantRevision(db, before.tenant);
    db.afterCommit(() => memory.failing.delete(before.id));
    return before;
  });
}

const selectOne = sql`
  select ${endpointColumns} from endpoints
  where id = ?1 and tenant = ?2 and (?3 is null or mode = ?3) and removed_at is null`;

const selectByAlias = sql`
  select ${endpointColumns} from endpoints indexed by endpoints_by_alias
  where tenant = ? and mode = ? and alias = ? and removed_at is null`;

const selectOtherWithUrl = sql`
  select 1 from endpoints indexed by endpoints_by_url
  where tenant = ? and mode = ? and url = ? and id <> ? and removed_at is null limit 1`;

const countLive = sql`
  select count(*) as count from endpoints indexed by endpoints_by_url
  where tenant = ? and mode = ? and removed_at is null`;

const matching = sql`
  tenant = ?1 and (?2 is null or mode = ?2) and removed_at is null and (?3 is null or enabled = ?3)
  and (?4 is null or exists (select 1 from json_each(event_types) where value in (?4, '*')))`;

const selectPage = sql`
  select ${endpointColumns} from endpoints where ${matching} and id < ?5 order by id desc limit ?6 offset ?7`;

const countMatching = sql`select count(*) as count from endpoints where ${matching}`;

const selectLoaded = sql`
  select t.dialect, s.sealed as tenant_secret, ${endpointColumns.replaceAll(/\w+/g, 'e.$&')}
  from endpoints e join tenants t on t.id = e.tenant
  left join tenant_secrets s on s.tenant = e.tenant and s.mode = e.mode
  where e.id = ? and e.removed_at is null`;

/** All but the id, which comes first. */
const changeable = endpointColumns.replace('id, ', '');

const updateEndpoint = sql`
  update endpoints set (${changeable}) = (${changeable.replaceAll(/\w+/g, '?')}) where id = ?`;

const updateRemoved = sql`
  update endpoints set removed_at = ?1, updated_at = ?1, secrets = '[]', failure_count = 0, revision = revision + 1
  where id = ?2`;
