import type { Replay } from '#contract/replays.ts';
import { formatPercent } from '#web/lib/format.ts';

export function Progress({ replay: { done, total } }: { readonly replay: Pick<Replay, 'done' | 'total'> }) {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  return (
    <span className="flex items-center gap-2">
      <span
        role="progressbar"
        aria-label="Ordered"
        aria-valuenow={Math.round(share * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
        className="h-2 flex-1 overflow-hidden rounded-full border border-line bg-raised"
      >
        <span className="block h-full bg-accent" style={{ width: `${share * 100}%` }} />
      </span>
      <span className="text-[12px] tabular-nums">{formatPercent(share)}</span>
    </span>
  );
}
