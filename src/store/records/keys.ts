// Keys of the admin API. Every change of them is told to the other processes, which cache what they have found.
import type { AdminKey, KeyId } from '#core/access.ts';
import { type Change, showKey } from '#core/audit.ts';
import type { Page, PageRequest } from '#core/commands.ts';
import type { TenantId } from '#core/tenant.ts';
import { makePage, readCursor } from '../cursor.ts';
import { columnList, insertInto, sql } from '../sql.ts';
import type { KeyStore, ReadStore } from '../store.ts';
import type { Engine, Reader } from './engine.ts';
import { defineFormat, json, optionalJson, plain, type StoredRow } from './fields.ts';
import { hasNul } from './scope.ts';
import { all, get, run, type Work } from './work.ts';

export function readKeys(reader: Reader): ReadStore['keys'] {
  return {
    list: (page) => reader.read(list(page)),
    find: (lookup) => reader.read(find(sql`lookup = ${lookup}`)),
  };
}

export function createKeyStore(engine: Engine): KeyStore {
  return {
    ...readKeys(engine),
    create: (key, keysMax) => engine.transaction(() => create(engine, key, keysMax)),
    remove: (id) =>
      engine.transaction(
        () => remove(engine, id),
        (removed) => {
          if (removed !== null) engine.effects.accessChanged();
        },
      ),
    used: (id, at) => engine.read(used(id, at)),
  };
}

const format = defineFormat<AdminKey>({
  id: plain(),
  name: plain(),
  lookup: plain(),
  prefix: plain(),
  scopes: json(),
  tenants: optionalJson(),
  createdAt: plain(),
  expiresAt: plain(),
  lastUsedAt: plain(),
});

const selectKeys = sql`select ${columnList(format.columns)} from admin_keys`;

/** Two at once may make one more than `keysMax`: it is a bound, not a count. */
function* create(engine: Engine, key: AdminKey, keysMax: number): Work<boolean> {
  const row = yield* get<{ count: number }>(sql`select count(*) as count from admin_keys`);
  if ((row?.count ?? 0) >= keysMax) return false;
  yield* run(insertInto('admin_keys', format.write(key)));
  yield* engine.audit({ ...ofKey(key), before: null, after: showKey(key) });
  return true;
}

function* list({ cursor, limit }: PageRequest): Work<Page<AdminKey>> {
  const before = readCursor('key', cursor) ?? '~';
  const rows = yield* all<StoredRow>(sql`
    ${selectKeys} where id < ${before} order by id desc limit ${limit + 1}`);
  return makePage('key', rows, limit, (row) => String(row['id']), format.read);
}

function* find(condition: ReturnType<typeof sql>): Work<AdminKey | null> {
  const row = yield* get<StoredRow>(sql`${selectKeys} where ${condition}`);
  return row === undefined ? null : format.read(row);
}

export function* findKey(id: string): Work<AdminKey | null> {
  return hasNul(id) ? null : yield* find(sql`id = ${id}`);
}

/** With the sessions that it has opened. Returns it as it was. */
function* remove({ audit, fragments }: Engine, id: KeyId): Work<AdminKey | null> {
  if (hasNul(id)) return null;
  const key = yield* find(sql`id = ${id} ${fragments.lockRows}`);
  if (key === null) return null;
  yield* run(sql`delete from admin_keys where id = ${id}`);
  yield* run(sql`delete from console_sessions where key = ${id}`);
  yield* audit({ ...ofKey(key), before: showKey(key), after: null });
  return key;
}

function ofKey({ id }: AdminKey): Omit<Change, 'before' | 'after'> {
  return { tenant: null, mode: null, noun: 'key', target: id };
}

function* used(id: KeyId, at: number): Work<void> {
  yield* run(sql`
    update admin_keys set last_used_at = ${at} where id = ${id} and (last_used_at is null or last_used_at < ${at})`);
}

/** A removed tenant may be created again by its id: no key reaches it by its former name. */
export function* forgetTenant(tenant: TenantId): Work<void> {
  const rows = yield* all<StoredRow>(sql`${selectKeys} where tenants is not null`);
  for (const { id, tenants } of rows.map(format.read)) {
    if (tenants?.includes(tenant) !== true) continue;
    const others = JSON.stringify(tenants.filter((one) => one !== tenant));
    yield* run(sql`update admin_keys set tenants = ${others} where id = ${id}`);
  }
}
