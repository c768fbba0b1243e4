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
    remove: (tenant, id) => engine.read(remove(tenant, id)),
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

function* remove(tenant: TenantId, id: CredentialId): Work<boolean> {
  if (hasNul(id)) return false;
  return (yield* run(sql`delete from credentials where id = ${id} and tenant = ${tenant}`)) === 1;
}
