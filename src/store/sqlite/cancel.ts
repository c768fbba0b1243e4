// Canceling: moves waiting deliveries to the ended table. A result that comes later finds no row and changes nothing.
import { queuesOf } from '../queues.ts';
import type { WaitingRow } from '../records/delivery-rows.ts';
import type { Ordered } from '../records/engine.ts';
import { all, type Work } from '../records/work.ts';
import { sql } from '../sql.ts';
import type { Context } from './memory.ts';
import { promote } from './ordering.ts';
import { insertEnded } from './record.ts';

interface CanceledRow {
  readonly id: string;
  readonly tenant: string;
  readonly mode: string;
  readonly endpoint: string;
  readonly event_seq: number;
  readonly attempts: number;
}

/** See `Engine.cancel`. */
export function* cancel({ db, memory }: Context, rows: readonly WaitingRow[], now: number): Work<Ordered> {
  if (rows.length === 0) return { count: 0, due: [] };
  const canceled = yield* all<CanceledRow>(sql`
    delete from deliveries_waiting where seq in (select value from json_each(${rows.map(({ seq }) => seq)}))
    returning id, tenant, mode, endpoint, event_seq, attempts`);
  const ended = canceled.map(({ id, tenant, mode, endpoint, event_seq: event, attempts }) => {
    return [++memory.last.deliveries, id, tenant, mode, endpoint, event, 'canceled', attempts, now, null];
  });
  db.insert(insertEnded, ended);
  db.afterCommit(() => (memory.waiting -= ended.length));
  return { count: ended.length, due: promote(db, queuesOf(rows), now) };
}
