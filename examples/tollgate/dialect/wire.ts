// Requests are read into core types here, and core types are written as JSON.
import type { CreatedEndpoint, OpenEndpoint, Page, Unscoped } from '#core/commands.ts';
import type { Endpoint } from '#core/endpoint.ts';
import { expandPrefixes } from '#core/event-types.ts';
import { fieldFault } from '#core/fault.ts';
import { defaultLimits } from '#core/limits.ts';
import type { WireRequest } from '#dialects/dialect.ts';
import { readBody } from '#input/json.ts';
import { readQuery } from '#input/query.ts';
import { compile } from '#input/schema.ts';
import type { JsonObject } from '#lib/json.ts';
import { formatTime } from '#lib/rfc3339.ts';
import { Type } from 'typebox';
import { eventTypes } from './events.ts';

const hooksPerPage = 50; // documented
const namePattern = /^[a-z0-9-]{1,40}$/; // documented

export const nameSchemas = { name: { type: 'string', pattern: namePattern.source } };

// ---- requests

const eventType = Type.Unsafe<string>({ $id: 'EventType', type: 'string', enum: [...eventTypes] });

/** The body of a PUT. inferred: the examples have no other members, so others are refused. */
export const hookBodySchema = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      maxLength: defaultLimits.urlLengthMax,
      description: 'The target of deliveries: https, and publicly reachable.',
      examples: ['https://example.com/tolls'],
    }),
    listens_to: Type.Array(eventType, { minItems: 1, maxItems: defaultLimits.eventTypesMax }),
  },
  { $id: 'HookBody', additionalProperties: false },
);

export const hookQuerySchema = Type.Object({
  after: Type.Optional(Type.String({ description: '`next` of the page before.' })),
});

const hookBody = compile('tollgate hook', hookBodySchema);

/** documented: the customer names the hook; a hook that has the name already is replaced. */
export function readHook(request: WireRequest): Unscoped<'createEndpoint'> {
  const { alias } = readName(request);
  const { url, listens_to } = readBody(request.rawBody, hookBody);
  return { alias, onTaken: 'replace', url, eventTypes: listens_to };
}

export function readName({ params }: WireRequest): { alias: string } {
  const alias = params['name'] ?? '';
  if (!namePattern.test(alias)) {
    throw fieldFault('name', 'must be 1 to 40 lower-case letters, digits or hyphens');
  }
  return { alias };
}

export function readHookList({ query }: WireRequest): Unscoped<'listEndpoints'> {
  const cursor = readQuery(query, { isStrict: true }, (fields) => fields.cursor('after'));
  return { limit: hooksPerPage, cursor: cursor ?? null };
}

// ---- answers

function writeHook({ alias, url, eventTypes: subscribed, createdAt }: Endpoint): JsonObject {
  return {
    name: alias,
    url,
    // The operator can subscribe an endpoint to `*`; this wire has no word for it.
    listens_to: subscribed.includes('*') ? eventTypes : expandPrefixes(subscribed, eventTypes),
    created: formatTime(createdAt),
  };
}

/** documented: one hook is in an envelope. */
export function writeShownHook({ endpoint }: OpenEndpoint): JsonObject {
  return { hook: writeHook(endpoint) };
}

/** documented: the answer to a PUT has the signing key, and no other answer has. */
export function writePutHook({ endpoint, secrets }: CreatedEndpoint): JsonObject {
  return { hook: { ...writeHook(endpoint), signing_key: secrets[0] ?? null } };
}

export function writeHookList({ items, nextCursor }: Page<OpenEndpoint>): JsonObject {
  return { hooks: items.map(({ endpoint }) => writeHook(endpoint)), next: nextCursor };
}

// ---- schemas of the answers, for the OpenAPI document

const hookFields = {
  name: Type.String({ examples: ['office'] }),
  url: Type.String(),
  listens_to: Type.Array(eventType),
  created: Type.String({ format: 'date-time' }),
};

export const shownHookSchema = Type.Object(
  { hook: Type.Object(hookFields, { $id: 'Hook' }) },
  { $id: 'ShownHook' },
);
const signingKey = Type.String({ description: 'Signs deliveries.', examples: ['tgk_…'] });
export const putHookSchema = Type.Object(
  { hook: Type.Object({ ...hookFields, signing_key: signingKey }, { $id: 'HookWithKey' }) },
  { $id: 'PutHook' },
);
export const hookListSchema = Type.Object(
  {
    hooks: Type.Array(shownHookSchema.properties.hook),
    next: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
  },
  { $id: 'HookPage' },
);
const refusal = Type.Object(
  { reason: Type.String({ examples: ['hook_unknown'] }), text: Type.String() },
  { $id: 'Refusal' },
);
export const refusalSchema = Type.Object({ refused: refusal }, { $id: 'Refused' });

/** The body of a delivery, as `signing.ts` writes it. */
export const deliverySchema = Type.Object(
  {
    id: Type.String({ description: 'The id of the event.' }),
    event: eventType,
    at: Type.Integer({ description: 'When it happened, in Unix seconds.' }),
    details: Type.Unsafe<unknown>({ description: 'The payload of the event.' }),
  },
  { $id: 'Delivery' },
);
