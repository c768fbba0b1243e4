// Settings of an endpoint, as requests give them and answers show them. Each is a member of the endpoint itself.
import { type Static, Type } from 'typebox';
import { Json, type JsonValue, nullable } from './schema.ts';

const Filter = Type.Unsafe<Readonly<Record<string, JsonValue>>>({
  type: 'object',
  additionalProperties: true,
  description:
    'Conditions on the payload: only events that match are delivered. At most 8 KiB of JSON and 16 levels. ' +
    '`$eq $neq $gt $gte $lt $lte $in $nin $startsWith $endsWith $exist $and $or $not`; at the top also `$type`, `$mode` and ' +
    '`$orderingKey`. Null for none.',
  examples: [{ amount: { $gte: 1000 }, customer: { country: { $in: ['DE', 'AT'] } } }],
});

/** In a request; null removes a setting. */
export const settingsIn = {
  filter: Type.Optional(nullable(Filter)),
};

/** In an answer. */
export const settingsOut = {
  filter: nullable(Filter),
};

const SettingsIn = Type.Object(settingsIn);
export type SettingsIn = Static<typeof SettingsIn>;

/** A body with the members that are settings put together, if there are any. */
export function gatherSettings<T extends SettingsIn>(
  body: T,
): Omit<T, keyof SettingsIn> & { readonly settings?: SettingsIn } {
  const isSetting = ([name]: readonly [string, unknown]): boolean => Object.hasOwn(settingsIn, name);
  const entries = Object.entries(body);
  const others = Object.fromEntries(entries.filter((entry) => !isSetting(entry)));
  const settings: SettingsIn = Object.fromEntries(entries.filter(isSetting));
  const gathered = Object.keys(settings).length === 0 ? {} : { settings };
  return { ...(others as Omit<T, keyof SettingsIn>), ...gathered };
}

export const FilterSample = Type.Object(
  {
    payload: Json,
    type: Type.Optional(Type.String({ description: 'The event type, for `$type`.', maxLength: 128 })),
    orderingKey: Type.Optional(
      Type.String({ description: 'The ordering key, for `$orderingKey`.', maxLength: 200 }),
    ),
    filter: Type.Optional(
      nullable(
        Type.Unsafe<Readonly<Record<string, JsonValue>>>({
          type: 'object',
          additionalProperties: true,
          description: 'A filter to try in place of that of the endpoint. Null for none.',
        }),
      ),
    ),
  },
  { $id: 'FilterSample', description: 'An event to try a filter with.', additionalProperties: false },
);
export type FilterSample = Static<typeof FilterSample>;

export const FilterVerdict = Type.Object(
  {
    matches: Type.Boolean({ description: 'Whether the event would be delivered.' }),
    reasons: Type.Array(
      Type.Object({
        path: Type.String({
          description: 'Where in the payload; empty for the payload itself.',
          examples: ['customer.country'],
        }),
        message: Type.String({ examples: ['is "FR"; the filter asks for $in ["DE","AT"]'] }),
      }),
      { description: 'Why it does not match, at most 20; empty when it matches.' },
    ),
  },
  { $id: 'FilterVerdict' },
);
export type FilterVerdict = Static<typeof FilterVerdict>;
