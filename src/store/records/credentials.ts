import { type Change, showCredential } from '#core/audit.ts';
import type { Credential, CredentialId, TenantId } from '#core/tenant.ts';
import type { Page, PageRequest } from '#core/commands.ts';
import { makePage, readCursor } from '../cursor.ts';
import { columnList, insertInto, sql } from '../sql.ts';
import type { CredentialStore, ReadStore } from '../store.ts';
import type { Engine, Reader } from './engine.ts';
import { defineFormat, plain, type StoredRow } from './fields.ts';
import { hasNul } from './scope.ts';
import { lockTenant } from './tenants.ts';
import { all, get, run, type Work } from './work.ts';

export function readCredentials(reader: Reader): ReadStore['credentials'] {
  return {
    list: (tenant, page) => reader.read(list(tenant, page)),
    find: (dialect, lookup) => reader.read(find(dialect, lookup)),
  };
}

export function createCredentialStore(engine: Engine): CredentialStore {
  return {
    ...readCredentials(engine),
    create: (credential) => engine.transaction(() => create(engine, credential)),
    remove: (tenant, id) => engine.transaction(() => remove(engine, tenant, id)),
  };
}

const format = defineFormat<Credential>({
  id: plain(),
  tenant: plain(),
  mode: plain(),
  kind: plain(),
  lookup: plain(),
  sealedSecret: plain(),
  createdAt: plain(),
});

const selectCredentials = sql`select ${columnList(format.columns)} from credentials`;

function* create(engine: Engine, credential: Credential): Work<void> {
  const { dialect } = yield* lockTenant(engine, credential.tenant);
  yield* run(insertInto('credentials', { ...format.write(credential), dialect }));
  yield* engine.audit({ ...ofCredential(credential), before: null, after: showCredential(credential) });
}

function* list(tenant: TenantId, { cursor, limit }: PageRequest): Work<Page<Credential>> {
  const before = readCursor('credential', cursor) ?? '~';
  const rows = yield* all<StoredRow>(sql`
    ${selectCredentials} where tenant = ${tenant} and id < ${before}
    order by id desc limit ${limit + 1}`);
  return makePage('credential', rows, limit, (row) => String(row['id']), format.read);
}

function* find(dialect: string, lookup: string): Work<Credential | null> {
  if (hasNul(lookup)) return null;
  const row = yield* get<StoredRow>(sql`
    ${selectCredentials} where dialect = ${dialect} and lookup = ${lookup}`);
  return row === undefined ? null : format.read(row);
}

function* remove({ audit, fragments }: Engine, tenant: TenantId, id: CredentialId): Work<boolean> {
  if (hasNul(id)) return false;
  const row = yield* get<StoredRow>(sql`
    ${selectCredentials} where id = ${id} and tenant = ${tenant} ${fragments.lockRows}`);
  if (row === undefined) return false;
  yield* run(sql`delete from credentials where id = ${id}`);
  const credential = format.read(row);
  yield* audit({ ...ofCredential(credential), before: showCredential(credential), after: null });
  return true;
}

function ofCredential({ id, tenant, mode }: Credential): Omit<Change, 'before' | 'after'> {
  return { tenant, mode, noun: 'credential', target: id };
}
