import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { useState } from 'react';
import { Button, buttonClass } from '#web/components/button.tsx';
import { Failure, Notice, Skeleton } from '#web/components/feedback.tsx';
import { Field, TextInput } from '#web/components/form.tsx';
import { listOptions } from '#web/lib/queries.ts';
import { forgetTenant } from '#web/lib/scope.ts';

interface TenantChoiceProps {
  readonly onChoose?: () => void;
}

/** All tenants with a search; choosing one stays on the screen, or leaves a detail for its list. */
export function TenantChoice({ onChoose }: TenantChoiceProps) {
  const [text, setText] = useState('');
  const pages = useInfiniteQuery(listOptions('listTenants', { query: { limit: 200 } }));
  const { pathname } = useLocation();
  if (pages.isPending) return <Skeleton rows={4} />;
  if (pages.data === undefined) return <Failure error={pages.error} onRetry={() => void pages.refetch()} />;
  const tenants = pages.data.pages.flatMap(({ data }) => data);
  const wanted = text.trim().toLowerCase();
  const found = tenants.filter(({ id, name }) => `${id} ${name}`.toLowerCase().includes(wanted));
  return (
    <div className="space-y-2 p-3">
      <Field label="Search tenants by name or id">
        {(field) => <TextInput {...field} value={text} onChange={setText} />}
      </Field>
      <ul className="max-h-72 overflow-y-auto">
        {found.map(({ id, name }) => (
          <li key={id}>
            <Link
              to={listOf(pathname, lists) ?? '/console/endpoints'}
              search={(search) => ({ ...search, tenant: id })}
              onClick={onChoose}
              className="flex min-h-9 items-center justify-between gap-3 rounded px-2 hover:bg-raised"
            >
              <bdi className="truncate">{name}</bdi>
              <bdi className="truncate font-mono text-[12px] text-muted">{id}</bdi>
            </Link>
          </li>
        ))}
      </ul>
      {found.length === 0 && <Notice title="No tenant matches." />}
      {pages.hasNextPage && (
        <Button onClick={() => void pages.fetchNextPage()} isBusy={pages.isFetchingNextPage}>
          Load more tenants
        </Button>
      )}
      <div className="flex flex-wrap gap-2">
        <Link
          to={listOf(pathname, ['endpoints', 'deliveries', ...wide]) ?? '/console'}
          search={(search) => ({ ...search, tenant: undefined })}
          onClick={() => {
            forgetTenant();
            onChoose?.();
          }}
          className={buttonClass()}
        >
          All tenants
        </Link>
        <Link to="/console/tenants" onClick={onChoose} className={buttonClass('bare')}>
          Manage tenants
        </Link>
      </div>
    </div>
  );
}

const wide = ['audit', 'event-types', 'keys'];
const lists = ['endpoints', 'events', 'deliveries', 'replays', ...wide];

/** An id belongs to one tenant: from `/console/deliveries/dlv_1` another one leads to the list, if it is one of `names`. */
function listOf(pathname: string, names: readonly string[]): string | undefined {
  const [, name = ''] = /^\/console\/([a-z-]+)/.exec(pathname) ?? [];
  return names.includes(name) ? `/console/${name}` : undefined;
}
