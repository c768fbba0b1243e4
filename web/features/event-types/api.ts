import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { EventType } from '#contract/event-types.ts';
import { call } from '#web/lib/api.ts';
import { usePortal } from '#web/lib/portal.ts';
import { listOptions, type Pages, useChange } from '#web/lib/queries.ts';
import { carryOut, makePlan } from './import-plan.ts';

/** The dialect whose catalogue the operator writes. */
export const ownDialect = 'standard';

/** Whose catalogue is shown: in the portal, that of the tenant. */
export function useShownDialect(): string {
  const portal = usePortal();
  const { dialect } = useSearch({ strict: false }) as { readonly dialect?: string };
  return portal?.dialect ?? dialect ?? ownDialect;
}

/** The types that have the text in their name, group or description. To find it, all pages are loaded. */
export function useEventTypes(dialect: string, text: string): Pages<EventType> {
  const pages = useInfiniteQuery(listOptions('listEventTypes', { query: { dialect } }));
  const { data, hasNextPage, isFetchingNextPage, isError, fetchNextPage } = pages;
  const isIncomplete = text !== '' && hasNextPage && !isFetchingNextPage && !isError;
  useEffect(() => {
    if (isIncomplete) void fetchNextPage();
  }, [isIncomplete, fetchNextPage]);
  if (data === undefined) return pages;
  const found = data.pages.map((page) => ({
    ...page,
    data: page.data.filter((type) => hasText(type, text)),
  }));
  return { ...pages, data: { ...data, pages: found } };
}

function hasText({ name, groupName, description }: EventType, text: string): boolean {
  return `${name} ${groupName ?? ''} ${description ?? ''}`.toLowerCase().includes(text.trim().toLowerCase());
}

export function useEventType(name: string, dialect: string) {
  return useQuery({
    queryKey: ['getEventType', dialect, name],
    queryFn: () => call('getEventType', { params: { name }, query: { dialect } }),
  });
}

export const useSetEventType = () => useChange('setEventType', ['listEventTypes', 'getEventType']);
export const useRemoveEventType = () => useChange('removeEventType', ['listEventTypes']);

/** What a document would change: nothing is changed by it. */
export function usePlan() {
  return useMutation({
    mutationFn: async (source: File | string) =>
      makePlan(typeof source === 'string' ? source : await source.text()),
  });
}

export function useImport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: carryOut,
    onSettled: () => client.invalidateQueries({ queryKey: ['listEventTypes'] }),
  });
}
