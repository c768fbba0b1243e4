// The slot map, in the directory of several databases. Whoever creates a tenant has noted it under the version of the map that it
// knows, and whoever changes the map waits for such notes: an assignment of empty slots misses no tenant.
import { slotOf } from '#core/slot.ts';
import type { TenantId } from '#core/tenant.ts';
import { parseJson, sql } from '../sql.ts';
import type { SlotMap, SlotStore } from '../store.ts';
import type { Database, Queries } from './database.ts';
import { channel, mapMessage } from './presence.ts';

interface MapRow {
  readonly version: number;
  readonly names: string;
  readonly slots: Buffer;
  readonly moves: string;
}

export function createSlotStore(db: Database): SlotStore {
  return {
    read: () => readMap(db),
    change: (decide) =>
      db.transaction(async (tx) => {
        await tx.run(sql`lock table slot_map in exclusive mode`);
        const current = await readMap(tx);
        const next = decide(current, await findUsed(tx));
        if (next.version !== current?.version) await writeMap(tx, next);
        return next;
      }),
    begin: (tenant, version, now) =>
      db.transaction(async (tx) => {
        // Waits for a change of the map, and keeps others from beginning until this is committed.
        const row = await tx.get<{ version: number }>(
          sql`select version from slot_map where id = 1 for share`,
        );
        if (row?.version !== version) return false;
        const frozen = await tx.get(sql`
          select 1 from slot_move where ${slotOf(tenant)}::int = any(frozen)`);
        if (frozen !== undefined) return false;
        await tx.run(sql`
          insert into unfinished_tenants (id, begun_at) values (${tenant}, ${now})
          on conflict (id) do update set begun_at = excluded.begun_at`);
        return true;
      }),
    async end(tenant) {
      await db.run(sql`delete from unfinished_tenants where id = ${tenant}`);
    },
    async closedSince() {
      const move = await db.get<{ frozen_at: number }>(sql`
        select frozen_at from slot_move where frozen <> '{}'`);
      return move?.frozen_at ?? null;
    },
    async unfinished(before) {
      const rows = await db.all<{ id: TenantId }>(sql`
        select id from unfinished_tenants where begun_at < ${before} order by begun_at limit ${unfinishedMax}`);
      return rows.map(({ id }) => id);
    },
  };
}

/** Of one step of the repair. */
const unfinishedMax = 100;

export async function readMap(queries: Queries): Promise<SlotMap | null> {
  const row = await queries.get<MapRow>(sql`select version, names, slots, moves from slot_map where id = 1`);
  return row === undefined
    ? null
    : {
        version: row.version,
        names: parseJson(row.names),
        slots: new Uint8Array(row.slots),
        moves: parseJson(row.moves),
      };
}

/** Other processes are told with the commit. */
export async function writeMap(tx: Queries, { version, names, slots, moves }: SlotMap): Promise<void> {
  await tx.run(sql`
    insert into slot_map (id, version, names, slots, moves)
    values (1, ${version}, ${JSON.stringify(names)}, ${slots}, ${JSON.stringify(moves)})
    on conflict (id) do update set
      version = excluded.version, names = excluded.names, slots = excluded.slots, moves = excluded.moves`);
  await tx.all(sql`select pg_notify(${channel}, ${mapMessage})`);
}

/** With those that are about to move. */
async function findUsed(tx: Queries): Promise<ReadonlySet<number>> {
  const rows = await tx.all<{ id: TenantId }>(sql`
    select id from tenants union all select id from unfinished_tenants`);
  const moving = await tx.all<{ slot: number }>(sql`select unnest(slots) as slot from slot_move`);
  return new Set([...rows.map(({ id }) => slotOf(id)), ...moving.map(({ slot }) => slot)]);
}
