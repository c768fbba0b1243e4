// How the watching goes, in words: connected, paused, lost; and what is not shown.
import { Link } from '@tanstack/react-router';
import { Button } from '#web/components/button.tsx';
import { State } from '#web/components/state.tsx';
import { ClockTime } from '#web/components/time.tsx';
import { formatCount } from '#web/lib/format.ts';
import type { Connection, Gap, Watch } from './watch.ts';

interface StatusProps {
  readonly watch: Watch;
  readonly onPause: () => void;
  readonly onContinue: () => void;
}

export function Status({ watch, onPause, onContinue }: StatusProps) {
  const { connection, isPaused, heldCount } = watch;
  return (
    <div className="flex min-h-12 flex-wrap items-center justify-between gap-2 border-b border-line px-3 py-2">
      <div role="status" className="min-w-0 wrap-anywhere">
        {describe(connection, isPaused)}
      </div>
      {isPaused ? (
        <Button look="primary" onClick={onContinue}>
          {heldCount === 0 ? 'Continue' : `Continue: ${formatCount(heldCount, 'new attempt')}`}
        </Button>
      ) : (
        <Button icon="pause" onClick={onPause}>
          Pause
        </Button>
      )}
    </div>
  );
}

function describe(connection: Connection, isPaused: boolean) {
  if (connection.state === 'lost') {
    return (
      <>
        <State name="retrying">connecting again</State>{' '}
        <span>
          The connection was lost at <ClockTime at={connection.since} />: {connection.reason}
        </span>
      </>
    );
  }
  if (connection.state === 'opening') return <State name="pending">connecting</State>;
  return isPaused ? (
    <>
      <State name="held">paused</State> <span>What comes meanwhile is counted.</span>
    </>
  ) : (
    <>
      <State name="enabled">connected</State> <span>Attempts appear as they are recorded.</span>
    </>
  );
}

/** What is not shown stands in the list of deliveries. */
export function NotShown({ gap, onRead }: { readonly gap: Gap; readonly onRead: () => void }) {
  return (
    <div
      role="status"
      className="flex flex-wrap items-center justify-between gap-2 border-b border-line bg-raised px-3 py-2"
    >
      <p className="min-w-0">
        {gap.kind === 'missed' ? (
          <>
            Some attempts are not shown: about <ClockTime at={gap.since} /> there were more than a stream
            carries.
          </>
        ) : (
          <>
            Connected again. Attempts between <ClockTime at={gap.since} /> and <ClockTime at={gap.until} />{' '}
            are not shown.
          </>
        )}{' '}
        <Link to="/console/deliveries" className="text-accent underline">
          Deliveries
        </Link>{' '}
        has all.
      </p>
      <Button onClick={onRead}>Hide this</Button>
    </div>
  );
}
