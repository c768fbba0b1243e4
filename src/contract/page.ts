import { type Static, type TSchema, Type } from 'typebox';
import { nullable, ref } from './schema.ts';

export const pageLimitDefault = 50;
const pageLimitMax = 200;

/** The query parameters of every list. */
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({
      description: 'How many entries the page has at most.',
      minimum: 1,
      maximum: pageLimitMax,
      default: pageLimitDefault,
    }),
  ),
  cursor: Type.Optional(
    Type.String({
      description: 'Where to go on: `nextCursor` of the page before, with the same filters.',
      minLength: 1,
      maxLength: 512,
      pattern: '^[\\x21-\\x7e]+$',
      'x-problem': 'must be the nextCursor of an earlier page',
    }),
  ),
};

export const PageQuery = Type.Object(pageQuery, { additionalProperties: false });
export type PageQuery = Static<typeof PageQuery>;

/** One page of a list, newest first. */
export function pageOf<T extends TSchema>(entry: T, $id: string) {
  return Type.Object(
    {
      data: Type.Array(ref(entry), { description: 'Newest first.' }),
      nextCursor: nullable(
        Type.String({ description: 'The `cursor` of the next page; null when this is the last.' }),
      ),
    },
    { $id, description: 'One page of a list.' },
  );
}
