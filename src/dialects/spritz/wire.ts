// Requests are read into core types here, and core types are written as JSON.
import type { Attempt } from '#core/attempt.ts';
import type { LoggedAttempt, OpenEndpoint, Page } from '#core/commands.ts';
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import { expandPrefixes } from '#core/event-types.ts';
import { Fault } from '#core/fault.ts';
import { defaultLimits } from '#core/limits.ts';
import { parseJsonObject, validate } from '#input/json.ts';
import { readQuery } from '#input/query.ts';
import type { Rule } from '#input/rule.ts';
import { compile, type Validator } from '#input/schema.ts';
import type { WireRequest } from '#dialects/dialect.ts';
import { isId } from '#lib/ids.ts';
import type { JsonObject, JsonValue } from '#lib/json.ts';
import { formatTime } from '#lib/rfc3339.ts';
import { Type } from 'typebox';
import { isSubscription, payloadSchema, type Subscription, subscriptions } from './events.ts';
import { readPayload, secretLengthMax } from './signing.ts';

// inferred: the platform's other cursor lists have these
const pageLimit = { min: 1, max: 100, default: 50 };
/** More than a tenant can have: the list of webhooks has no pages. */
export const webhooksMax = 100_000;

// ---- requests

const url = Type.String({
  format: 'uri',
  minLength: 1,
  maxLength: defaultLimits.urlLengthMax,
  // The URL parser would silently remove spaces, tabs and line ends.
  pattern: '^[^\\u0000-\\u0020\\u007f]+$',
  'x-problem': 'must be a URL without spaces or control characters',
  description: 'URL to which webhook payloads will be delivered',
  examples: ['https://api.example.com/webhooks'],
});

const subscription = Type.Unsafe<Subscription>({
  $id: 'Subscription',
  type: 'string',
  enum: [...subscriptions],
});
const events = Type.Array(subscription, {
  maxItems: defaultLimits.eventTypesMax, // ours
  description: 'List of event types to subscribe to; `*` for all, an empty list for none.',
});

/** The body of a create. Other members are ignored. */
export const newWebhookSchema = Type.Object(
  {
    url,
    events: Type.Optional(Type.Unsafe<Subscription[]>({ ...events, default: [] })), // documented default
  },
  { $id: 'NewWebhook' },
);

/** The body of a change: documented as events alone, and required. */
export const webhookChangeSchema = Type.Object({ events }, { $id: 'WebhookChange' });

export const secretSchema = Type.Object(
  {
    secret: Type.String({
      minLength: 1, // documented in February 2026
      maxLength: secretLengthMax,
      description: 'The key of the HMAC-SHA256 in the `Signature` header of each delivery; used as it is.',
      examples: ['whsec_0123456789abcdef'],
    }),
  },
  { $id: 'WebhookSecret' },
);

const newWebhook = compile('spritz newWebhook', newWebhookSchema);
const webhookChange = compile('spritz webhookChange', webhookChangeSchema);
const newSecret = compile('spritz secret', secretSchema);

export function readNewWebhook(request: WireRequest): { url: string; eventTypes: readonly string[] } {
  const fields = readFields(request, newWebhook);
  return { url: fields.url, eventTypes: withoutRepeats(fields.events ?? []) };
}

export function readWebhookChange(request: WireRequest): { eventTypes: readonly string[] } {
  return { eventTypes: withoutRepeats(readFields(request, webhookChange).events) };
}

export function readSecret(request: WireRequest): { secret: string } {
  const { secret } = readFields(request, newSecret);
  return { secret };
}

export function readWebhookId({ params }: WireRequest): EndpointId {
  const id = params['webhookId'] ?? '';
  if (!isWebhookId(id))
    throw new Fault('endpoint_not_found', 'The webhook was not found.', { resourceId: id });
  return id;
}

export function readLogPage({ query }: WireRequest): { limit: number; cursor?: string } {
  return readQuery(query, { isStrict: false }, (fields) => {
    const limit = fields.integer('limit', pageLimit) ?? pageLimit.default;
    const cursor = fields.cursor('cursor');
    return cursor === undefined ? { limit } : { limit, cursor };
  });
}

/** Documented: ids are opaque. Ours are printed as they are stored. */
function isWebhookId(text: string): text is EndpointId {
  return isId('ep', text);
}

function withoutRepeats(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** Documented: a body may be JSON, a form, or multipart; the last is refused here. */
function readFields<T>(request: WireRequest, validator: Validator<T>): T {
  return validate(readBody(request, validator.rule), validator);
}

function readBody({ headers, rawBody }: WireRequest, rule: Rule): JsonObject {
  const contentType = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  switch (contentType) {
    case 'application/x-www-form-urlencoded':
      return readForm(new URLSearchParams(Buffer.from(rawBody).toString('utf8')), rule);
    case 'multipart/form-data':
      throw new Fault(
        'media_type_unsupported',
        'multipart/form-data is not accepted; send application/json or application/x-www-form-urlencoded.',
      );
    default:
      // ours: a body with another content type, or with none, must be JSON
      return parseJsonObject(rawBody);
  }
}

/** inferred: a list is its name repeated, plain or as `events[]` or `events[0]`. */
function readForm(form: URLSearchParams, { properties }: Rule): JsonObject {
  const given = [...properties].map(([name, { types }]): [string, JsonValue | undefined] => {
    if (!types.includes('array')) return [name, oneOrAll(form.getAll(name))];
    const isItem = (key: string): boolean =>
      key === name || (key.startsWith(`${name}[`) && /^\[\d{0,6}\]$/.test(key.slice(name.length)));
    const items = [...form].filter(([key]) => isItem(key)).map(([, value]) => value);
    return [name, items.length === 0 ? undefined : items];
  });
  return Object.fromEntries(given.filter((entry): entry is [string, JsonValue] => entry[1] !== undefined));
}

/** Several values stay a list, so that the schema refuses them where one value is needed. */
function oneOrAll(values: readonly string[]): JsonValue | undefined {
  return values.length > 1 ? values : values[0];
}

// ---- answers

/** Documented: exactly these members. */
export type Webhook = {
  readonly id: string;
  readonly events: readonly Subscription[];
  readonly url: string;
  /** Failed attempts in a row. */
  readonly failureCount: number;
  readonly disabled: boolean;
};

/** Documented by the clients before 0.7: exactly these members. */
type LegacyWebhook = Pick<Webhook, 'id' | 'failureCount' | 'events' | 'url'> & {
  readonly integratorId: string;
  readonly createdAt: string;
};

export type DeletedWebhook = { readonly id: string; readonly deleted: true };
export type SecretSet = { readonly secretConfigured: true };

/** One attempt of the log. */
export type LoggedDelivery = {
  readonly event: string;
  readonly webhookUrl: string;
  /** Exactly what was sent. */
  readonly payload: JsonObject;
  readonly success: boolean;
  /** The receiver's status; with an `error`, the status that this server assigns. */
  readonly responseStatus?: number;
  readonly error?: string;
  readonly timestamp: string;
};

export type DeliveryLog = {
  readonly data: readonly LoggedDelivery[];
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
};

export function writeWebhook({ id, eventTypes, url, health, enabled }: Endpoint): Webhook {
  return {
    id,
    // No other type is accepted on any route.
    events: expandPrefixes(eventTypes, subscriptions).filter(isSubscription),
    url,
    failureCount: health.failureCount,
    disabled: !enabled,
  };
}

/** Documented: a bare list. */
export function writeWebhooks({ items }: Page<OpenEndpoint>): readonly Webhook[] {
  return items.map(({ endpoint }) => writeWebhook(endpoint));
}

/** ours: the integrator is the tenant. */
export function writeLegacyWebhook(endpoint: Endpoint): LegacyWebhook {
  const { id, failureCount, events: names, url: target } = writeWebhook(endpoint);
  const createdAt = formatTime(endpoint.createdAt);
  return { id, integratorId: endpoint.tenant, failureCount, events: names, url: target, createdAt };
}

export function writeDeleted({ id }: Endpoint): DeletedWebhook {
  return { id, deleted: true };
}

export const secretSet: SecretSet = { secretConfigured: true };

export function writeDeliveryLog({ items, nextCursor }: Page<LoggedAttempt>): DeliveryLog {
  return { data: items.map(writeLoggedAttempt), hasMore: nextCursor !== null, nextCursor };
}

function writeLoggedAttempt({ attempt, event }: LoggedAttempt): LoggedDelivery {
  return {
    event: event.type,
    webhookUrl: attempt.url,
    payload: readPayload(event),
    success: attempt.outcome === 'accepted',
    ...writeAnswer(attempt),
    timestamp: formatTime(attempt.startedAt),
  };
}

/** Documented: without a usable response there is an `error`, and the status is 504 for a timeout, else 500. */
function writeAnswer({ outcome, status, error }: Attempt): Pick<LoggedDelivery, 'responseStatus' | 'error'> {
  if (outcome === 'unreachable') {
    return {
      responseStatus: error?.code === 'timeout' ? 504 : 500,
      error: error?.message ?? 'No usable answer came back.',
    };
  }
  return status === null ? {} : { responseStatus: status };
}

// ---- schemas of the answers, for the OpenAPI document

const id = Type.String({
  description: 'Unique identifier for the webhook',
  examples: ['ep_01kdytp0cd0000000000000001'],
});

export const webhookSchema = Type.Object(
  {
    id,
    events: Type.Array(events.items, { description: 'List of event types this webhook is subscribed to' }),
    // ours: answered as it was sent, and not described as a `uri`: URL parsers accept more than RFC 3986 allows.
    url: Type.String({ description: 'URL to which webhook payloads are delivered' }),
    failureCount: Type.Number({ minimum: 0, description: 'Number of consecutive delivery failures' }),
    disabled: Type.Boolean({ description: 'Whether the webhook is currently disabled' }),
  },
  { $id: 'Webhook' },
);
export const legacyWebhookSchema = Type.Object(
  {
    id,
    integratorId: Type.String({ description: 'Identifier of the integrator' }),
    failureCount: webhookSchema.properties.failureCount,
    events: webhookSchema.properties.events,
    url: webhookSchema.properties.url,
    createdAt: Type.String({ format: 'date-time' }),
  },
  { $id: 'LegacyWebhook' },
);
export const webhooksSchema = Type.Array(webhookSchema);
export const deletedSchema = Type.Object({ id, deleted: Type.Literal(true) }, { $id: 'DeletedWebhook' });
export const legacySecretSetSchema = Type.Object({ success: Type.Literal(true) }, { $id: 'LegacySecretSet' });
export const secretSetSchema = Type.Object({ secretConfigured: Type.Literal(true) }, { $id: 'SecretSet' });

export const logQuerySchema = Type.Object({
  limit: Type.Optional(
    Type.Integer({ minimum: pageLimit.min, maximum: pageLimit.max, default: pageLimit.default }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 512, description: '`nextCursor` of the page before.' })),
});

export const logSchema = Type.Object(
  {
    data: Type.Array(
      Type.Object(
        {
          event: Type.String({ description: 'The event that was delivered' }),
          webhookUrl: Type.String({ description: 'The URL the delivery was attempted against' }),
          payload: Type.Unsafe<JsonObject>(payloadSchema),
          success: Type.Boolean(),
          responseStatus: Type.Optional(
            Type.Integer({
              description: 'What the receiver answered; beside `error` 504 for a timeout, else 500.',
            }),
          ),
          error: Type.Optional(
            Type.String({
              description: 'Why no usable answer came; the event may have arrived all the same.',
            }),
          ),
          timestamp: Type.Optional(Type.String({ format: 'date-time' })),
        },
        { $id: 'LoggedDelivery' },
      ),
      { description: 'Attempts, newest first' },
    ),
    hasMore: Type.Boolean(),
    nextCursor: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'Pass as `cursor` to fetch the next page. Null on the last page.',
    }),
  },
  { $id: 'DeliveryLog' },
);

const problemFields = {
  type: Type.String({ default: 'about:blank', examples: ['urn:problem-type:auth:unauthorized'] }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.Optional(Type.String()),
  instance: Type.Optional(Type.String()),
};

/** The refusals, by what their statuses have besides the common members. */
export const problemSchemas = {
  validation: Type.Object(
    {
      ...problemFields,
      code: Type.Optional(Type.String({ description: 'When exactly one thing is wrong.' })),
      field: Type.Optional(Type.String({ description: 'Goes with `code`.' })),
      errors: Type.Optional(
        Type.Array(
          Type.Object(
            {
              field: Type.String(),
              message: Type.String(),
              code: Type.Optional(Type.String({ examples: ['INVALID_INPUT'] })),
            },
            { $id: 'FieldError' },
          ),
        ),
      ),
    },
    { $id: 'ValidationProblem' },
  ),
  unauthorized: Type.Object(
    {
      ...problemFields,
      realm: Type.Optional(Type.String({ examples: ['API'] })),
      scope: Type.Optional(Type.String({ examples: ['read:users'] })),
    },
    { $id: 'UnauthorizedProblem' },
  ),
  notFound: Type.Object(
    { ...problemFields, resourceType: Type.String(), resourceId: Type.String() },
    { $id: 'NotFoundProblem' },
  ),
  failure: Type.Object(
    {
      ...problemFields,
      retryable: Type.Optional(Type.Boolean()),
      retryAfter: Type.Optional(Type.Number({ description: 'Seconds, as in `Retry-After`.' })),
    },
    { $id: 'FailureProblem' },
  ),
};
