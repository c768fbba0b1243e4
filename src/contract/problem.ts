import { type Static, Type } from 'typebox';

export const problemContentType = 'application/problem+json';

export const Problem = Type.Object(
  {
    type: Type.String({
      description: 'A URN that names the code.',
      examples: ['urn:carillon:problem:field_invalid'],
    }),
    title: Type.String({
      description: 'The same for every problem of this code.',
      examples: ['A field is wrong'],
    }),
    status: Type.Integer({ description: 'The HTTP status.', examples: [400] }),
    detail: Type.String({
      description: 'What was wrong this time, and what would be right.',
      examples: ['url: is required'],
    }),
    code: Type.String({ description: 'Stable, for programs to compare.', examples: ['field_invalid'] }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          field: Type.String({
            description: 'The path of the field.',
            examples: ['events[3].payload.amount'],
          }),
          message: Type.String({ description: 'What would be right there.', examples: ['is required'] }),
        }),
        { description: 'Every field that is wrong, where fields are.' },
      ),
    ),
  },
  { $id: 'Problem', description: 'A refusal, as problem details (RFC 9457).' },
);
export type Problem = Static<typeof Problem>;
