import { Link } from '@tanstack/react-router';
import type { EndpointCheck } from '#contract/checks.ts';
import { State } from '#web/components/state.tsx';
import { Time, useNow } from '#web/components/time.tsx';
import { isUnfinished } from './items.ts';

interface LastChecksProps {
  readonly checks: readonly EndpointCheck[];
  /** The id of the one that is shown. */
  readonly shown: string;
}

export function LastChecks({ checks, shown }: LastChecksProps) {
  return (
    <ul aria-label="Last checks" className="divide-y divide-line">
      {checks.map((check) => (
        <li key={check.id}>
          <Link
            to="."
            search={(search) => ({ ...search, check: check.id })}
            aria-current={check.id === shown ? 'true' : undefined}
            className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-[13px] hover:bg-raised aria-[current=true]:bg-raised"
          >
            <Outcome check={check} />
            <bdi className="min-w-0 flex-1 wrap-anywhere">{check.eventType}</bdi>
            <Time at={check.createdAt} />
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Outcome({ check }: { readonly check: EndpointCheck }) {
  const { state, failed, passed } = check;
  const now = useNow();
  if (state !== 'finished') return <State name={isUnfinished(check, now) ? state : 'stopped'} />;
  if (failed > 0) return <State name="failed">{failed} failed</State>;
  return passed > 0 ? <State name="passed">{passed} passed</State> : <State name="skipped">not made</State>;
}
