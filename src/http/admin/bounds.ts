// What the schemas of the contract leave to the configuration of a server: its limits and its dialects. Requests are
// validated with the limits; the OpenAPI document shows also what is refused with a fault of its own.
import { type TSchema, Type } from 'typebox';
import type { Limits } from '#core/limits.ts';

/** Keywords to add, by the `$id` of the schema and the name of the member. */
type Keywords = Readonly<Record<string, Readonly<Record<string, object>>>>;

export function enforceLimits(schema: TSchema, limits: Limits): TSchema {
  return addKeywords(schema, enforced(limits));
}

/** `url_refused` and `dialect_unknown` say the same as these keywords. */
export function documentLimits(schema: TSchema, limits: Limits, dialects: readonly string[]): TSchema {
  const url = { format: 'uri', maxLength: limits.urlLengthMax };
  return addKeywords(addKeywords(schema, enforced(limits)), {
    CreateTenant: { dialect: { enum: dialects } },
    CreateEndpoint: { url },
    ChangeEndpoint: { url },
  });
}

function enforced({ batchEventsMax, eventTypesMax }: Limits): Keywords {
  const eventTypes = { maxItems: eventTypesMax };
  return {
    PublishBatch: { events: { maxItems: batchEventsMax } },
    CreateEndpoint: { eventTypes },
    ChangeEndpoint: { eventTypes },
  };
}

function addKeywords(schema: TSchema, keywords: Keywords): TSchema {
  const { $id, properties } = schema as { $id?: string; properties?: Readonly<Record<string, object>> };
  const added = $id === undefined ? undefined : keywords[$id];
  if (added === undefined) return schema;
  const changed = Object.entries(added).map(([name, more]) => [name, { ...properties?.[name], ...more }]);
  return Type.Unsafe({ ...schema, properties: { ...properties, ...Object.fromEntries(changed) } });
}

/** The parameters of a path, each an id: `{id}` is that of what the path lists before it. */
export function pathSchema(path: string): TSchema {
  const ids = [...path.matchAll(/(\w+)\/\{(\w+)\}/g)].map(([, list = '', name = '']) => {
    const noun = list.replace(/ies$/, 'y').replace(/s$/, '');
    return [name, Type.String({ description: `The id of the ${noun}.`, minLength: 1, maxLength: 255 })];
  });
  return Type.Object(Object.fromEntries(ids));
}
