// What a route says of itself: the same words serialize its answers and describe them in the OpenAPI document.
import type { TSchema } from 'typebox';
import { Problem, problemContentType } from '#contract/problem.ts';
import { ref } from '#contract/schema.ts';
import type { FaultCode } from '#core/fault.ts';
import { problems } from '#core/problem.ts';

interface Answer {
  readonly description: string;
  /** A schema with an `$id`; none for an empty answer. */
  readonly schema?: TSchema;
  readonly headers?: Readonly<Record<string, { readonly type: string; readonly description: string }>>;
}

interface Description {
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Refusals besides those that every route of this kind has. */
  readonly faults?: readonly FaultCode[];
  readonly hasBody?: boolean;
}

/** Every route under the admin key can answer these. */
const commonFaults: readonly FaultCode[] = [
  'key_missing',
  'key_unknown',
  'field_invalid',
  'unavailable',
  'internal',
];
const bodyFaults: readonly FaultCode[] = ['json_invalid', 'body_too_large', 'media_type_unsupported'];

/** The parts of a route's `schema` that are about words and answers. */
export function describe(about: Description) {
  const { id, tag, summary, description, answers, faults = [], hasBody = false } = about;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    response: mapAnswers(answers),
    // For the document alone: a serializer for each would double the time that the server takes to start.
    faultResponses: describeFaults([...commonFaults, ...(hasBody ? bodyFaults : []), ...faults]),
  };
}

function mapAnswers(answers: Readonly<Record<number, Answer>>): Record<number, unknown> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, headers }]) => [
      status,
      {
        description,
        ...(headers === undefined ? {} : { headers }),
        ...(schema === undefined
          ? { type: 'null' }
          : { content: { 'application/json': { schema: ref(schema) } } }),
      },
    ]),
  );
}

/** One answer per status, naming its codes. */
function describeFaults(codes: readonly FaultCode[]): Record<number, unknown> {
  const byStatus = Map.groupBy(new Set(codes), (code) => problems[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
        content: { [problemContentType]: { schema: ref(Problem) } },
      },
    ]),
  );
}
