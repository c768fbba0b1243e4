// Requests are read into core types here, and core types are written as JSON.
import type { EndpointPatch, GivenChange, OpenEndpoint, CommandResult, Unscoped } from '#core/commands.ts';
import type { Endpoint } from '#core/endpoint.ts';
import { expandPrefixes } from '#core/event-types.ts';
import { Fault } from '#core/fault.ts';
import { defaultLimits } from '#core/limits.ts';
import { parseJsonObject, readBody, refuse } from '#input/json.ts';
import { compile } from '#input/schema.ts';
import { idToUuid } from '#lib/ids.ts';
import type { JsonObject, JsonValue } from '#lib/json.ts';
import { formatTime } from '#lib/rfc3339.ts';
import { type Static, type TProperties, Type } from 'typebox';
import { type Choice, eventTypeNames, serviceTypeNames, unite } from './events.ts';

// ---- requests

const account = Type.String({
  // ours: any text; documented on calypso.money alone: ^0x[0-9a-fA-F]{40}$
  description: 'Merchant account ID. Request will be sent for this account',
  examples: ['0x8f2a559c1f0e4a3b6d7c9e0b5a4d3c2b1a0f9e8d'],
});
const timestamp = Type.Integer({
  format: 'int64',
  description:
    'Current unix UTC timestamp in milliseconds. Must not be less than 3 minutes in the past and not greater than 3 minutes in the future',
  examples: [1_767_323_045_678],
});

const requestId = Type.String({
  format: 'uuid',
  pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
  'x-problem': 'must be a UUID',
  description: 'Id of the request that has created webhook subscription: chosen by the client',
  examples: ['5a0f4c1e-0000-4000-8000-000000000001'],
});

const urlRules = {
  minLength: 1,
  maxLength: defaultLimits.urlLengthMax, // ours
  // The URL parser would silently remove spaces, tabs and line ends.
  pattern: '^[^\\u0000-\\u0020\\u007f]+$',
  'x-problem': 'must be a URL without spaces or control characters',
  description: 'Web address where request with webhook will be send to',
  examples: ['https://example.com/calypso'],
};

const namesMax = 200; // ours
const optionalNames = ($id: string, names: readonly string[], description: string) =>
  Type.Optional(
    Type.Unsafe<readonly string[] | null>({
      // inferred: null means the same as a missing member
      type: ['array', 'null'],
      items: { $id, type: 'string', enum: names },
      maxItems: namesMax,
      description,
    }),
  );

const choiceFields = {
  notificationEventTypes: optionalNames('EventType', eventTypeNames, 'Event types to deliver'),
  notificationServiceTypes: optionalNames(
    'ServiceType',
    serviceTypeNames,
    'Groups of event types to deliver',
  ),
};

/** inferred: unknown members are ignored at every level. */
const withAccount = <P extends TProperties>(payload: P) =>
  Type.Object({ account, timestamp, payload: Type.Object(payload) });

export const listSchema = Type.Object({ account, timestamp }, { $id: 'ListWebhooks' });
const createSchema = withAccount({ requestId, ...choiceFields, url: Type.String(urlRules) });
export const removeSchema = Type.Object(withAccount({ requestId }).properties, { $id: 'DeleteWebhook' });
/** inferred: the members of `payload`, none of which is documented. What is not given, or null, stays. */
const changeSchema = withAccount({
  requestId,
  ...choiceFields,
  url: Type.Optional(Type.Unsafe<string | null>({ ...urlRules, type: ['string', 'null'] })),
  enabled: Type.Optional(
    Type.Unsafe<boolean | null>({
      type: ['boolean', 'null'],
      description: 'Enabled/disabled via API; true also unblocks, and sends everything that failed again',
    }),
  ),
});
/** documented without `account`; inferred: it is allowed, and `payload.requestId` names the subscription. */
export const regenerateSchema = Type.Object(
  {
    account: Type.Optional(Type.Unsafe<string | null>({ ...account, type: ['string', 'null'] })),
    timestamp,
    payload: Type.Object({ requestId }),
  },
  { $id: 'RegenerateWebhookKeys' },
);

const bodies = {
  list: compile('calypso list', listSchema),
  create: compile('calypso create', createSchema),
  remove: compile('calypso remove', removeSchema),
  change: compile('calypso change', changeSchema),
  regenerate: compile('calypso regenerate', regenerateSchema),
};

/** The timestamp of a request, or the fault of its body. Reads no other member. */
export function readTimestamp(rawBody: Uint8Array): number | Fault {
  const body = tryParse(rawBody);
  if (body instanceof Fault) return body;
  const value = Object.hasOwn(body, 'timestamp') ? body['timestamp'] : undefined;
  if (Number.isSafeInteger(value)) return Number(value);
  // inferred: a timestamp that is missing or no number is an "invalid timestamp parameter", too
  return new Fault('timestamp_invalid', 'timestamp: must be the time of the request in UTC milliseconds');
}

function tryParse(rawBody: Uint8Array): JsonObject | Fault {
  try {
    return parseJsonObject(rawBody);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

/** This wire has no paging: the limit is more than any tenant can have. */
export function readList(rawBody: Uint8Array): Unscoped<'listEndpoints'> {
  readBody(rawBody, bodies.list);
  return { limit: 1_000_000, isWhole: true, withSecrets: true };
}

export function readCreate(rawBody: Uint8Array): Unscoped<'createEndpoint'> {
  const { payload } = readBody(rawBody, bodies.create);
  checkUrl(payload.url);
  const choice = readChoice(payload);
  return { alias: readAlias(payload), url: payload.url, ...subscribe(choice) };
}

export function readRemove(rawBody: Uint8Array): { alias: string } {
  return { alias: readAlias(readBody(rawBody, bodies.remove).payload) };
}

export function readChange(rawBody: Uint8Array): Unscoped<'changeEndpoint'> {
  const { payload } = readBody(rawBody, bodies.change);
  return { alias: readAlias(payload), ...readPatch(payload), withSecrets: true };
}

export function readRegenerate(rawBody: Uint8Array): { alias: string } {
  return { alias: readAlias(readBody(rawBody, bodies.regenerate).payload) };
}

/** The account in a request; null when there is no text. The schema refuses other types. */
export function readAccount(rawBody: Uint8Array): string | null {
  const body = tryParse(rawBody);
  const account = body instanceof Fault || !Object.hasOwn(body, 'account') ? null : body['account'];
  return typeof account === 'string' ? account : null;
}

/** The API key decides the tenant; the account in the request must be the same. */
export function findAccountProblem(account: string | null, tenant: string): Fault | null {
  if (account === null || isSameAccount(account, tenant)) return null;
  return new Fault('tenant_not_found', 'account: is not the one that the API key belongs to');
}

const addressPattern = /^0x[0-9a-f]{40}$/i;

/** inferred: the letters of an address in hex mean the same in either case. */
function isSameAccount(account: string, tenant: string): boolean {
  return (
    account === tenant || (addressPattern.test(account) && account.toLowerCase() === tenant.toLowerCase())
  );
}

/** inferred: the case of a UUID does not count; it is answered in lower case. */
function readAlias(payload: { readonly requestId: string }): string {
  return payload.requestId.toLowerCase();
}

type GivenChoice = Pick<
  Static<typeof changeSchema>['payload'],
  'notificationEventTypes' | 'notificationServiceTypes'
>;

function readChoice(given: GivenChoice): Choice {
  return {
    eventTypes: given.notificationEventTypes ?? [],
    serviceTypes: given.notificationServiceTypes ?? [],
  };
}

/** A change of one list only depends on the other list of the endpoint: `resolveChange` completes it. */
function readPatch(given: Static<typeof changeSchema>['payload']): GivenChange {
  if (typeof given.url === 'string') checkUrl(given.url);
  const patch: EndpointPatch = {
    ...(typeof given.url === 'string' ? { url: given.url } : {}),
    ...(typeof given.enabled === 'boolean' ? { enabled: given.enabled } : {}),
  };
  const { notificationEventTypes: eventTypes = null, notificationServiceTypes: serviceTypes = null } = given;
  if (eventTypes !== null && serviceTypes !== null) {
    return { patch: { ...patch, ...subscribe({ eventTypes, serviceTypes }) } };
  }
  if (eventTypes !== null) return { patch, change: { eventTypes } };
  return serviceTypes !== null ? { patch, change: { serviceTypes } } : { patch };
}

/** The list that a change gives, with the other list as the endpoint has it. */
export function resolveChange(change: Partial<Choice>, current: Endpoint): EndpointPatch {
  return subscribe({ ...choiceOf(current), ...change });
}

/** The event types of a subscription, and the lists as the client gave them, which answers repeat. */
function subscribe(choice: Choice): {
  readonly eventTypes: readonly string[];
  readonly attributes: JsonObject;
} {
  if (choice.eventTypes.length === 0 && choice.serviceTypes.length === 0) {
    // ours: a subscription to no event type is a mistake
    const message = 'must name something, or notificationServiceTypes must';
    refuse([{ field: 'payload.notificationEventTypes', message, rule: 'required' }]);
  }
  const attributes = {
    notificationEventTypes: choice.eventTypes,
    notificationServiceTypes: choice.serviceTypes,
  };
  return { eventTypes: unite(choice), attributes };
}

/** Only checks that it parses. The command checks whether deliveries may go there. */
function checkUrl(text: string): void {
  if (URL.canParse(text)) return;
  const message = 'must be an absolute URL, such as https://example.com/calypso';
  refuse([{ field: 'payload.url', message, rule: 'form' }]);
}

// ---- answers

/** documented: `WebhookChannelDTO`, with the secret in plain text. */
export function writeSubscription({ endpoint, secrets }: OpenEndpoint): JsonObject {
  const { health } = endpoint;
  return {
    requestId: requestIdOf(endpoint),
    notificationEventTypes: choiceOf(endpoint).eventTypes,
    url: endpoint.url,
    publicKey: endpoint.attributes['publicKey'] ?? null,
    secretKey: secrets[0] ?? null,
    createdDate: formatTime(endpoint.createdAt),
    // `enabled` is the client's own switch: a webhook that is blocked for failures is still enabled.
    enabled: endpoint.disabledReason !== 'requested',
    blockedByErrorCount: !endpoint.enabled && endpoint.disabledReason !== 'requested',
    errorCount: health.failureCount,
    errorFirstDate: writeTime(health.firstFailureAt),
    errorLastDate: writeTime(health.lastFailureAt),
  };
}

/** inferred: all of them, oldest first: this wire has no paging. */
export function writeSubscriptions({ items }: CommandResult<'listEndpoints'>): JsonObject {
  return { subscriptions: items.map(writeSubscription).toReversed() };
}

/** ours: an endpoint without a client's id has its own id as a UUID. */
export function requestIdOf({ alias, id }: Endpoint): string {
  return alias ?? idToUuid(id);
}

/** The lists as the client gave them, unless the endpoint was changed since by the admin API. */
function choiceOf({ attributes, eventTypes }: Endpoint): Choice {
  const said: Choice = {
    eventTypes: readNames(attributes['notificationEventTypes']),
    serviceTypes: readNames(attributes['notificationServiceTypes']),
  };
  if (JSON.stringify(unite(said)) === JSON.stringify(eventTypes)) return said;
  const names = eventTypes.includes('*') ? eventTypeNames : expandPrefixes(eventTypes, eventTypeNames);
  return { eventTypes: names, serviceTypes: [] };
}

function readNames(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((name): name is string => typeof name === 'string') : [];
}

/** inferred: null while nothing has failed, though the fields are documented as required. */
function writeTime(ms: number | null): string | null {
  return ms === null ? null : formatTime(ms);
}

// ---- schemas of the answers, for the OpenAPI document

const noNames = { type: ['array', 'null'], maxItems: 0 };
const bothEmpty = {
  properties: { notificationEventTypes: noNames, notificationServiceTypes: noNames },
};

/** A creation with both lists empty or absent is refused. */
export const createDocs = {
  ...createSchema,
  $id: 'CreateWebhook',
  properties: {
    ...createSchema.properties,
    payload: { ...createSchema.properties.payload, not: bothEmpty },
  },
};

/** So is a change that gives both and leaves both empty. */
export const changeDocs = {
  ...changeSchema,
  $id: 'ChangeWebhook',
  properties: {
    ...changeSchema.properties,
    payload: {
      ...changeSchema.properties.payload,
      not: {
        properties: {
          notificationEventTypes: { type: 'array', maxItems: 0 },
          notificationServiceTypes: { type: 'array', maxItems: 0 },
        },
        required: Object.keys(choiceFields),
      },
    },
  },
};

const nullableTime = (description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date-time', description });

export const subscriptionSchema = Type.Object(
  {
    requestId: Type.String({
      format: 'uuid',
      description: 'Id of the request that has created webhook subscription',
    }),
    notificationEventTypes: Type.Array(Type.String(), { description: 'As the client gave them' }),
    url: Type.String({ description: urlRules.description }),
    publicKey: Type.String({ description: 'Public key', examples: ['c529e14832b34b74972365cf7bf02430'] }),
    secretKey: Type.String({ description: 'Secret key', examples: ['b823a6b9ea72408583cef9ec8d67fa52'] }),
    createdDate: Type.String({
      format: 'date-time',
      description: 'Date and time of webhook subscription creation',
    }),
    enabled: Type.Boolean({ description: 'Enabled/disabled via API' }),
    blockedByErrorCount: Type.Boolean({
      description: 'Automatically disabled due to reaching unsuccessful requests in a row per unit of time',
    }),
    errorCount: Type.Integer({ format: 'int64', description: 'Number of unsuccessful requests in a row' }),
    errorFirstDate: nullableTime('Time of the first unsuccessful request in the sequence'),
    errorLastDate: nullableTime('Time of the last unsuccessful request in the sequence'),
  },
  { $id: 'WebhookChannelDTO' }, // documented name
);

export const subscriptionsSchema = Type.Object(
  { subscriptions: Type.Array(subscriptionSchema) },
  { $id: 'Webhooks' },
);

export const errorSchema = Type.Object(
  {
    errorCode: Type.Unsafe<string>({
      $id: 'ErrorCode',
      type: 'string',
      enum: ['000', '001', '002', '003', '004', '011'],
    }),
    message: Type.String({ examples: ['Internal server error'] }),
    traceId: Type.String({ description: 'The `x-request-id` of this answer' }),
  },
  { $id: 'ErrorAnswer' },
);

/** The body of a delivery, as `signing.ts` writes it. */
export const deliverySchema = Type.Object(
  {
    requestId: Type.String({ format: 'uuid', description: 'The webhook that it is delivered to' }),
    id: Type.Integer({ format: 'int64', description: 'The same for every attempt' }),
    createdDate: Type.String({ description: 'ISO 8601 in UTC, without a zone' }),
    level: Type.Unsafe<string>({ $id: 'Level', type: 'string', enum: ['SUCCESS', 'INFO', 'WARNING'] }),
    service: Type.String({ description: 'The group of the event type' }),
    eventType: Type.String(),
    data: Type.Unsafe<JsonObject>({
      type: 'object',
      properties: { type: { type: 'string', description: 'The event type' } },
      required: ['type'],
      additionalProperties: true,
    }),
  },
  { $id: 'Notification' },
);
