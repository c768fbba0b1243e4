import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { Endpoint } from '#contract/endpoints.ts';
import { call } from '#web/lib/api.ts';
import { listOptions, useChange } from '#web/lib/queries.ts';
import { useScope, useTenant } from '#web/lib/scope.ts';

export function useEndpointList(enabled: string | undefined) {
  const tenant = useTenant();
  const { mode } = useScope();
  return useInfiniteQuery(listOptions('listEndpoints', { params: { tenant }, query: { mode, enabled } }));
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

/** How many deliveries a disabled endpoint holds: the count of a replay that is not started. */
export function useHeldCount({ id, enabled, createdAt }: Endpoint) {
  const tenant = useTenant();
  return useQuery({
    queryKey: ['createReplay', 'held', tenant, id],
    enabled: !enabled,
    queryFn: async () => {
      const until = new Date(Date.now() + 1000).toISOString();
      const body = { endpoint: id, states: ['held' as const], since: createdAt, until, dryRun: true };
      return (await call('createReplay', { params: { tenant }, body })).total;
    },
  });
}

const changed = ['getEndpoint', 'listEndpoints', 'listDeliveries', 'createReplay'] as const;

export const useCreateEndpoint = () => useChange('createEndpoint', changed);
export const useChangeEndpoint = () => useChange('changeEndpoint', changed);
export const useEnable = () => useChange('enableEndpoint', changed);
export const useDisable = () => useChange('disableEndpoint', changed);
export const useRemoveEndpoint = () => useChange('removeEndpoint', ['listEndpoints', 'listDeliveries']);
export const usePurge = () => useChange('purgeEndpoint', changed);
export const useRotateSecret = () => useChange('rotateSecret', ['getEndpoint']);
export const useSendTest = () => useChange('sendTest', ['listDeliveries', 'listEvents']);
