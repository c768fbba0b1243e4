import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import type { CreateReplay, Replay, ReplayCount, StartedReplay } from '#contract/replays.ts';
import { call } from '#web/lib/api.ts';
import { listOptions, useChange } from '#web/lib/queries.ts';
import { useTenant } from '#web/lib/scope.ts';

const refreshMs = 2000;

export function useReplays() {
  const tenant = useTenant();
  return useInfiniteQuery({
    ...listOptions('listReplays', { params: { tenant } }),
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ data }) => data.some((replay) => replay.state === 'running'))
        ? refreshMs
        : false,
  });
}

export function useReplay(id: string) {
  const tenant = useTenant();
  return useQuery({
    queryKey: ['getReplay', tenant, id],
    queryFn: () => call('getReplay', { params: { tenant, id } }),
    refetchInterval: ({ state: { data } }) => (data !== undefined && isMoving(data) ? refreshMs : false),
  });
}

/** Also a while after it has finished: what it ordered is still being sent. */
function isMoving({ state, done, delivered, failed }: Replay): boolean {
  return state === 'running' || delivered + failed < done;
}

/** Counts what a replay would redeliver. */
export function useDryRun() {
  const tenant = useTenant();
  return useMutation({
    mutationFn: async (terms: CreateReplay) =>
      (await call('createReplay', { params: { tenant }, body: { ...terms, dryRun: true } })) as ReplayCount,
  });
}

export function useStartReplay() {
  const tenant = useTenant();
  const start = useChange('createReplay', ['listReplays', 'listDeliveries']);
  return {
    ...start,
    start: async (terms: CreateReplay) =>
      (await start.mutateAsync({ params: { tenant }, body: terms })) as StartedReplay,
  };
}

export const useStopReplay = () => useChange('stopReplay', ['listReplays', 'getReplay']);
