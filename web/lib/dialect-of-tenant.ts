import { useQuery } from '@tanstack/react-query';
import { call } from './api.ts';
import { usePortal } from './portal.ts';
import { useTenant } from './scope.ts';

/** The dialect of the tenant that is chosen. */
export function useDialect(): string | undefined {
  const tenant = useTenant();
  const portal = usePortal();
  const { data } = useQuery({
    queryKey: ['getTenant', tenant],
    enabled: portal === null,
    queryFn: () => call('getTenant', { params: { tenant } }),
    staleTime: 60_000,
  });
  return portal?.dialect ?? data?.dialect;
}
