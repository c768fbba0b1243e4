// Signals for alerts: noted in the transaction of what happened, so that none is lost and none is told of what was rolled back.
// Where nobody is told of anything, that costs one statement, and only where something happened.
import type { AlertSignal } from '#core/alert.ts';
import { columnList, join, sql } from '../sql.ts';
import { defineFormat, plain } from './fields.ts';
import { get, run, type Work } from './work.ts';

export const signalFormat = defineFormat<AlertSignal>({
  subject: plain(),
  type: plain(),
  tenant: plain(),
  mode: plain(),
  endpoint: plain(),
  code: plain(),
  since: plain(),
  at: plain(),
  count: plain(),
});

/** Of one statement. */
const rowsMax = 100;

/** Of two signals of the same subject and type, the counts are added. */
export function* noteSignals(signals: readonly AlertSignal[]): Work<void> {
  if (signals.length === 0) return;
  const told = yield* get(sql`
    select 1 from alerts where enabled union all select 1 from tenants where contact is not null limit 1`);
  if (told === undefined) return;
  // In one order for all transactions, which avoids deadlocks.
  const rows = signals
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .map((signal) => sql`(${join(Object.values(signalFormat.write(signal)).map((value) => sql`${value}`))})`);
  for (let from = 0; from < rows.length; from += rowsMax) {
    yield* run(sql`
      insert into alert_signals (${columnList(signalFormat.columns)}) values ${join(rows.slice(from, from + rowsMax))}
      on conflict (subject, type) do update set
        count = alert_signals.count + excluded.count, code = excluded.code, at = excluded.at`);
  }
}

function keyOf({ subject, type }: AlertSignal): string {
  return `${subject} ${type}`;
}
