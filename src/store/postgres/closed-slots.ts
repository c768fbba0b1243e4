// Slots that are closed in this database, one of several, because their tenants move: whatever would write something of them that would
// be left behind is refused here, in its own transaction, also by a process that does not know of the move. One lookup in a table that
// has few rows or none; and nothing where there is one database.
import { slotOf } from '#core/slot.ts';
import { operatorTenant, type TenantId } from '#core/tenant.ts';
import { slotsClosed } from '../closed.ts';
import type { Engine } from '../records/engine.ts';
import { get, type Work } from '../records/work.ts';
import { type Sql, sql } from '../sql.ts';
import type { Context } from './context.ts';

/** The slots of these tenants. The operator is on every database and never moves. */
export function movableSlots(tenants: readonly TenantId[]): number[] {
  return [...new Set(tenants.filter((tenant) => tenant !== operatorTenant).map(slotOf))];
}

/** The slots that must be open for these events to be written; null where there is one database. */
export function slotsToCheck(
  { isPartition }: Pick<Context, 'isPartition'>,
  planned: readonly { readonly event: { readonly tenant: TenantId } }[],
): readonly number[] | null {
  return isPartition ? movableSlots(planned.map(({ event }) => event.tenant)) : null;
}

/** Throws what `slotsClosed` makes when one of these tenants may be changed no more. */
function* requireUnsealed(tenants: readonly TenantId[]): Work<void> {
  const slots = movableSlots(tenants);
  const found = yield* get(sql`
    select 1 from closed_slots where is_sealed and slot = any(${slots}::int[]) limit 1`);
  if (found !== undefined) throw slotsClosed();
}

/** Of deliveries that wait, by their numbers. */
function* requireUnsealedRows(seqs: readonly number[]): Work<void> {
  const found = yield* get(sql`
    select 1 from closed_slots c where is_sealed and c.slot = any(array(
      select slot_of(w.tenant) from deliveries_waiting w where w.seq = any(${seqs}::bigint[]) and w.tenant <> ${operatorTenant}
    )) limit 1`);
  if (found !== undefined) throw slotsClosed();
}

type Guarded = Pick<Engine, 'redeliver' | 'owe' | 'cancel' | 'addStats'>;

/** What changes rows without those that triggers guard: see `closeSlots` in store/moves. */
export function guardSealed(engine: Guarded): Guarded {
  return {
    *redeliver(rows, order) {
      yield* requireUnsealed(rows.map(({ tenant }) => tenant));
      return yield* engine.redeliver(rows, order);
    },
    *owe(endpoint, events, order) {
      yield* requireUnsealed(events.map(({ tenant }) => tenant));
      return yield* engine.owe(endpoint, events, order);
    },
    *cancel(rows, now) {
      yield* requireUnsealedRows(rows.map(({ seq }) => seq));
      return yield* engine.cancel(rows, now);
    },
    *addStats(rows) {
      yield* requireUnsealed(rows.map(({ tenant }) => tenant));
      yield* engine.addStats(rows);
    },
  };
}

/** In a search of endpoints `e`: those of closed slots are left alone. */
export const isOpenEndpoint = sql`
  (e.tenant = ${operatorTenant} or not exists (select 1 from closed_slots c where c.slot = slot_of(e.tenant)))`;

/** Which of these slots are closed. */
export function selectClosed(slots: readonly number[]): Sql {
  return sql`select slot from closed_slots where slot = any(${slots}::int[])`;
}
