import { useInfiniteQuery } from '@tanstack/react-query';
import { useDialect } from '#web/lib/dialect-of-tenant.ts';
import { listOptions } from '#web/lib/queries.ts';

/** The event types of the dialect of the tenant. */
export function useCatalogue() {
  const dialect = useDialect();
  return useInfiniteQuery({
    ...listOptions('listEventTypes', { query: { dialect } }),
    enabled: dialect !== undefined,
  });
}
