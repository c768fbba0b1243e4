// What is done with the rows that are selected: a bar at the bottom, as long as there are some, or a result to tell.
import { Button } from '#web/components/button.tsx';
import type { Selection } from '#web/components/selection.ts';
import { formatCount } from '#web/lib/format.ts';
import { type BulkProgress, type Owned, useBulkRedeliver } from './api.ts';

interface BulkBarProps {
  readonly selection: Selection;
  readonly deliveries: readonly Owned[];
}

export function BulkBar({ selection, deliveries }: BulkBarProps) {
  const { progress, run, stop, clear } = useBulkRedeliver();
  const chosen = deliveries.filter(({ id }) => selection.keys.has(id));
  if (chosen.length === 0 && progress === null) return null;
  return (
    <section
      aria-label="Selected deliveries"
      className="fixed inset-x-3 bottom-16 z-30 mx-auto flex max-w-3xl flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-strong-line bg-surface px-3 py-2 shadow-lg md:bottom-4"
    >
      {progress === null ? (
        <>
          <span className="flex-1">{formatCount(chosen.length, 'delivery', 'deliveries')} selected</span>
          <Button look="bare" onClick={selection.clear}>
            Select none
          </Button>
          <Button look="primary" icon="retry" onClick={() => void run(chosen)}>
            {`Redeliver ${chosen.length}`}
          </Button>
        </>
      ) : (
        <>
          <Told progress={progress} />
          {progress.isRunning ? (
            <Button onClick={stop}>Stop</Button>
          ) : (
            <Button
              onClick={() => {
                clear();
                selection.clear();
              }}
            >
              Done
            </Button>
          )}
        </>
      )}
    </section>
  );
}

function Told({ progress }: { readonly progress: BulkProgress }) {
  const { isRunning, total, ordered, refused } = progress;
  const count = [...refused.values()].reduce((sum, each) => sum + each, 0);
  const left = total - ordered - count;
  return (
    <div className="min-w-0 flex-1 space-y-1">
      <p role="status">
        {`${ordered} of ${formatCount(total, 'redelivery', 'redeliveries')} ordered`}
        {count > 0 && `, ${count} refused`}
        {!isRunning && left > 0 && `, ${left} left out: it was stopped`}
      </p>
      <progress
        className="h-1.5 w-full accent-accent"
        aria-label="Redeliveries asked for"
        max={total}
        value={ordered + count}
      />
      {count > 0 && (
        <ul className="max-h-24 overflow-y-auto text-[12.5px] wrap-anywhere text-exhausted">
          {[...refused].map(([reason, times]) => (
            <li key={reason}>{`${times} × ${reason}`}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
