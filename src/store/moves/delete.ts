// Deletes the rows of tenants that are in another database now, in pages; what is of use in either database is carried there before.
import { modes, type TenantId } from '#core/tenant.ts';
import type { Database, Queries } from '../postgres/database.ts';
import { sql, word } from '../sql.ts';
import { Columns, insertRows, rowOf, type TextRow } from './rows.ts';

const rowsPerPage = 500;

export interface DeleteTerms {
  /** The directory keeps its list of tenants, and its audit log. */
  readonly isDirectory: boolean;
  /** After each page. May throw. */
  readonly onPage: (rows: number) => Promise<void>;
}

/** Each step deletes a page, and returns how many rows that were. */
type Step = (db: Database, tenant: TenantId) => Promise<number>;

/** The tenant itself comes last: what is found of it later is deleted by the next run. */
export async function deleteTenants(
  db: Database,
  tenants: readonly TenantId[],
  { isDirectory, onPage }: DeleteTerms,
): Promise<void> {
  const all = isDirectory ? steps : [...steps, deleteTenant];
  for (const tenant of tenants) {
    for (const step of all) {
      for (let rows = Infinity; rows > 0;) await onPage((rows = await step(db, tenant)));
    }
  }
}

function deleteDeliveries(table: 'deliveries_ended' | 'deliveries_waiting', mode: string): Step {
  return (db, tenant) =>
    db.transaction(async (tx) => {
      const rows = await tx.all<{ id: string }>(sql`
        select id from ${word(table)} where tenant = ${tenant} and mode = ${mode} order by id limit ${rowsPerPage}`);
      const ids = rows.map(({ id }) => id);
      if (ids.length === 0) return 0;
      await tx.run(sql`delete from attempts where delivery = any(${ids})`);
      return tx.run(sql`
        delete from ${word(table)} where tenant = ${tenant} and mode = ${mode} and id = any(${ids})`);
    });
}

function deleteEvents(mode: string): Step {
  return (db, tenant) =>
    db.transaction(async (tx) => {
      const rows = await tx.all<{ seq: number; id: string }>(sql`
        select seq, id from events where tenant = ${tenant} and mode = ${mode} order by seq limit ${rowsPerPage}`);
      if (rows.length === 0) return 0;
      await tx.run(sql`
        delete from event_ids
        where id = any(${rows.map(({ id }) => id)}) and tenant = ${tenant} and mode = ${mode}`);
      return tx.run(sql`delete from events where seq = any(${rows.map(({ seq }) => seq)}::bigint[])`);
    });
}

const deleteStats: Step = (db, tenant) =>
  db.run(sql`
    delete from stats where (tenant, endpoint, minute) in (
      select tenant, endpoint, minute from stats where tenant = ${tenant} limit ${rowsPerPage}
    )`);

/** Few rows each. */
const deleteSettings: Step = (db, tenant) =>
  db.transaction(async (tx) => {
    for (const table of ['replays', 'endpoint_checks', 'tenant_secrets', 'endpoint_types', 'endpoints']) {
      await tx.run(sql`delete from ${word(table)} where tenant = ${tenant}`);
    }
    return 0;
  });

const deleteTenant: Step = async (db, tenant) => {
  await db.run(sql`delete from tenants where id = ${tenant}`);
  return 0;
};

const steps: readonly Step[] = [
  ...modes.map((mode) => deleteDeliveries('deliveries_waiting', mode)),
  ...modes.map((mode) => deleteDeliveries('deliveries_ended', mode)),
  ...modes.map(deleteEvents),
  deleteStats,
  deleteSettings,
];

/** The keys by which rows of these tables are found again. */
const carried = {
  audit_log: ['id'],
  alert_signals: ['subject', 'type'],
  alert_messages: ['channel', 'subject', 'type'],
} as const;

/**
 * Moves what belongs to a tenant and is of the same use in either database. Written there before it is deleted here: an alert may be
 * sent twice. The entries of the directory's audit log stay: lists of the log ask all databases.
 */
export async function carryRows(
  source: Database,
  target: Database,
  tenant: TenantId,
  { isDirectory, onPage }: DeleteTerms,
): Promise<void> {
  const columns = new Columns(target);
  for (const [table, keys] of Object.entries(carried)) {
    if (isDirectory && table === 'audit_log') continue;
    for (;;) {
      const rows = await readPage(source, table, keys, tenant);
      if (rows.length === 0) break;
      await insertRows(target, columns, { table, rows, conflict: sql`on conflict do nothing` });
      await source.run(sql`
        delete from ${word(table)} where tenant = ${tenant}
          and ${keyOf(keys)} = any(${rows.map(({ key }) => key)}::text[])`);
      await onPage(rows.length);
    }
  }
}

function readPage(source: Queries, table: string, keys: readonly string[], tenant: TenantId) {
  return source.all<TextRow & { key: string }>(sql`
    select ${rowOf(table)}, ${keyOf(keys)} as key from ${word(table)} where tenant = ${tenant} limit ${rowsPerPage}`);
}

function keyOf(keys: readonly string[]) {
  return keys.map((key) => sql`${word(key)}`).reduce((before, key) => sql`${before} || ' ' || ${key}`);
}
