// Closing slots in the database that they leave: first nothing new is published or claimed, then, when what is under way has come back,
// nothing at all is changed. Both are committed in the source, and then every transaction is waited for that may have begun before.
import type { TenantId } from '#core/tenant.ts';
import type { Clock } from '#lib/clock.ts';
import { eventsOf } from '../fan-out.ts';
import { lockClass } from '../postgres/context.ts';
import { channel } from '../postgres/presence.ts';
import { type Database, type Queries, toQuery } from '../postgres/database.ts';
import { sql, StoreError } from '../sql.ts';

/** Tables without hot writers, and the column that names the tenant. Triggers refuse what is written of sealed slots. */
const guarded = {
  tenants: 'id',
  tenant_secrets: 'tenant',
  endpoints: 'tenant',
  endpoint_checks: 'tenant',
  replays: 'tenant',
} as const;

/** What a change of a tenant writes. Not owners of replays, counters of health and numbers, which are written for many at once. */
const written: Readonly<Record<string, string>> = {
  tenants: 'name, metadata, contact, removed_at, revision',
  endpoints: 'revision, removed_at, secrets, sealed_settings',
  replays: 'state, position, done',
};

/** The directory's tenants are changed there wherever they are at home. */
export async function guardTables(db: Database, isDirectory: boolean): Promise<void> {
  for (const [table, column] of Object.entries(guarded)) {
    if (isDirectory && table === 'tenants') continue;
    const name = `${table}_sealed`;
    const known = await db.get(sql`
      select 1 from pg_trigger where tgname = ${name} and tgrelid = ${table}::regclass`);
    if (known !== undefined) continue;
    const of = written[table] === undefined ? '' : `of ${written[table]}`;
    await db.transaction(async (tx) => {
      await tx.run(sql`set local lock_timeout = '2s'`);
      await tx.script(
        `create or replace trigger ${name} before insert or update ${of} on ${table}
         for each row execute function refuse_sealed('${column}')`,
      );
    });
  }
}

/** From now on, nothing of these slots is published or claimed in this database. */
export async function closeSlots(db: Database, slots: readonly number[], clock: Clock): Promise<void> {
  await db.run(sql`
    insert into closed_slots (slot, is_sealed) select slot, false from unnest(${slots}::int[]) as slot
    on conflict (slot) do nothing`);
  await waitForOlder(db, clock);
}

/** Nothing at all is changed from now on: leases that have not come back are revoked, and checks are not made here. */
export async function sealSlots(
  db: Database,
  slots: readonly number[],
  tenants: readonly TenantId[],
  clock: Clock,
): Promise<void> {
  await db.transaction(async (tx) => {
    // Once: what is sealed is not updated.
    await tx.run(sql`
      update endpoint_checks set due_at = null where tenant = any(${tenants})
        and not exists (select 1 from closed_slots where is_sealed and slot = any(${slots}::int[]))`);
    await tx.run(sql`update closed_slots set is_sealed = true where slot = any(${slots}::int[])`);
  });
  await waitForOlder(db, clock);
  for (const tenant of tenants) {
    await db.run(sql`
      update deliveries_waiting set due_at = ${clock.now()}, lease = lease + 1, claimed_by = null
      where tenant = ${tenant} and claimed_by is not null`);
  }
}

/** They are elsewhere again. */
export async function keepSealed(db: Database, slots: readonly number[]): Promise<void> {
  await db.run(sql`
    insert into closed_slots (slot, is_sealed) select slot, true from unnest(${slots}::int[]) as slot
    on conflict (slot) do update set is_sealed = true`);
}

/** They are open here, as before. */
export async function openSlots(
  db: Database,
  slots: readonly number[],
  tenants: readonly TenantId[],
  now: number,
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.run(sql`delete from closed_slots where slot = any(${slots}::int[])`);
    await tx.run(sql`
      update endpoint_checks set due_at = ${now}
      where tenant = any(${tenants}) and state <> 'finished' and due_at is null`);
  });
}

const pollMs = 20;
/** Longer than any statement, or the idle time of a transaction, is allowed. */
const olderMsMax = 30_000;

/** Waits for the transactions that are open now. */
async function waitForOlder(db: Database, clock: Clock): Promise<void> {
  // What only reads, for long: a dump.
  const open = await db.all<{ id: string }>(sql`
    select l.virtualxid as id from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'virtualxid' and l.granted and a.pid <> pg_backend_pid()
      and a.datname = current_database() and a.application_name <> 'pg_dump'
      and coalesce(a.backend_type, 'client backend') = 'client backend'`);
  const ids = open.map(({ id }) => id);
  const until = clock.now() + olderMsMax;
  while (ids.length > 0) {
    const left = await db.all(sql`
      select 1 from pg_locks where locktype = 'virtualxid' and granted and virtualxid = any(${ids}::text[])
        and pid <> pg_backend_pid() limit 1`);
    if (left.length === 0) return;
    if (clock.now() > until) {
      throw new StoreError(
        `${db.name}: a transaction is open for more than 30 seconds; end it and try again.`,
      );
    }
    await clock.sleep(pollMs);
  }
}

/** Waits until no request of these tenants is under way, at most for `ms`. Returns how many leases are left. */
export async function drain(
  db: Database,
  tenants: readonly TenantId[],
  clock: Clock,
  ms: number,
): Promise<number> {
  for (const until = clock.now() + ms; ; await clock.sleep(pollMs)) {
    const row = await db.get<{ count: number }>(sql`
      select count(*) as count from deliveries_waiting
      where tenant = any(${tenants}) and claimed_by > 0 and due_at > ${clock.now()}`);
    const left = row?.count ?? 0;
    if (left === 0 || clock.now() > until) return left;
  }
}

/** Whether a large publication of one of these tenants is still being written, in pieces. */
export async function hasFanOut(db: Queries, tenants: readonly TenantId[]): Promise<boolean> {
  const rows = await db.all<{ events: string }>(sql`select events from fan_outs`);
  if (rows.length === 0) return false;
  const found = await db.get(sql`
    select 1 from events where seq = any(${rows.flatMap(eventsOf)}::bigint[]) and tenant = any(${tenants}) limit 1`);
  return found !== undefined;
}

const idsMax = 200;
const idsTold = 5_000;

/** Tells the processes that these tenants have something due. Best-effort: they find it by themselves, later. */
export async function notifyDue(db: Database, tenants: readonly TenantId[]): Promise<void> {
  const rows = await db.all<{ endpoint: string }>(sql`
    select distinct endpoint from deliveries_waiting where tenant = any(${tenants}) limit ${idsTold}`);
  const ids = rows.map(({ endpoint }) => endpoint);
  for (let from = 0; from < ids.length; from += idsMax) {
    const message = ['0 woken', ...ids.slice(from, from + idsMax)].join(' ');
    await db.all(sql`select pg_notify(${channel}, ${message})`);
  }
}

/** Holds the lock of whoever deletes what has expired, until it is closed: nothing is deleted half way between two databases. */
export async function holdUpkeep(db: Database): Promise<{ close(): Promise<void> }> {
  const client = await db.connect({ application_name: 'carillon partitions move' });
  await client.query(toQuery(sql`select pg_advisory_lock(${lockClass.upkeep}::int, 0)`));
  return { close: () => client.end() };
}
