// Canceling what waits: a delivery, or all that waits for an endpoint, in steps so that publishing is not blocked.
import type { EndpointId } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import { isSelected } from '#core/event-types.ts';
import { compileFilter, type Matcher, subjectOf } from '#core/filter/filter.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import { sql } from '../sql.ts';
import type { WaitingFilter } from '../store.ts';
import type { DeliveryRow, WaitingRow } from './delivery-rows.ts';
import type { Engine, Ordered } from './engine.ts';
import { readEvents } from './events.ts';
import { all, type Work } from './work.ts';

/** Changes nothing when the delivery has ended. */
export function* cancelOne(engine: Engine, { tenant, mode, id }: DeliveryRow, now: number): Work<Ordered> {
  const rows = yield* all<WaitingRow>(sql`
    select seq, endpoint, ordering_key from deliveries_waiting
    where tenant = ${tenant} and mode = ${mode} and id = ${id}`);
  return yield* engine.cancel(rows, now);
}

/** Rows that one step reads: some 10 ms of work. With a filter, each payload is read and parsed. */
const rowsPerStep = { plain: 1000, filtered: 100 };

/** What is chosen, with its filter compiled. */
interface Choice extends WaitingFilter {
  readonly matcher: Matcher | null;
}

interface Position {
  readonly dueAt: number;
  readonly seq: number;
}

interface ScannedRow extends WaitingRow {
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly due_at: number;
  readonly first_due_at: number;
  readonly event_seq: number;
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
  const { exceptMatching } = filter;
  const choice = { ...filter, matcher: exceptMatching === undefined ? null : compileFilter(exceptMatching) };
  let total = 0;
  for (let before = -1; before < total;) {
    before = total;
    for (let after: Position | null = { dueAt: -1, seq: 0 }; after !== null;) {
      const from: Position = after;
      const done: Step = await engine.transaction(
        () => cancelStep(engine, endpoint, choice, from, now),
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
  choice: Choice,
  after: Position,
  now: number,
): Work<Step> {
  const limit = choice.matcher === null ? rowsPerStep.plain : rowsPerStep.filtered;
  const rows = yield* all<ScannedRow>(sql`
    select w.seq, w.tenant, w.mode, w.endpoint, w.event_seq, w.ordering_key, w.due_at, w.first_due_at, w.is_ordered, w.is_test,
      (select v.type from events v where v.seq = w.event_seq) as event_type
    from deliveries_waiting w
    where w.endpoint = ${endpoint} and (w.due_at, w.seq) > (${after.dueAt}, ${after.seq})
    order by w.due_at, w.seq limit ${limit}`);
  const events = yield* readEvents(engine, choice.matcher === null ? [] : rows.map((row) => row.event_seq));
  const chosen = rows.filter((row) => isChosen(row, choice, events.get(row.event_seq)));
  const canceled = yield* engine.cancel(chosen, now);
  const [one] = chosen;
  if (one !== undefined && canceled.count > 0) {
    const { tenant, mode } = one;
    const sides = { before: null, after: { canceled: canceled.count } };
    yield* engine.audit({ tenant, mode, noun: 'backlog', target: endpoint, ...sides });
  }
  const last = rows.length < limit ? undefined : rows.at(-1);
  return { ...canceled, next: last === undefined ? null : { dueAt: last.due_at, seq: last.seq } };
}

function isChosen(row: ScannedRow, choice: Choice, event: Event | undefined): boolean {
  const { until, exceptTypes, matcher, isScheduledOnly } = choice;
  if (row.first_due_at > until) return false;
  if (isScheduledOnly && (Boolean(row.is_ordered) || Boolean(row.is_test))) return false;
  if (exceptTypes === undefined || !isSelected(exceptTypes, row.event_type)) return true;
  return matcher !== null && event !== undefined && !matcher.matches(subjectOf(event));
}
