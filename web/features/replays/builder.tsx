import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '#web/components/button.tsx';
import { InlineError } from '#web/components/feedback.tsx';
import { Page, Panel } from '#web/components/page.tsx';
import { formatCount, formatDuration } from '#web/lib/format.ts';
import { useScope } from '#web/lib/scope.ts';
import { useDryRun, useStartReplay } from './api.ts';
import { draftOf, type ReplayDraft, toTerms } from './draft.ts';
import { ReplayFields } from './replay-fields.tsx';

export function ReplayBuilder() {
  const { mode } = useScope();
  const search = useSearch({ from: '/console/scoped/replays/new' });
  const [draft, setDraft] = useState(() => draftOf(search));
  const dryRun = useDryRun();
  const start = useStartReplay();
  const navigate = useNavigate();
  const change = (next: ReplayDraft): void => {
    setDraft(next);
    // A count is of the terms that it was made with.
    dryRun.reset();
  };
  const begin = async (): Promise<void> => {
    const { id } = await start.start(toTerms(draft, mode));
    await navigate({ to: '/console/replays/$id', params: { id } });
  };
  return (
    <Page title="New replay">
      <Panel>
        <form
          className="max-w-3xl space-y-4 p-3"
          onSubmit={(event) => {
            event.preventDefault();
            dryRun.mutate(toTerms(draft, mode));
          }}
        >
          <ReplayFields draft={draft} onChange={change} />
          <InlineError error={dryRun.error ?? start.error} />
          <div className="flex flex-wrap items-center gap-3">
            <Button
              type="submit"
              look={dryRun.data === undefined ? 'primary' : 'plain'}
              isBusy={dryRun.isPending}
            >
              Count what it would redeliver
            </Button>
            {dryRun.data !== undefined && (
              <Button
                look="primary"
                isBusy={start.isPending}
                disabled={dryRun.data.total === 0}
                onClick={() => void begin().catch(() => {})}
              >
                {`Redeliver ${formatCount(dryRun.data.total, 'delivery', 'deliveries')}`}
              </Button>
            )}
          </div>
          {dryRun.data !== undefined && (
            <p role="status">
              {formatCount(dryRun.data.total, 'delivery', 'deliveries')}, sent within{' '}
              {formatDuration(Math.max(1000, (dryRun.data.total / draft.rate) * 1000))}.
              {dryRun.data.leftOut > 0 &&
                ` ${formatCount(dryRun.data.leftOut, 'delivery is', 'deliveries are')} left out because the endpoint is disabled.`}
            </p>
          )}
        </form>
      </Panel>
    </Page>
  );
}
