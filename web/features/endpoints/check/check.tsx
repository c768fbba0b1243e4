// Check my receiver: starts a check, shows its items as they are done, and the last checks.
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { EndpointCheck } from '#contract/checks.ts';
import { Id } from '#web/components/copy.tsx';
import { Failure, Notice, Skeleton } from '#web/components/feedback.tsx';
import { Panel } from '#web/components/page.tsx';
import { useNow } from '#web/components/time.tsx';
import { useChecks, useEndpoint } from '../api.ts';
import { describeCheck, isUnfinished } from './items.ts';
import { LastChecks } from './last-checks.tsx';
import { ScoreCard } from './score-card.tsx';
import { Start } from './start.tsx';

export function Check() {
  const { id } = useParams({ from: '/console/scoped/endpoints/$id/check' });
  const { data: endpoint } = useEndpoint(id);
  if (endpoint?.url !== null) return <OfReceiver id={id} />;
  return (
    <Panel>
      <Notice title="There is no receiver to check.">
        Nothing is sent to this endpoint: clients pull its deliveries.
      </Notice>
    </Panel>
  );
}

function OfReceiver({ id }: { readonly id: string }) {
  const { check: chosen } = useSearch({ from: '/console/scoped/endpoints/$id/check' });
  const navigate = useNavigate({ from: '/console/endpoints/$id/check' });
  const { data: checks, error, refetch } = useChecks(id);
  const now = useNow();
  const shown = checks?.find((check) => check.id === chosen) ?? checks?.[0];
  const isRunning = checks?.some((check) => isUnfinished(check, now)) ?? false;
  const show = (check: string): void => {
    void navigate({ search: (search) => ({ ...search, check }), replace: true });
  };
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
      <div className="min-w-0 space-y-4">
        <Panel title="Check the receiver">
          <Start id={id} isRunning={isRunning} onStart={show} />
        </Panel>
        {checks === undefined && error !== null && <Failure error={error} onRetry={() => void refetch()} />}
        {checks === undefined && error === null && <Skeleton />}
        {shown !== undefined && <Result check={shown} />}
      </div>
      {shown !== undefined && checks !== undefined && (
        <Panel title="Last checks">
          <LastChecks checks={checks} shown={shown.id} />
        </Panel>
      )}
    </div>
  );
}

function Result({ check }: { readonly check: EndpointCheck }) {
  return (
    <Panel title="Score card" actions={<Id id={check.id} what="the id of the check" />}>
      <p role="status" className="border-b border-line px-3 py-2 font-medium">
        {describeCheck(check, useNow())}
      </p>
      <ScoreCard check={check} />
    </Panel>
  );
}
