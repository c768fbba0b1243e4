import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { Replay } from '#contract/replays.ts';
import { Button } from '#web/components/button.tsx';
import { Confirm } from '#web/components/confirm.tsx';
import { Id } from '#web/components/copy.tsx';
import { Facts, Page, Panel, Pending } from '#web/components/page.tsx';
import { State } from '#web/components/state.tsx';
import { ExactTime } from '#web/components/time.tsx';
import { useEndpointNames } from '#web/lib/endpoints.ts';
import { formatNumber } from '#web/lib/format.ts';
import { useCan } from '#web/lib/portal.ts';
import { useTenant } from '#web/lib/scope.ts';
import { useReplay, useStopReplay } from './api.ts';
import { Progress } from './progress.tsx';

export function ReplayScreen() {
  const { id } = useParams({ from: '/console/scoped/replays/$id' });
  const { data: replay, error, refetch } = useReplay(id);
  const can = useCan();
  if (replay === undefined) return <Pending title="Replay" error={error} onRetry={() => void refetch()} />;
  return (
    <Page title="Replay" actions={replay.state === 'running' && can('replay') && <Stop id={id} />}>
      <Panel>
        <div className="max-w-md p-3 pb-0">
          <Progress replay={replay} />
        </div>
        <ReplayFacts replay={replay} />
      </Panel>
    </Page>
  );
}

function ReplayFacts({ replay }: { readonly replay: Replay }) {
  const nameOf = useEndpointNames(useTenant());
  const {
    id,
    kind,
    state,
    total,
    done,
    delivered,
    failed,
    endpoint,
    eventTypes,
    states,
    mode,
    ratePerSecond,
  } = replay;
  const target =
    endpoint === null ? (
      `all${replay.includeDisabled ? ', disabled ones too' : ', but for disabled ones'}`
    ) : (
      <Link to="/console/endpoints/$id" params={{ id: endpoint }} className="text-accent underline">
        <bdi>{nameOf(endpoint)}</bdi>
      </Link>
    );
  return (
    <Facts
      facts={[
        ['Replay', <Id key="id" id={id} what="the id of the replay" />],
        ['State', <State key="state" name={state} />],
        ['Kind', kind === 'replay' ? 'replay' : 'backfill: events that the endpoint had no delivery of'],
        [
          'Ordered',
          `${formatNumber(done)} of ${formatNumber(total)} ${kind === 'replay' ? 'redeliveries' : 'deliveries'}`,
        ],
        ['Delivered', formatNumber(delivered)],
        ['Failed', `${formatNumber(failed)}; these are retried by their schedule`],
        ['Endpoints', target],
        ...(kind === 'replay' ? [['States', states.join(', ')] as const] : []),
        ['Event types', <bdi key="types">{eventTypes?.join(', ') ?? 'all'}</bdi>],
        ['Mode', mode ?? 'live and test'],
        [kind === 'replay' ? 'Created from' : 'Published from', <ExactTime key="since" at={replay.since} />],
        [
          kind === 'replay' ? 'Created before' : 'Published before',
          <ExactTime key="until" at={replay.until} />,
        ],
        ['Rate', `${formatNumber(ratePerSecond)} per second`],
        ['Started', <ExactTime key="started" at={replay.createdAt} />],
      ]}
    />
  );
}

function Stop({ id }: { readonly id: string }) {
  const [isAsking, setAsking] = useState(false);
  const stop = useStopReplay();
  const params = { tenant: useTenant(), id };
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        Stop replay
      </Button>
      {isAsking && (
        <Confirm
          title="Stop this replay?"
          verb="Stop replay"
          isBusy={stop.isPending}
          error={stop.error}
          onConfirm={() => stop.mutate({ params }, { onSuccess: () => setAsking(false) })}
          onClose={() => setAsking(false)}
        >
          <p>What it has redelivered stays so. It cannot go on; a new replay can do the rest.</p>
        </Confirm>
      )}
    </>
  );
}
