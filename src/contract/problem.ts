import { type Static, Type } from 'typebox';

export const problemContentType = 'application/problem+json';

const FieldProblem = Type.Object(
  {
    field: Type.String({ description: 'The path of the field.', examples: ['events[3].payload.amount'] }),
    message: Type.String({ description: 'What is wrong with it.', examples: ['is required'] }),
  },
  { $id: 'FieldProblem' },
);

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
      description: 'What was wrong in this request, and what would be right.',
      examples: ['url: is required'],
    }),
    code: Type.String({ description: 'Stable: programs compare it.', examples: ['field_invalid'] }),
    errors: Type.Optional(
      Type.Array(FieldProblem, { description: 'Every wrong field, when fields are wrong.' }),
    ),
  },
  { $id: 'Problem', description: 'A refusal, as problem details (RFC 9457).' },
);
export type Problem = Static<typeof Problem>;
