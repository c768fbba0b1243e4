// The metrics of the process that answers.
import { useQuery } from '@tanstack/react-query';
import { callServer } from './api.ts';
import { readMetrics } from './metrics-text.ts';

const refreshMs = 5000;

export function useMetrics() {
  return useQuery({
    queryKey: ['metrics'],
    queryFn: async () => readMetrics(await callServer('metrics')),
    refetchInterval: refreshMs,
  });
}
