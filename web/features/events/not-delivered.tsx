// Why an event did not go to the other endpoints of its tenant, as the server explains it.
import { Link } from '@tanstack/react-router';
import type { Explanation } from '#contract/explanation.ts';
import { Button } from '#web/components/button.tsx';
import { Failure } from '#web/components/feedback.tsx';
import { Panel } from '#web/components/page.tsx';
import { useExplanations } from './api.ts';
import { describe } from './reasons.ts';

export function NotDelivered({ event }: { readonly event: string }) {
  const pages = useExplanations(event);
  const { data, error, hasNextPage, isFetchingNextPage } = pages;
  if (data === undefined)
    return error !== null && <Failure error={error} onRetry={() => void pages.refetch()} />;
  const all = data.pages.flatMap((page) => page.data);
  const others = all.filter(({ delivery }) => delivery === null);
  if (others.length === 0 && !hasNextPage) return null;
  return (
    <Panel title="Did not go to">
      <ul className="divide-y divide-line text-[13px]">
        {others.map((one) => (
          <Other key={one.endpoint} explanation={one} />
        ))}
      </ul>
      {hasNextPage && (
        <div className="p-3">
          <Button isBusy={isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Ask about more endpoints
          </Button>
        </div>
      )}
    </Panel>
  );
}

function Other({ explanation }: { readonly explanation: Explanation }) {
  const { endpoint, url, reason, basis, filterReasons } = explanation;
  return (
    <li className="flex flex-wrap gap-x-3 px-3 py-2">
      {reason === 'removed_before' ? (
        <bdi className="break-all">{url}</bdi>
      ) : (
        <Link
          to="/console/endpoints/$id"
          params={{ id: endpoint }}
          className="break-all text-accent underline"
        >
          <bdi>{url}</bdi>
        </Link>
      )}
      <span className="min-w-0 space-y-1">
        <span>{describe(explanation)}</span>{' '}
        {basis === 'inferred' && (
          <span className="text-muted">That is by the endpoint as it is now: it was changed since.</span>
        )}
        {filterReasons.map(({ path, message }, index) => (
          <span key={index} className="block wrap-anywhere">
            <bdi className="font-mono">{path === '' ? 'the payload' : path}</bdi> <bdi>{message}</bdi>
          </span>
        ))}
      </span>
    </li>
  );
}
