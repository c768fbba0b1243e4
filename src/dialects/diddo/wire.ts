// Requests are read into core types here, and core types are written as JSON. Most of the platform's response bodies are
// not documented: what is ours is marked.
import type { CreateEndpoint, EndpointPatch, ListEndpoints, OpenEndpoint } from '#core/commands.ts';
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import { expandPrefixes } from '#core/event-types.ts';
import { fieldFault } from '#core/fault.ts';
import { defaultLimits } from '#core/limits.ts';
import { readBody, refuse } from '#input/json.ts';
import { readQueryString } from '#input/query.ts';
import { compile } from '#input/schema.ts';
import type { WireRequest } from '#dialects/dialect.ts';
import { given } from '#lib/given.ts';
import { idToUuid, uuidToId } from '#lib/ids.ts';
import type { JsonObject } from '#lib/json.ts';
import { formatTime } from '#lib/rfc3339.ts';
import { Type } from 'typebox';
import { eventTypes } from './events.ts';

const pageLimit = { min: 1, max: 100, default: 20 }; // documented; ours: at least 1
const offsetMax = 1_000_000_000; // ours
const descriptionLengthMax = 500; // ours
const eventsMax = defaultLimits.eventTypesMax; // ours

const idExample = '019b7da1-6af0-7110-9b5c-4d20a4c9b3f2';
const times = { format: 'date-time', examples: ['2026-01-02T03:04:05.678Z'] };

// ---- requests

/** documented: HTTPS. The server checks the rest for every dialect. */
const url = Type.String({
  minLength: 1,
  maxLength: defaultLimits.urlLengthMax,
  description: 'Where events go: HTTPS, publicly reachable, and in no other webhook.',
  examples: ['https://example.com/hooks/diddo'],
});

/** ours: at least one, known names only, no wildcard; repeated names count once. */
const eventType = Type.Unsafe<string>({ $id: 'EventType', type: 'string', enum: [...eventTypes] });
const events = Type.Array(eventType, {
  minItems: 1,
  maxItems: eventsMax,
  description: 'The event types to hear of.',
  examples: [['checkout.succeeded', 'order.submitted']],
});

/** ours: null removes it. */
const description = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  maxLength: descriptionLengthMax,
  description: 'For people.',
});

/** ours: ignored, so that a webhook that was read can be sent back whole. */
const readOnly = Type.Optional(Type.Unsafe<unknown>({ readOnly: true, description: 'Ignored.' }));

/** The body of a create. ours: members that are not documented are refused, `active` among them. */
export const newWebhookSchema = Type.Object(
  { url, events, description: Type.Optional(description) },
  { $id: 'NewWebhook', additionalProperties: false },
);

/** The body of an update. documented: only what is given changes. */
export const webhookChangeSchema = Type.Object(
  {
    active: Type.Optional(
      Type.Boolean({ description: 'While false, events are held; they are sent when it becomes true.' }),
    ),
    description: Type.Optional(description),
    events: Type.Optional(events),
    url: Type.Optional(url),
    id: readOnly,
    created_at: readOnly,
    updated_at: readOnly,
  },
  { $id: 'WebhookChange', additionalProperties: false },
);

const newWebhook = compile('diddo newWebhook', newWebhookSchema);
const webhookChange = compile('diddo webhookChange', webhookChangeSchema);

export function readNewWebhook(
  rawBody: Uint8Array,
): Pick<CreateEndpoint, 'url' | 'eventTypes' | 'description'> {
  const { url, events: eventTypes, description } = readBody(rawBody, newWebhook);
  return { url, eventTypes, ...given({ description }) };
}

export function readWebhookChange(rawBody: Uint8Array): EndpointPatch {
  const { url, events: eventTypes, description, active: enabled } = readBody(rawBody, webhookChange);
  return given({ url, eventTypes, description, enabled });
}

/** documented: a UUID. inferred: another text is the documented 400 of the routes that read nothing else. */
export function readWebhookId({ params }: WireRequest): EndpointId {
  const id = uuidToId('ep', params['id'] ?? '');
  if (id === null) throw fieldFault('id', `must be a UUID, such as ${idExample}`);
  return id as EndpointId;
}

/**
 * documented: `limit`, `offset`, and that there are filters; ours: the names of those. Unknown parameters are
 * refused: a filter under another name would otherwise silently select everything.
 */
export function readWebhookList({
  query,
}: WireRequest): Pick<ListEndpoints, 'limit' | 'enabled' | 'eventType'> & { readonly offset: number } {
  const {
    limit = pageLimit.default,
    offset = 0,
    active,
    event,
    event_type: alias,
  } = readQueryString(query, webhookQuery);
  if (event !== undefined && alias !== undefined && event !== alias) {
    refuse([
      { field: 'event_type', message: 'is another name of "event"; give one of them', rule: 'choice' },
    ]);
  }
  return { limit, offset, ...given({ enabled: active, eventType: event ?? alias }) };
}

// ---- answers

/** ours: the request's names, with times, in the platform's snake_case. */
export function writeWebhook(endpoint: Endpoint): JsonObject {
  return {
    id: idToUuid(endpoint.id),
    url: endpoint.url,
    events: writeEvents(endpoint),
    description: endpoint.description,
    active: endpoint.enabled,
    created_at: formatTime(endpoint.createdAt),
    updated_at: formatTime(endpoint.updatedAt),
  };
}

/** documented: the secret is given once, at creation. */
export function writeNewWebhook({ endpoint, secrets }: OpenEndpoint): JsonObject {
  return { ...writeWebhook(endpoint), secret: secrets[0] ?? null };
}

/** ours: the envelope. */
export function writeWebhookList(
  items: readonly OpenEndpoint[],
  { total, limit, offset }: { readonly total: number; readonly limit: number; readonly offset: number },
): JsonObject {
  return { webhooks: items.map(({ endpoint }) => writeWebhook(endpoint)), total, limit, offset };
}

/** documented: 200; ours: with this body. */
export function writeDeletion(endpoint: Endpoint): JsonObject {
  return { id: idToUuid(endpoint.id), deleted: true };
}

/** The operator can subscribe an endpoint to `*` and to prefixes; this wire lists the event types then. */
function writeEvents({ eventTypes: subscribed }: Endpoint): readonly string[] {
  return subscribed.includes('*') ? eventTypes : expandPrefixes(subscribed, eventTypes);
}

// ---- schemas of the answers, for the OpenAPI document

const webhookFields = {
  id: Type.String({ format: 'uuid', examples: [idExample] }),
  url: Type.String(),
  events: Type.Array(events.items),
  description: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
  active: Type.Boolean({
    description: 'False when it was turned off, or after five days of nothing but failures.',
  }),
  created_at: Type.String(times),
  updated_at: Type.String(times),
};

/** Another text than a UUID is refused. */
export const idSchemas = { id: webhookFields.id };

export const webhookSchema = Type.Object(webhookFields, { $id: 'Webhook' });
export const newWebhookReplySchema = Type.Object(
  {
    ...webhookFields,
    secret: Type.String({ description: 'Signs events; shown only now.', examples: ['whsec_…'] }),
  },
  { $id: 'WebhookWithSecret' },
);
export const webhookListSchema = Type.Object(
  {
    webhooks: Type.Array(webhookSchema),
    total: Type.Integer({ description: 'How many there are on all pages.' }),
    limit: Type.Integer(),
    offset: Type.Integer(),
  },
  { $id: 'WebhookPage' },
);
export const deletionSchema = Type.Object(
  { id: webhookFields.id, deleted: Type.Literal(true) },
  { $id: 'Deletion' },
);

export const webhookQuerySchema = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({ minimum: pageLimit.min, maximum: pageLimit.max, default: pageLimit.default }),
    ),
    offset: Type.Optional(Type.Integer({ minimum: 0, maximum: offsetMax, default: 0 })),
    active: Type.Optional(Type.Boolean({ description: 'Only webhooks that are turned on, or off.' })),
    event: Type.Optional(eventType),
    event_type: Type.Optional(eventType),
  },
  { additionalProperties: false },
);
const webhookQuery = compile('diddo webhookQuery', webhookQuerySchema);

export const errorSchema = Type.Object(
  {
    error: Type.Object(
      {
        code: Type.String({ examples: ['WEBHOOK_NOT_FOUND'] }),
        message: Type.String({ examples: ['There is no webhook with this id.'] }),
      },
      { $id: 'ErrorDetail' },
    ),
  },
  { $id: 'ErrorAnswer' },
);

/** The body of a delivery, as `signing.ts` writes it. */
export const deliverySchema = Type.Object(
  {
    id: Type.String({ description: 'The id of the event: the same on every attempt.' }),
    type: eventType,
    created_at: Type.String(times),
    data: Type.Unsafe<JsonObject>({ type: 'object', additionalProperties: true }),
  },
  { $id: 'Delivery' },
);
