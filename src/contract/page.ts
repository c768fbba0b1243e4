import { type Static, type TSchema, Type } from 'typebox';
import { nullable } from './schema.ts';

export const pageLimitDefault = 50;
const pageLimitMax = 200;

/** The query parameters of every list. */
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({
      description: 'The most entries that the page has.',
      minimum: 1,
      maximum: pageLimitMax,
      default: pageLimitDefault,
    }),
  ),
  cursor: Type.Optional(
    Type.String({
      description: '`nextCursor` of the page before. The filters must be the same.',
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
      data: Type.Array(entry, { description: 'Newest first.' }),
      nextCursor: nullable(
        Type.String({ description: 'The `cursor` of the next page; null on the last page.' }),
      ),
    },
    { $id, description: 'One page of a list.' },
  );
}
