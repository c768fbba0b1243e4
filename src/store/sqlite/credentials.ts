import type { CredentialStore } from '#store/store.ts';
import { makePage, readCursor } from '../cursor.ts';
import { credentialColumns, type CredentialRow, readCredential } from '../rows/credential.ts';
import { sql } from './database.ts';
import type { Context } from './memory.ts';
import { requireTenant } from './tenants.ts';

export function createCredentialStore({ db }: Context): CredentialStore {
  return {
    async create({ id, tenant, mode, kind, lookup, sealedSecret, createdAt }) {
      db.transaction(() => {
        const { dialect } = requireTenant(db, tenant);
        db.run(insertCredential, id, tenant, mode, kind, dialect, lookup, sealedSecret, createdAt);
      });
    },
    async list(tenant, page) {
      const before = readCursor('credential', page.cursor) ?? '~';
      const rows = db.all<CredentialRow>(selectPage, tenant, before, page.limit + 1);
      return makePage('credential', rows, page.limit, (row) => row.id, readCredential);
    },
    async find(dialect, lookup) {
      const row = db.get<CredentialRow>(selectByLookup, dialect, lookup);
      return row === undefined ? null : readCredential(row);
    },
    remove: async (tenant, id) => db.run(deleteCredential, id, tenant) === 1,
  };
}

const insertCredential = sql`
  insert into credentials (id, tenant, mode, kind, dialect, lookup, sealed_secret, created_at)
  values (?, ?, ?, ?, ?, ?, ?, ?)`;

const selectPage = sql`
  select ${credentialColumns} from credentials where tenant = ? and id < ? order by id desc limit ?`;

const selectByLookup = sql`select ${credentialColumns} from credentials where dialect = ? and lookup = ?`;

const deleteCredential = sql`delete from credentials where id = ? and tenant = ?`;
