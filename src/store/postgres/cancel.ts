// Canceling: moves waiting deliveries to the ended table. A result that comes later finds no row and changes nothing.
import { queuesOf } from '../queues.ts';
import type { WaitingRow } from '../records/delivery-rows.ts';
import type { Ordered } from '../records/engine.ts';
import { run, type Work } from '../records/work.ts';
import { sql } from '../sql.ts';
import { lockQueues, promote } from './ordering.ts';

/** See `Engine.cancel`. Rows are locked in the order of their numbers, as by everything that locks many. */
export function* cancel(rows: readonly WaitingRow[], now: number): Work<Ordered> {
  if (rows.length === 0) return { count: 0, due: [] };
  yield* lockQueues(queuesOf(rows));
  const count = yield* run(sql`
    with held as materialized (
      select seq from deliveries_waiting where seq = any(${rows.map(({ seq }) => seq)}::bigint[])
      order by seq for update
    ), gone as (
      delete from deliveries_waiting w using held h where w.seq = h.seq
      returning w.id, w.tenant, w.mode, w.endpoint, w.event_seq, w.attempts
    )
    insert into deliveries_ended (id, tenant, mode, endpoint, event_seq, state, attempts, ended_at)
    select id, tenant, mode, endpoint, event_seq, 'canceled', attempts, ${now}::bigint from gone`);
  return { count, due: yield* promote(queuesOf(rows), now) };
}
