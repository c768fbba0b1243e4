// The URLs of endpoints by id: lists of deliveries have ids alone.
import { useQuery } from '@tanstack/react-query';
import { call } from './api.ts';

const refreshMs = 30_000;

/** The newest 200 endpoints of both modes, newest first: of a tenant, or of all. */
export function useEndpoints(tenant: string | undefined) {
  return useQuery({
    queryKey: ['findEndpoints', 'names', tenant],
    queryFn: async () => (await call('findEndpoints', { query: { tenant, limit: 200 } })).data,
    staleTime: refreshMs,
  });
}

/** Host and path of an endpoint; its id where that is not known. */
export function useEndpointNames(tenant: string | undefined): (id: string) => string {
  const { data = [] } = useEndpoints(tenant);
  const names = new Map(data.map(({ id, url }) => [id, url === null ? id : placeOf(url)]));
  return (id) => names.get(id) ?? id;
}

/** `shop.example/hooks` of `https://shop.example/hooks`. */
export function placeOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? url : `${parsed.host}${parsed.pathname === '/' ? '' : parsed.pathname}`;
}
