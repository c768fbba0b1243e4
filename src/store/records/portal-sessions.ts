// Sessions of the portal: rows that every process reads for each request, so that one is revoked everywhere by its commit.
import { type Change, showPortalSession } from '#core/audit.ts';
import type { Page, PageRequest } from '#core/commands.ts';
import type { PortalSession } from '#core/portal.ts';
import type { TenantId } from '#core/tenant.ts';
import { makePage, readCursor } from '../cursor.ts';
import { columnList, insertInto, type Sql, sql } from '../sql.ts';
import type { PortalSessionStore, ReadStore } from '../store.ts';
import type { Engine, Reader } from './engine.ts';
import { defineFormat, json, plain, type StoredRow } from './fields.ts';
import { hasNul } from './scope.ts';
import { lockTenant } from './tenants.ts';
import { all, get, run, type Work } from './work.ts';

export function readPortalSessions(reader: Reader): ReadStore['portalSessions'] {
  return {
    list: (tenant, page) => reader.read(list(tenant, page)),
    get: (id) => reader.read(find(id, sql`true`)),
    find: (lookup) => reader.read(select(sql`lookup = ${lookup} and opened_at is not null`)),
  };
}

export function createPortalSessionStore(engine: Engine): PortalSessionStore {
  return {
    ...readPortalSessions(engine),
    create: (session, sessionsMax) => engine.transaction(() => create(engine, session, sessionsMax)),
    open: (id, secret, token, now) => engine.transaction(() => open(engine, id, { secret, token, now })),
    remove: (tenant, id) => engine.transaction(() => remove(engine, tenant, id)),
  };
}

const format = defineFormat<PortalSession>({
  id: plain(),
  tenant: plain(),
  mode: plain(),
  lookup: plain(),
  permissions: json(),
  embedOrigins: json(),
  returnUrl: plain(),
  theme: json(),
  createdAt: plain(),
  openedAt: plain(),
  expiresAt: plain(),
});

const selectSessions = sql`select ${columnList(format.columns)} from portal_sessions`;

function* select(condition: Sql): Work<PortalSession | null> {
  const row = yield* get<StoredRow>(sql`${selectSessions} where ${condition}`);
  return row === undefined ? null : format.read(row);
}

function* find(id: string, condition: Sql): Work<PortalSession | null> {
  return hasNul(id) ? null : yield* select(sql`id = ${id} and ${condition}`);
}

/** Sessions that have ended are deleted when another one is made. */
function* create(engine: Engine, session: PortalSession, sessionsMax: number): Work<boolean> {
  const { tenant, createdAt: now } = session;
  yield* lockTenant(engine, tenant);
  yield* run(sql`delete from portal_sessions where expires_at <= ${now}`);
  const row = yield* get<{ count: number }>(
    sql`select count(*) as count from portal_sessions where tenant = ${tenant}`,
  );
  if ((row?.count ?? 0) >= sessionsMax) return false;
  yield* run(insertInto('portal_sessions', format.write(session)));
  yield* engine.audit({ ...of(session), before: null, after: showPortalSession(session) });
  return true;
}

function* list(tenant: TenantId, { cursor, limit }: PageRequest): Work<Page<PortalSession>> {
  const before = readCursor('portal-session', cursor) ?? '~';
  const rows = yield* all<StoredRow>(sql`
    ${selectSessions} where tenant = ${tenant} and id < ${before} order by id desc limit ${limit + 1}`);
  return makePage('portal-session', rows, limit, (row) => String(row['id']), format.read);
}

interface Opening {
  readonly secret: string;
  readonly token: string;
  readonly now: number;
}

/** Once: from then on its token is what finds it. */
function* open(engine: Engine, id: string, { secret, token, now }: Opening): Work<PortalSession | null> {
  const isOpen = sql`lookup = ${secret} and opened_at is null and expires_at > ${now}`;
  const before = yield* find(id, sql`${isOpen} ${engine.fragments.lockRows}`);
  if (before === null) return null;
  yield* run(sql`update portal_sessions set lookup = ${token}, opened_at = ${now} where id = ${id}`);
  const after = { ...before, lookup: token, openedAt: now };
  const sides = { before: showPortalSession(before), after: showPortalSession(after) };
  yield* engine.audit({ ...of(before), ...sides });
  return after;
}

function* remove(engine: Engine, tenant: TenantId, id: string | null): Work<number> {
  if (id !== null && hasNul(id)) return 0;
  const which = id === null ? sql`true` : sql`id = ${id}`;
  const rows = yield* all<StoredRow>(sql`
    delete from portal_sessions where tenant = ${tenant} and ${which}
    returning ${columnList(format.columns)}`);
  for (const session of rows.map(format.read)) {
    yield* engine.audit({ ...of(session), before: showPortalSession(session), after: null });
  }
  return rows.length;
}

function of({ id, tenant, mode }: PortalSession): Omit<Change, 'before' | 'after'> {
  return { tenant, mode, noun: 'portal-session', target: id };
}
