import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { RouteName } from '#contract/routes.ts';
import { call } from '#web/lib/api.ts';
import { listOptions, useChange } from '#web/lib/queries.ts';

const refreshMs = 10_000;

export function useAlerts() {
  return useInfiniteQuery({ ...listOptions('listAlerts', {}), refetchInterval: refreshMs });
}

export function useAlert(id: string) {
  return useQuery({
    queryKey: ['getAlert', id],
    queryFn: () => call('getAlert', { params: { id } }),
    refetchInterval: refreshMs,
  });
}

const changed: readonly RouteName[] = ['listAlerts', 'getAlert'];

export const useCreateAlert = () => useChange('createAlert', ['listAlerts']);
export const useChangeAlert = () => useChange('changeAlert', changed);
export const useSnoozeAlert = () => useChange('snoozeAlert', changed);
export const useTestAlert = () => useChange('testAlert', changed);
/** The alert that is open is gone: it is not asked for again. */
export const useRemoveAlert = () => useChange('removeAlert', ['listAlerts']);
