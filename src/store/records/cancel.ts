// Canceling what waits: a delivery, or all that waits for an endpoint, in steps so that publishing is not blocked.
import type { EndpointId } from '#core/endpoint.ts';
import { isSelected } from '#core/event-types.ts';
import { sql } from '../sql.ts';
import type { WaitingFilter } from '../store.ts';
import type { DeliveryRow, WaitingRow } from './delivery-rows.ts';
import type { Engine, Ordered } from './engine.ts';
import { all, type Work } from './work.ts';

/** Changes nothing when the delivery has ended. */
export function* cancelOne(engine: Engine, { tenant, mode, id }: DeliveryRow, now: number): Work<Ordered> {
  const rows = yield* all<WaitingRow>(sql`
    select seq, endpoint, ordering_key from deliveries_waiting
    where tenant = ${tenant} and mode = ${mode} and id = ${id}`);
  return yield* engine.cancel(rows, now);
}

/** Rows that one step reads: some 10 ms of work. */
const rowsPerStep = 1000;

interface Position {
  readonly dueAt: number;
  readonly seq: number;
}

interface ScannedRow extends WaitingRow {
  readonly due_at: number;
  readonly first_due_at: number;
  readonly is_ordered: boolean | number;
  readonly is_test: boolean | number;
  readonly event_type: string;
}

interface Step extends Ordered {
  /** Null at the end of the list. */
  readonly next: Position | null;
}

/**
 * Returns how many were canceled. Repeats until a whole pass finds nothing: ending the first of an ordering key makes the
 * next one due, which may move it behind the position of the pass.
 */
export async function cancelWaiting(
  engine: Engine,
  endpoint: EndpointId,
  filter: WaitingFilter,
  now: number,
): Promise<number> {
  let total = 0;
  for (let before = -1; before < total;) {
    before = total;
    for (let after: Position | null = { dueAt: -1, seq: 0 }; after !== null;) {
      const from: Position = after;
      const done: Step = await engine.transaction(
        () => cancelStep(engine, endpoint, filter, from, now),
        ({ due }) => engine.effects.due(due),
      );
      total += done.count;
      after = done.next;
      // A transaction of SQLite takes no turn of the event loop: others get one between the steps.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return total;
}

/** By the index of the endpoint and the due time. */
function* cancelStep(
  engine: Engine,
  endpoint: EndpointId,
  filter: WaitingFilter,
  after: Position,
  now: number,
): Work<Step> {
  const rows = yield* all<ScannedRow>(sql`
    select w.seq, w.endpoint, w.ordering_key, w.due_at, w.first_due_at, w.is_ordered, w.is_test,
      (select v.type from events v where v.seq = w.event_seq) as event_type
    from deliveries_waiting w
    where w.endpoint = ${endpoint} and (w.due_at, w.seq) > (${after.dueAt}, ${after.seq})
    order by w.due_at, w.seq limit ${rowsPerStep}`);
  const chosen = rows.filter((row) => isChosen(row, filter));
  const canceled = yield* engine.cancel(chosen, now);
  const last = rows.length < rowsPerStep ? undefined : rows.at(-1);
  return { ...canceled, next: last === undefined ? null : { dueAt: last.due_at, seq: last.seq } };
}

function isChosen(row: ScannedRow, { until, exceptTypes, isScheduledOnly }: WaitingFilter): boolean {
  if (row.first_due_at > until) return false;
  if (isScheduledOnly && (Boolean(row.is_ordered) || Boolean(row.is_test))) return false;
  return exceptTypes === undefined || !isSelected(exceptTypes, row.event_type);
}
