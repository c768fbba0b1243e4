// Endpoints of all tenants that need a person: disabled by the server, failing, or with a backlog.
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Attention } from '#contract/attention.ts';
import { Notice } from './feedback.tsx';
import { List } from './list.tsx';
import { Panel } from './page.tsx';
import { State, type StateName } from './state.tsx';
import type { Column } from './table.tsx';
import { Time } from './time.tsx';
import { formatNumber } from '#web/lib/format.ts';
import { listOptions } from '#web/lib/queries.ts';

const refreshMs = 10_000;

const columns: readonly Column<Attention>[] = [
  {
    title: 'Why',
    width: 'w-28',
    cell: ({ reasons: [reason] }) => reason !== undefined && <State name={states[reason]}>{reason}</State>,
  },
  { title: 'Tenant', width: 'w-28', from: 'sm', cell: ({ tenant }) => <bdi>{tenant}</bdi> },
  {
    title: 'Endpoint',
    cell: ({ tenant, endpoint, url, mode }) => (
      <Link
        to="/console/endpoints/$id"
        params={{ id: endpoint }}
        search={{ tenant, mode: mode === 'test' ? 'test' : undefined }}
        className="font-medium hover:underline"
      >
        <bdi>{url}</bdi>
      </Link>
    ),
  },
  {
    title: 'Failures in a row',
    width: 'w-32',
    from: 'md',
    cell: ({ failureCount }) => formatNumber(failureCount),
  },
  { title: 'Waiting', width: 'w-24', cell: ({ waiting }) => (waiting >= 1000 ? '1,000 or more' : waiting) },
  { title: 'Since', width: 'w-28', from: 'md', cell: since },
];

const states: Readonly<Record<Attention['reasons'][number], StateName>> = {
  disabled: 'disabled',
  failing: 'failing',
  backlog: 'pending',
};

function since({ disabledAt, firstFailureAt, oldestDueAt }: Attention) {
  const at = disabledAt ?? firstFailureAt ?? oldestDueAt;
  return at !== null && <Time at={at} />;
}

/** `title` is that of its panel. */
export function NeedsAttention({ title }: { readonly title: string }) {
  const pages = useInfiniteQuery({ ...listOptions('listAttention', {}), refetchInterval: refreshMs });
  return (
    <Panel title={title}>
      <List
        label="Endpoints that need attention"
        pages={pages}
        columns={columns}
        keyOf={({ endpoint }) => endpoint}
        empty={
          <Notice title="No endpoint needs attention.">
            None has failed three times in a row, was disabled by the server, or has deliveries that wait for
            over a minute.
          </Notice>
        }
      />
    </Panel>
  );
}
