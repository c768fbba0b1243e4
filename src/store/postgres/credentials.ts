import type { CredentialStore } from '#store/store.ts';
import { makePage, readCursor } from '../cursor.ts';
import { credentialColumns, type CredentialRow, readCredential } from '../rows/credential.ts';
import type { Context } from './context.ts';
import { sql } from './database.ts';
import { lockTenant } from './tenants.ts';

export function createCredentialStore({ db }: Context): CredentialStore {
  return {
    async create({ id, tenant, mode, kind, lookup, sealedSecret, createdAt }) {
      await db.transaction(async (tx) => {
        const { dialect } = await lockTenant(tx, tenant);
        const values = [id, tenant, mode, kind, dialect, lookup, sealedSecret, createdAt];
        await tx.run(insertCredential, values);
      });
    },
    async list(tenant, page) {
      const before = readCursor('credential', page.cursor) ?? '~';
      const rows = await db.all<CredentialRow>(selectPage, [tenant, before, page.limit + 1]);
      return makePage('credential', rows, page.limit, (row) => row.id, readCredential);
    },
    async find(dialect, lookup) {
      // What a request presents can hold NUL, which Postgres has no text for: nobody's key does.
      if (lookup.includes('\u0000')) return null;
      const row = await db.get<CredentialRow>(selectByLookup, [dialect, lookup]);
      return row === undefined ? null : readCredential(row);
    },
    remove: async (tenant, id) => (await db.run(deleteCredential, [id, tenant])) === 1,
  };
}

const insertCredential = sql`
  insert into credentials (id, tenant, mode, kind, dialect, lookup, sealed_secret, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8)`;

const selectPage = sql`
  select ${credentialColumns} from credentials where tenant = $1 and id < $2 order by id desc limit $3`;

const selectByLookup = sql`select ${credentialColumns} from credentials where dialect = $1 and lookup = $2`;

const deleteCredential = sql`delete from credentials where id = $1 and tenant = $2`;
