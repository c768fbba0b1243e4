// What the schemas of the contract leave to the configuration of a server: its limits and its dialects.
import { type TSchema, Type } from 'typebox';
import type { Limits } from '#core/limits.ts';

/** The schema by which requests are validated. */
export function enforceLimits(schema: TSchema, { batchEventsMax, eventTypesMax }: Limits): TSchema {
  const eventTypes = { maxItems: eventTypesMax };
  return addKeywords(schema, {
    PublishBatch: { events: { maxItems: batchEventsMax } },
    CreateEndpoint: { eventTypes },
    ChangeEndpoint: { eventTypes },
  });
}

/** The schema of the document: also with what is refused by the faults `url_refused` and `dialect_unknown`. */
export function documentLimits(schema: TSchema, limits: Limits, dialects: readonly string[]): TSchema {
  const url = { format: 'uri', maxLength: limits.urlLengthMax };
  return addKeywords(enforceLimits(schema, limits), {
    CreateTenant: { dialect: { enum: dialects } },
    CreateEndpoint: { url },
    ChangeEndpoint: { url },
  });
}

/** Keywords to add, by the `$id` of the schema and the name of the member. */
type Keywords = Readonly<Record<string, Readonly<Record<string, object>>>>;

function addKeywords(schema: TSchema, keywords: Keywords): TSchema {
  const { $id = '', properties } = schema as { $id?: string; properties?: Readonly<Record<string, object>> };
  const changed = Object.entries(keywords[$id] ?? {}).map(([name, more]) => [
    name,
    { ...properties?.[name], ...more },
  ]);
  if (changed.length === 0) return schema;
  return Type.Unsafe({ ...schema, properties: { ...properties, ...Object.fromEntries(changed) } });
}

/** The parameters of a path, each an id or a name: `{id}` is that of what the path lists before it. */
export function pathSchema(path: string): TSchema {
  const ids = [...path.matchAll(/(\w+)\/\{(\w+)\}/g)].map(([, list = '', name = '']) => {
    const noun = list.replace(/ies$/, 'y').replace(/s$/, '');
    const word = name === 'name' ? 'name' : 'id';
    return [name, Type.String({ description: `The ${word} of the ${noun}.`, minLength: 1, maxLength: 255 })];
  });
  return Type.Object(Object.fromEntries(ids));
}
