import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { call } from '#web/lib/api.ts';
import { listOptions, useChange } from '#web/lib/queries.ts';

/** The dialect whose catalogue the operator writes. */
export const ownDialect = 'standard';

export function useEventTypes(dialect: string) {
  return useInfiniteQuery(listOptions('listEventTypes', { query: { dialect } }));
}

export function useEventType(name: string, dialect: string) {
  return useQuery({
    queryKey: ['getEventType', dialect, name],
    queryFn: () => call('getEventType', { params: { name }, query: { dialect } }),
  });
}

export const useSetEventType = () => useChange('setEventType', ['listEventTypes', 'getEventType']);
export const useRemoveEventType = () => useChange('removeEventType', ['listEventTypes']);
