// The event types of a catalogue, with their first examples: for fields that take an event type.
import { useQuery } from '@tanstack/react-query';
import { call } from './api.ts';
import { useDialect } from './dialect-of-tenant.ts';

interface Catalogue {
  readonly names: readonly string[];
  /** The first example of a type as JSON text; undefined when there is none. */
  readonly exampleOf: (type: string) => string | undefined;
}

/** The first 200 types of the catalogue of the tenant. Empty for keys that may not read it. */
export function useCatalogue(): Catalogue {
  const dialect = useDialect();
  const { data = [] } = useQuery({
    queryKey: ['listEventTypes', 'names', dialect],
    enabled: dialect !== undefined,
    queryFn: async () => (await call('listEventTypes', { query: { dialect, limit: 200 } })).data,
    staleTime: 60_000,
  });
  const byName = new Map(data.map((type) => [type.name, type]));
  return {
    names: data.map(({ name }) => name),
    exampleOf(type) {
      const [example] = byName.get(type)?.examples ?? [];
      return example === undefined ? undefined : JSON.stringify(example, null, 2);
    },
  };
}
