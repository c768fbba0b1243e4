import { useQuery } from '@tanstack/react-query';
import { call } from '#web/lib/api.ts';

const refreshMs = 10_000;

/** The server, its processes, its database and its settings: of the process that answers. */
export function useServer() {
  return useQuery({
    queryKey: ['describeServer'],
    queryFn: () => call('describeServer', {}),
    refetchInterval: refreshMs,
  });
}
