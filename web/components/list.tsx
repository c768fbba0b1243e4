// A list with its four states: first load, error, empty or no match, and rows, which stay while they are loaded again.
import type { ReactNode } from 'react';
import type { Pages } from '#web/lib/queries.ts';
import { Button } from './button.tsx';
import { Failure, Notice, ReloadBar, Skeleton } from './feedback.tsx';
import type { Selection } from './selection.ts';
import { type Column, Table } from './table.tsx';

interface ListProps<T> {
  readonly label: string;
  readonly pages: Pages<T>;
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
  readonly dayOf?: (row: T) => string;
  readonly onR?: (row: T) => void;
  readonly selection?: Selection;
  /** What such a thing is, and how the first one comes to be. */
  readonly empty: ReactNode;
  /** Present when filters are set: removes them. */
  readonly onClear?: (() => void) | undefined;
}

export function List<T>({ pages, empty, onClear, ...table }: ListProps<T>) {
  const { data, error, isFetching, isPending, hasNextPage, isFetchingNextPage } = pages;
  const rows = data?.pages.flatMap((page) => page.data) ?? [];
  const loadMore = (): void => {
    if (hasNextPage && !isFetchingNextPage) void pages.fetchNextPage();
  };
  if (isPending) return <Skeleton rows={10} />;
  if (error !== null && rows.length === 0)
    return <Failure error={error} onRetry={() => void pages.refetch()} />;
  return (
    <div aria-busy={isFetching}>
      <ReloadBar isActive={isFetching} />
      {error !== null && <Failure error={error} onRetry={() => void pages.refetch()} />}
      {rows.length > 0 && <Table {...table} rows={rows} onEnd={loadMore} />}
      {rows.length === 0 && (onClear === undefined ? empty : <NoMatch onClear={onClear} />)}
    </div>
  );
}

function NoMatch({ onClear }: { readonly onClear: () => void }) {
  return (
    <Notice title="Nothing matches the filters." action={<Button onClick={onClear}>Clear filters</Button>} />
  );
}
