import { type Change, showEndpoint } from '#core/audit.ts';
import type { EndpointFilter, EndpointKey, Page, PageRequest } from '#core/commands.ts';
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import { entriesFor, everyType } from '#core/event-types.ts';
import type { KnownEndpoint } from '#core/explanation.ts';
import type { Scope, TenantId, WideScope } from '#core/tenant.ts';
import { uuidToId } from '#lib/ids.ts';
import { applyChange } from '../change.ts';
import { makePage, modesOf, readCursor } from '../cursor.ts';
import { assignments, insertInto, join, type Sql, sql } from '../sql.ts';
import type {
  ChangedEndpoint,
  CreateRules,
  DecideChange,
  EndpointQuery,
  EndpointStore,
  LoadedEndpoint,
  ReadStore,
} from '../store.ts';
import { listAttention } from './attention.ts';
import { endpointColumns, readEndpoint, removedEndpoint, selectEndpoints, toRow } from './endpoint-rows.ts';
import type { Engine, Reader } from './engine.ts';
import type { StoredRow } from './fields.ts';
import { endpointsIn, hasNul } from './scope.ts';
import { lockTenant, raiseTenantRevision } from './tenants.ts';
import { all, get, run, type Work } from './work.ts';

export function readEndpoints(reader: Reader): ReadStore['endpoints'] {
  return {
    get: (scope, key) => reader.read(find(scope, key)),
    list: (scope, query) => reader.read(list(reader, scope, query)),
    find: (scope, filter, page) => reader.read(findAll(reader, scope, filter, page)),
    listKnown: (scope, page) => reader.read(listKnown(scope, page)),
    listAttention: (terms, page) => reader.read(listAttention(reader, terms, page)),
  };
}

export function createEndpointStore(engine: Engine): EndpointStore {
  const { effects } = engine;
  return {
    ...readEndpoints(engine),
    create: (endpoint, rules) => engine.transaction(() => create(engine, endpoint, rules)),
    change: (scope, key, decide) =>
      engine.transaction(
        () => change(engine, scope, key, decide),
        (changed) => {
          if (changed === null || changed === 'url_taken') return;
          const { id, enabled, health } = changed.after;
          if (health.failureCount === 0) effects.recovered([id]);
          effects.changed([id]);
          if (enabled) effects.due([id]);
        },
      ),
    remove: (scope, key, now) =>
      engine.transaction(
        () => remove(engine, scope, key, now),
        (removed) => {
          if (removed === null) return;
          effects.recovered([removed.id]);
          effects.changed([removed.id]);
        },
      ),
    listDisabled: (before, after, limit) => engine.read(listDisabled(before, after, limit)),
    load: (ids) => engine.read(load(engine, ids)),
    owners: (ids) => engine.read(owners(engine, ids)),
  };
}

type Created = Awaited<ReturnType<EndpointStore['create']>>;

/** The tenant's lock keeps what is checked true until the row is written. */
function* create(engine: Engine, endpoint: Endpoint, rules: CreateRules): Work<Created> {
  const { tenant, mode, alias } = endpoint;
  yield* lockTenant(engine, tenant);
  if (rules.isUrlUnique && (yield* isUrlTaken(engine, endpoint, endpoint.url))) return 'url_taken';
  if (alias !== null && (yield* find({ tenant, mode }, { alias })) !== null) return 'alias_taken';
  const row = yield* get<{ count: number }>(sql`
    select count(*) as count from endpoints where tenant = ${tenant} and mode = ${mode} and removed_at is null`);
  if ((row?.count ?? 0) >= rules.endpointsMax) return 'limit_reached';
  yield* run(insertInto('endpoints', toRow(endpoint)));
  yield* raiseTenantRevision(tenant);
  yield* engine.audit(changeOf(null, endpoint));
  return 'created';
}

function* isUrlTaken({ fragments }: Engine, { tenant, mode, id }: Endpoint, url: string): Work<boolean> {
  const other = yield* get(sql`
    select 1 from endpoints
    where tenant = ${tenant} and mode = ${mode} and ${fragments.isUrl(url)} and id <> ${id} and removed_at is null
    limit 1`);
  return other !== undefined;
}

/** `lock` comes last in the statement. */
function* find(scope: Scope, key: EndpointKey, lock = sql``): Work<Endpoint | null> {
  if (hasNul('id' in key ? key.id : key.alias)) return null;
  // By alias, one mode after the other: the live one comes first.
  const conditions =
    'id' in key
      ? [sql`id = ${key.id} and ${endpointsIn(scope)}`]
      : modesOf(scope).map((mode) => sql`${endpointsIn({ ...scope, mode })} and alias = ${key.alias}`);
  for (const condition of conditions) {
    const row = yield* get<StoredRow>(
      sql`${selectEndpoints} where ${condition} and removed_at is null ${lock}`,
    );
    if (row !== undefined) return readEndpoint(row);
  }
  return null;
}

function* list(
  reader: Reader,
  scope: Scope,
  { cursor, limit, offset, eventType, isWhole = false, ...filter }: EndpointQuery,
): Work<Page<Endpoint> & { readonly total: number }> {
  const { fragments } = reader;
  const before = readCursor('endpoint', cursor) ?? '~';
  const terms = [endpointsIn(scope), sql`removed_at is null`, ...(yield* filterBy(reader, filter))];
  if (eventType !== undefined) {
    const types = hasNul(eventType) ? [everyType] : entriesFor(eventType);
    terms.push(fragments.hasOneOf(sql`event_types`, types));
  }
  const matching = join(terms, sql` and `);
  const rows = yield* all<StoredRow>(sql`
    ${selectEndpoints} where ${matching} and id < ${before}
    order by id desc limit ${limit + 1} offset ${offset}`);
  const counted = yield* get<{ count: number }>(
    sql`select count(*) as count from endpoints where ${matching}`,
  );
  return {
    ...makePage(
      'endpoint',
      rows,
      limit,
      (row) => String(row['id']),
      readEndpoint,
      isWhole ? Infinity : undefined,
    ),
    total: counted?.count ?? 0,
  };
}

/** Of all tenants or of one, without a count of all. */
function* findAll(
  engine: Reader,
  { tenant, tenants, mode }: WideScope,
  filter: EndpointFilter,
  { cursor, limit }: PageRequest,
): Work<Page<Endpoint>> {
  const before = readCursor('endpoint', cursor) ?? '~';
  const terms = [sql`removed_at is null and id < ${before}`, ...(yield* filterBy(engine, filter))];
  if (tenant !== null) terms.push(endpointsIn({ tenant, mode }));
  else if (mode !== null) terms.push(sql`mode = ${mode}`);
  if (tenant === null && tenants !== undefined) terms.push(sql`tenant ${engine.fragments.anyOf(tenants)}`);
  const rows = yield* all<StoredRow>(sql`
    ${selectEndpoints} where ${join(terms, sql` and `)} order by id desc limit ${limit + 1}`);
  return makePage('endpoint', rows, limit, (row) => String(row['id']), readEndpoint);
}

function* listKnown(scope: Scope, { cursor, limit }: PageRequest): Work<Page<KnownEndpoint>> {
  const before = readCursor('known-endpoint', cursor) ?? '~';
  const rows = yield* all<StoredRow & { readonly removed_at: number | null }>(sql`
    select ${endpointColumns('e')}, removed_at from endpoints e
    where ${endpointsIn(scope)} and id < ${before} order by id desc limit ${limit + 1}`);
  return makePage(
    'known-endpoint',
    rows,
    limit,
    (row) => String(row['id']),
    (row) => ({ endpoint: readEndpoint(row), removedAt: row.removed_at }),
  );
}

function* filterBy({ fragments }: Reader, { enabled, url, knownAs }: EndpointFilter): Work<Sql[]> {
  const terms: Sql[] = [];
  // As the partial index of disabled endpoints says it.
  if (enabled !== undefined) terms.push(enabled ? sql`enabled` : sql`not enabled`);
  if (url !== undefined) terms.push(hasNul(url) ? sql`false` : fragments.urlBegins(url));
  if (knownAs !== undefined) terms.push(sql`id ${fragments.anyOf(yield* readKnown(fragments, knownAs))}`);
  return terms;
}

/** The ids of the endpoints that a client knows by this one, in whatever case of a UUID. */
function* readKnown({ anyOf }: Reader['fragments'], knownAs: string): Work<string[]> {
  if (hasNul(knownAs)) return [];
  const aliases = [...new Set([knownAs, knownAs.toLowerCase()])];
  const rows = yield* all<{ id: string }>(sql`
    select id from endpoints where alias ${anyOf(aliases)} and alias is not null and removed_at is null`);
  const own = uuidToId('ep', knownAs);
  return [knownAs, ...(own === null ? [] : [own]), ...rows.map(({ id }) => id)];
}

function* change(
  engine: Engine,
  scope: Scope,
  key: EndpointKey,
  decide: DecideChange,
): Work<ChangedEndpoint | 'url_taken' | null> {
  const before = yield* lockEndpoint(engine, scope, key);
  if (before === null) return null;
  const decided = decide(before);
  if (decided.isUrlUnique && decided.url !== undefined && (yield* isUrlTaken(engine, before, decided.url)))
    return 'url_taken';
  const after = applyChange(before, decided);
  const { id: _id, ...columns } = toRow(after);
  yield* run(sql`update endpoints set ${assignments(columns)} where id = ${after.id}`);
  yield* raiseTenantRevision(after.tenant);
  yield* engine.audit(changeOf(before, after));
  return { before, after };
}

/** Returns the endpoint as it was. What waits for it is canceled by this alone; retention moves it away. */
function* remove(engine: Engine, scope: Scope, key: EndpointKey, now: number): Work<Endpoint | null> {
  const before = yield* lockEndpoint(engine, scope, key);
  if (before === null) return null;
  yield* run(sql`update endpoints set ${removedEndpoint(now)} where id = ${before.id}`);
  yield* run(sql`delete from endpoint_checks where endpoint = ${before.id}`);
  yield* raiseTenantRevision(before.tenant);
  yield* engine.audit(changeOf(before, null));
  return before;
}

function changeOf(...sides: readonly [Endpoint | null, Endpoint] | readonly [Endpoint, null]): Change {
  const [before, after] = sides;
  const { tenant, mode, id } = after ?? before;
  const show = (side: Endpoint | null): Change['before'] => (side === null ? null : showEndpoint(side));
  return { tenant, mode, noun: 'endpoint', target: id, before: show(before), after: show(after) };
}

/** Locks the tenant's row, then the endpoint's: each transaction takes them in this order, so none deadlocks. */
function* lockEndpoint({ fragments }: Engine, scope: Scope, key: EndpointKey): Work<Endpoint | null> {
  yield* get(sql`select 1 from tenants where id = ${scope.tenant} ${fragments.lockRows}`);
  return yield* find(scope, key, fragments.lockRows);
}

/** Scans the table: once per hour, see engine/held.ts. */
function* listDisabled(before: number, after: string, limit: number): Work<Endpoint[]> {
  const rows = yield* all<StoredRow>(sql`
    ${selectEndpoints} where id > ${after} and enabled = ${false} and disabled_at < ${before} and removed_at is null
      and exists (select 1 from deliveries_waiting w where w.endpoint = e.id)
    order by id limit ${limit}`);
  return rows.map(readEndpoint);
}

type LoadedRow = StoredRow & { readonly dialect: string; readonly tenant_secret: string | null };

function* load(
  { fragments }: Engine,
  ids: readonly EndpointId[],
): Work<ReadonlyMap<EndpointId, LoadedEndpoint>> {
  const rows = yield* all<LoadedRow>(sql`
    select t.dialect, s.sealed as tenant_secret, ${endpointColumns('e')}
    from endpoints e join tenants t on t.id = e.tenant
    left join tenant_secrets s on s.tenant = e.tenant and s.mode = e.mode
    where e.id ${fragments.anyOf(ids)} and e.removed_at is null`);
  const loaded = rows.map(({ dialect, tenant_secret: tenantSecret, ...row }) => ({
    endpoint: readEndpoint(row),
    dialect,
    tenantSecret,
  }));
  return new Map(loaded.map((one) => [one.endpoint.id, one]));
}

function* owners({ fragments }: Engine, ids: readonly EndpointId[]): Work<ReadonlyMap<EndpointId, TenantId>> {
  const rows = yield* all<{ id: EndpointId; tenant: TenantId }>(sql`
    select id, tenant from endpoints
    where id ${fragments.anyOf(ids)} and kind = 'push' and removed_at is null`);
  return new Map(rows.map(({ id, tenant }) => [id, tenant]));
}
