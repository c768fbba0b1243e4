import { useState } from 'react';
import type { Alert } from '#contract/alerts.ts';
import { Button } from '#web/components/button.tsx';
import { InlineError } from '#web/components/feedback.tsx';
import { Field, Select } from '#web/components/form.tsx';
import { Panel } from '#web/components/page.tsx';
import { Countdown, ExactTime } from '#web/components/time.tsx';
import { isSnoozed } from './alert-state.tsx';
import { useSnoozeAlert } from './api.ts';

const hourMs = 3_600_000;
const spans = [
  [1, '1 hour'],
  [2, '2 hours'],
  [8, '8 hours'],
  [24, '24 hours'],
  [7 * 24, '7 days'],
  [30 * 24, '30 days'],
] as const;

export function Snooze({ alert: { id, snoozedUntil } }: { readonly alert: Alert }) {
  const [hours, setHours] = useState('2');
  const snooze = useSnoozeAlert();
  const wait = (until: string | null): void => snooze.mutate({ params: { id }, body: { until } });
  return (
    <Panel title="Snooze">
      <div className="space-y-3 p-3">
        <p className="text-muted">
          Messages wait until it ends. What is over by then is not told, nor is its recovery.
        </p>
        {isSnoozed(snoozedUntil) ? (
          <div className="flex flex-wrap items-center justify-between gap-2">
            <p>
              Until <ExactTime at={snoozedUntil} />, left: <Countdown at={snoozedUntil} end="none" />
            </p>
            <Button isBusy={snooze.isPending} onClick={() => wait(null)}>
              End snooze
            </Button>
          </div>
        ) : (
          <div className="flex items-end gap-2">
            <div className="flex-1">
              <Field label="For">
                {(field) => (
                  <Select {...field} value={hours} onChange={setHours}>
                    {spans.map(([each, text]) => (
                      <option key={each} value={each}>
                        {text}
                      </option>
                    ))}
                  </Select>
                )}
              </Field>
            </div>
            <Button
              isBusy={snooze.isPending}
              // A second less: the clock of the server may be behind, and 30 days are the limit.
              onClick={() => wait(new Date(Date.now() + Number(hours) * hourMs - 1000).toISOString())}
            >
              Snooze
            </Button>
          </div>
        )}
        <InlineError error={snooze.error} />
      </div>
    </Panel>
  );
}
