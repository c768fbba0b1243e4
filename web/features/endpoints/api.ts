import { useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import type { Mode } from '#contract/schema.ts';
import { call, callText } from '#web/lib/api.ts';
import { payloadOf } from '#web/lib/json-text.ts';
import { listOptions, useChange } from '#web/lib/queries.ts';
import { useDialect } from '#web/lib/dialect-of-tenant.ts';
import { useScope, useTenant } from '#web/lib/scope.ts';
import { isUnfinished } from './check/items.ts';

export interface EndpointFilters {
  readonly enabled?: string | undefined;
  /** The beginning of the URL. */
  readonly url?: string | undefined;
  readonly id?: string | undefined;
}

/** Fifty a page: as many as one question for their attempts can name. */
const pageSize = 50;

/** Of the tenant that is chosen, or of all. */
export function useEndpointList({ enabled, url, id }: EndpointFilters) {
  const { tenant, mode } = useScope();
  const query = { tenant, mode, enabled, url, id, limit: pageSize };
  return useInfiniteQuery(listOptions('findEndpoints', { query }));
}

/** The attempts of the last day by hour, of each endpoint of these pages of ids, as they arrive. */
export function useAttemptsOf(pages: readonly (readonly string[])[]) {
  return useQueries({
    queries: pages.map((endpoints) => ({
      queryKey: ['readStats', 'each', endpoints],
      enabled: endpoints.length > 0,
      queryFn: async () => {
        const query = { endpoint: endpoints.join(','), groupBy: 'endpoint', bucket: 'hour' } as const;
        const byEndpoint = Map.groupBy((await call('readStats', { query })).data, ({ endpoint }) => endpoint);
        return endpoints.map((id) => [id, byEndpoint.get(id) ?? []] as const);
      },
      staleTime: 30_000,
    })),
    combine: (results) => new Map(results.flatMap(({ data = [] }) => data)),
  });
}

export function useEndpoint(id: string) {
  const tenant = useTenant();
  return useQuery({
    queryKey: ['getEndpoint', tenant, id],
    queryFn: () => call('getEndpoint', { params: { tenant, id } }),
  });
}

/** Attempts of the last 24 hours, by hour. */
export function useEndpointStats(id: string) {
  const tenant = useTenant();
  return useQuery({
    queryKey: ['readStats', tenant, id],
    queryFn: () => call('readStats', { query: { tenant, endpoint: id, bucket: 'hour' } }),
    refetchInterval: 30_000,
  });
}

/** The attempts of the last 24 hours by code: an HTTP status, or the error of those without an answer. */
export function useEndpointCodes(id: string) {
  const tenant = useTenant();
  return useQuery({
    queryKey: ['readStats', tenant, id, 'code'],
    queryFn: () => call('readStats', { query: { tenant, endpoint: id, bucket: 'day', groupBy: 'code' } }),
    refetchInterval: 30_000,
  });
}

/** How many deliveries wait, are held, and have failed for good in the last 24 hours. */
export function useCounts(id: string) {
  const tenant = useTenant();
  return useQuery({
    queryKey: ['countDeliveries', tenant, id],
    queryFn: () => call('countDeliveries', { params: { tenant, id } }),
    refetchInterval: 10_000,
  });
}

const checkPollMs = 700;

/** The last checks of the receiver, newest first; again and again while one is not finished. */
export function useChecks(id: string) {
  const tenant = useTenant();
  return useQuery({
    queryKey: ['listChecks', tenant, id],
    queryFn: async () => (await call('listChecks', { params: { tenant, id } })).data,
    refetchInterval: ({ state: { data = [] } }) =>
      data.some((check) => isUnfinished(check, Date.now())) && checkPollMs,
  });
}

/** The types of the catalogue, and those of the newest 200 events, by name. */
export function useSeenTypes(): readonly string[] {
  const tenant = useTenant();
  const { mode } = useScope();
  const { data = [] } = useQuery({
    queryKey: ['listEvents', 'types', tenant, mode],
    queryFn: async () => (await call('listEvents', { params: { tenant }, query: { mode, limit: 200 } })).data,
    staleTime: 60_000,
  });
  const dialect = useDialect();
  const { data: known = [] } = useQuery({
    queryKey: ['listEventTypes', 'names', dialect],
    enabled: dialect !== undefined,
    queryFn: async () => (await call('listEventTypes', { query: { dialect, limit: 200 } })).data,
    staleTime: 60_000,
  });
  const names = [
    ...known.filter(({ deprecated }) => !deprecated).map(({ name }) => name),
    ...data.map(({ type }) => type),
  ];
  return [...new Set(names)].toSorted();
}

/** The type and the payload of the newest event; null when there is none. Loaded when it is asked for. */
export function useNewestEvent(mode: Mode) {
  const tenant = useTenant();
  return useQuery({
    queryKey: ['listEvents', 'newest', tenant, mode],
    enabled: false,
    queryFn: async () => {
      const { data } = await call('listEvents', { params: { tenant }, query: { mode, limit: 1 } });
      const [newest] = data;
      if (newest === undefined) return null;
      const text = await callText('getEvent', { params: { tenant, id: newest.id }, query: { mode } });
      return { type: newest.type, payload: payloadOf(text) };
    },
  });
}

const changed = ['getEndpoint', 'findEndpoints', 'findDeliveries', 'countDeliveries'] as const;

export const useCreateEndpoint = () => useChange('createEndpoint', changed);
export const useChangeEndpoint = () => useChange('changeEndpoint', changed);
export const useEnable = () => useChange('enableEndpoint', changed);
export const useDisable = () => useChange('disableEndpoint', changed);
export const useRemoveEndpoint = () => useChange('removeEndpoint', ['findEndpoints', 'findDeliveries']);
export const usePurge = () => useChange('purgeEndpoint', changed);
export const useCheckReceiver = () => useChange('checkEndpoint', ['listChecks']);
export const useRotateSecret = () => useChange('rotateSecret', ['getEndpoint']);
export const useTestFilter = () => useChange('testFilter', []);
export const useRevealSecret = () => useChange('revealSecret', []);
