import { useQuery } from '@tanstack/react-query';
import { call } from './api.ts';
import { useTenant } from './scope.ts';

/** The dialect of the tenant that is chosen. */
export function useDialect(): string | undefined {
  const tenant = useTenant();
  return useQuery({
    queryKey: ['getTenant', tenant],
    queryFn: () => call('getTenant', { params: { tenant } }),
    staleTime: 60_000,
  }).data?.dialect;
}
