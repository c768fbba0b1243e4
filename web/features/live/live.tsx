// Attempts as they are recorded, newest on top. It pauses by itself where rows would move under the reader.
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { TailQuery } from '#contract/tail.ts';
import { Button, buttonClass } from '#web/components/button.tsx';
import { Failure, Notice, Skeleton } from '#web/components/feedback.tsx';
import type { FilterDefinition, FilterValues } from '#web/components/filter-text.ts';
import { Filters } from '#web/components/filters.tsx';
import { Page, Panel } from '#web/components/page.tsx';
import { Table } from '#web/components/table.tsx';
import { formatNumber } from '#web/lib/format.ts';
import { useKeys } from '#web/lib/keys.ts';
import { useScope } from '#web/lib/scope.ts';
import { useTail } from './api.ts';
import { columnsOf } from './columns.tsx';
import { usePauseInRows } from './pause.ts';
import { NotShown, Status } from './status.tsx';
import { rowsMax, type Watch } from './watch.ts';

const outcomes = ['accepted', 'refused', 'unreachable'];
const definitions: readonly FilterDefinition[] = [
  {
    name: 'outcome',
    values: outcomes,
    check: (value) => (outcomes.includes(value) ? null : `must be one of ${outcomes.join(', ')}`),
  },
  { name: 'type', values: [] },
  { name: 'endpoint', values: [] },
];

export function Live() {
  const { outcome, type, endpoint } = useSearch({ from: '/console/live' });
  const { tenant, mode } = useScope();
  const [tries, setTries] = useState(0);
  const query = { tenant, mode, outcome, type, endpoint } as TailQuery;
  return (
    <Page title={tenant === undefined ? 'Live attempts of all tenants' : 'Live attempts'}>
      <Attempts key={`${tries} ${JSON.stringify(query)}`} query={query} onRetry={() => setTries(tries + 1)} />
    </Page>
  );
}

interface AttemptsProps {
  readonly query: TailQuery;
  readonly onRetry: () => void;
}

function Attempts({ query, onRetry }: AttemptsProps) {
  const { watch, change } = useTail(query);
  const navigate = useNavigate({ from: '/console/live' });
  const { connection, rows, isPaused, gap } = watch;
  const pause = (): void => change({ kind: 'paused' });
  const resume = (): void => change({ kind: 'continued' });
  const box = usePauseInRows(pause);
  useKeys({ p: isPaused ? resume : pause });
  const filter = (changes: FilterValues): void =>
    void navigate({ search: (search) => ({ ...search, ...changes }), replace: true });
  if (connection.state === 'refused') {
    return (
      <Panel>
        <Failure error={connection.error} onRetry={onRetry} />
      </Panel>
    );
  }
  return (
    <Panel>
      <Status watch={watch} onPause={pause} onContinue={resume} />
      {gap !== null && <NotShown gap={gap} onRead={() => change({ kind: 'gapRead' })} />}
      <Filters definitions={offer(watch)} values={valuesOf(query)} onChange={filter} />
      <div ref={box}>
        {rows.length > 0 ? (
          <Table
            label="Attempts"
            columns={columnsOf(query.tenant === undefined)}
            rows={rows}
            keyOf={({ id }) => id}
          />
        ) : connection.state === 'opening' ? (
          <Skeleton rows={8} />
        ) : (
          <Nothing query={query} onFilter={filter} />
        )}
      </div>
      {rows.length === rowsMax && (
        <p className="p-3 text-muted">The newest {formatNumber(rowsMax)} attempts are kept here.</p>
      )}
    </Panel>
  );
}

interface NothingProps {
  readonly query: TailQuery;
  readonly onFilter: (changes: FilterValues) => void;
}

function Nothing({ query, onFilter }: NothingProps) {
  const values = valuesOf(query);
  if (Object.values(values).some((value) => value !== undefined)) {
    const clear = (): void =>
      onFilter(Object.fromEntries(Object.keys(values).map((name) => [name, undefined])));
    return (
      <Notice title="No attempt has matched yet." action={<Button onClick={clear}>Clear filters</Button>}>
        Attempts that match the filters appear here as they are recorded.
      </Notice>
    );
  }
  return (
    <Notice
      title={`No ${query.mode} attempt yet.`}
      action={
        <Link to="/console/endpoints" className={buttonClass('primary')}>
          Go to the endpoints
        </Link>
      }
    >
      Each request to an endpoint appears here while this page is open. To see one, open an endpoint and send
      a test event.
    </Notice>
  );
}

function valuesOf({ outcome, type, endpoint }: TailQuery): FilterValues {
  return { outcome, type, endpoint };
}

/** The types and endpoints of the rows are completed. */
function offer({ rows }: Watch): readonly FilterDefinition[] {
  const seen: Readonly<Record<string, readonly string[]>> = {
    type: rows.map(({ eventType }) => eventType),
    endpoint: rows.map(({ endpoint }) => endpoint),
  };
  return definitions.map((each) => ({ ...each, values: [...new Set(seen[each.name] ?? each.values)] }));
}
