// Reading and changing through the admin API: the key of a query begins with the name of its operation.
import {
  type InfiniteData,
  infiniteQueryOptions,
  keepPreviousData,
  useMutation,
  type UseInfiniteQueryResult,
  useQueryClient,
} from '@tanstack/react-query';
import type { Answer, Call, RouteName } from '#contract/routes.ts';
import { call } from './api.ts';

interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

/** The operations that answer a page of a list. */
type ListName = { [N in RouteName]: Answer<N> extends Page<unknown> ? N : never }[RouteName];
type Item<N extends ListName> = Answer<N> extends Page<infer T> ? T : never;

/** A list that is shown while it is loaded again, and with other filters. */
export type Pages<T> = UseInfiniteQueryResult<InfiniteData<Page<T>>>;

interface ListCall {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
}

const pageSize = 100;

export function listOptions<N extends ListName>(name: N, { params, query }: ListCall) {
  return infiniteQueryOptions({
    queryKey: [name, params, query],
    queryFn: async ({ pageParam }): Promise<Page<Item<N>>> => {
      const request = { params, query: { limit: pageSize, ...query, cursor: pageParam } };
      return (await call(name, request as unknown as Call<N>)) as unknown as Page<Item<N>>;
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** One change by the admin API. What it changes is loaded again. */
export function useChange<N extends RouteName>(name: N, changed: readonly RouteName[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: Call<N>) => call(name, request),
    onSuccess: () => Promise.all(changed.map((each) => client.invalidateQueries({ queryKey: [each] }))),
  });
}

export const useSendTest = () => useChange('sendTest', ['findDeliveries', 'listEvents']);
