import { Link } from '@tanstack/react-router';
import type { Replay } from '#contract/replays.ts';
import { buttonClass } from '#web/components/button.tsx';
import { Notice } from '#web/components/feedback.tsx';
import { List } from '#web/components/list.tsx';
import { Page, Panel } from '#web/components/page.tsx';
import { State } from '#web/components/state.tsx';
import type { Column } from '#web/components/table.tsx';
import { Time } from '#web/components/time.tsx';
import { formatNumber } from '#web/lib/format.ts';
import { useCan } from '#web/lib/portal.ts';
import { useReplays } from './api.ts';
import { Progress } from './progress.tsx';

const columns: readonly Column<Replay>[] = [
  { title: 'State', width: 'w-28', cell: ({ state }) => <State name={state} /> },
  {
    title: 'Replay',
    cell: ({ id }) => (
      <Link to="/console/replays/$id" params={{ id }} className="font-mono text-[12px] hover:underline">
        <bdi>{id}</bdi>
      </Link>
    ),
  },
  { title: 'Progress', width: 'w-36', cell: (replay) => <Progress replay={replay} /> },
  {
    title: 'Ordered',
    width: 'w-32',
    from: 'md',
    cell: ({ done, total }) => `${formatNumber(done)} of ${formatNumber(total)}`,
  },
  { title: 'Delivered', width: 'w-24', from: 'md', cell: ({ delivered }) => formatNumber(delivered) },
  { title: 'Failed', width: 'w-20', from: 'md', cell: ({ failed }) => formatNumber(failed) },
  { title: 'Created', width: 'w-28', from: 'sm', cell: ({ createdAt }) => <Time at={createdAt} /> },
];

export function Replays() {
  const create = useCan()('replay') && (
    <Link to="/console/replays/new" className={buttonClass('primary')}>
      New replay
    </Link>
  );
  return (
    <Page title="Replays" actions={create}>
      <Panel>
        <List
          label="Replays"
          pages={useReplays()}
          columns={columns}
          keyOf={({ id }) => id}
          dayOf={({ createdAt }) => createdAt}
          empty={
            <Notice title="No replays yet." action={create}>
              A replay redelivers many deliveries at a rate that you choose. It goes on after a restart, and
              can be stopped.
            </Notice>
          }
        />
      </Panel>
    </Page>
  );
}
