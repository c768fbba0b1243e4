import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { AuditEntry } from '#contract/audit.ts';
import { Notice } from '#web/components/feedback.tsx';
import type { FilterDefinition, FilterValues } from '#web/components/filter-text.ts';
import { Filters } from '#web/components/filters.tsx';
import { List } from '#web/components/list.tsx';
import { Page, Panel } from '#web/components/page.tsx';
import type { Column } from '#web/components/table.tsx';
import { Time } from '#web/components/time.tsx';
import { useScope } from '#web/lib/scope.ts';
import { checkPoint } from '#web/lib/time-range.ts';
import { useAudit } from './api.ts';
import { describeActor, Entry } from './entry.tsx';

const columns: readonly Column<AuditEntry>[] = [
  {
    title: 'What',
    width: 'w-44',
    cell: ({ id, command }) => (
      <Link
        to="/console/audit"
        search={(search) => ({ ...search, entry: id })}
        className="font-medium hover:underline"
      >
        {command}
      </Link>
    ),
  },
  {
    title: 'Of',
    cell: ({ noun, target }) => (
      <bdi>
        {noun} <span className="font-mono text-[12px]">{target}</span>
      </bdi>
    ),
  },
  { title: 'Who', from: 'sm', cell: ({ actor }) => <bdi>{describeActor(actor)}</bdi> },
  { title: 'Tenant', width: 'w-28', from: 'md', cell: ({ tenant }) => <bdi>{tenant}</bdi> },
  { title: 'Address', width: 'w-32', from: 'lg', cell: ({ address }) => address },
  { title: 'When', width: 'w-28', cell: ({ at }) => <Time at={at} /> },
];

const definitions: readonly FilterDefinition[] = [
  { name: 'actor', values: [] },
  { name: 'command', values: [] },
  { name: 'since', values: ['15m', '1h', '24h', '7d'], check: checkPoint },
  { name: 'until', values: ['15m', '1h', '24h'], check: checkPoint },
];

export function Audit() {
  const { entry, ...filters } = useSearch({ from: '/console/audit' });
  const { tenant } = useScope();
  const navigate = useNavigate({ from: '/console/audit' });
  const pages = useAudit(filters);
  const entries = pages.data?.pages.flatMap(({ data }) => data) ?? [];
  const change = (changes: FilterValues): void =>
    void navigate({ search: (search) => ({ ...search, ...changes }), replace: true });
  const set = definitions.filter(({ name }) => filters[name as keyof typeof filters] !== undefined);
  const clear = (): void => change(Object.fromEntries(set.map(({ name }) => [name, undefined])));
  return (
    <Page title={tenant === undefined ? 'Audit log' : 'Audit log of the tenant'}>
      <Panel>
        <Filters definitions={offer(entries)} values={{ ...filters }} onChange={change} />
        <List
          label="Audit log"
          pages={pages}
          columns={columns}
          keyOf={({ id }) => id}
          dayOf={({ at }) => at}
          onClear={set.length === 0 ? undefined : clear}
          empty={
            <Notice title="No entries yet.">
              Every change through the admin API, the console, the portal and the API of each dialect is noted
              here.
            </Notice>
          }
        />
      </Panel>
      {entry !== undefined && pages.isSuccess && (
        <Entry entry={entries.find(({ id }) => id === entry)} onClose={() => change({ entry: undefined })} />
      )}
    </Page>
  );
}

/** The actors and commands of the entries that are shown are completed. */
function offer(entries: readonly AuditEntry[]): readonly FilterDefinition[] {
  const known: Readonly<Record<string, readonly string[]>> = {
    actor: entries.map(({ actor }) => actor.id),
    command: entries.map(({ command }) => command),
  };
  return definitions.map((each) => ({ ...each, values: [...new Set(known[each.name] ?? each.values)] }));
}
