// Requests are read into core types here, and core types are written as JSON. Messages about wrong fields are those of
// the framework that the platform runs on.
import type { EndpointPatch, GivenChange, OpenEndpoint, Page } from '#core/commands.ts';
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import { expandPrefixes } from '#core/event-types.ts';
import { Fault, type FieldProblem, type FieldRule } from '#core/fault.ts';
import { parseJson, refuse } from '#input/json.ts';
import { isStorable } from '#input/text.ts';
import type { WireRequest } from '#dialects/dialect.ts';
import { idToUuid, uuidToId } from '#lib/ids.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import { wholeRequest } from './errors.ts';
import { eventTypes as allEventTypes, isEventType } from './events.ts';

export const titleLengthMax = 100; // documented
export const callbackLengthMax = 500; // documented
export const pageSize = 100; // ours: official plugins look for their own webhook on the first page alone

// ---- requests

/** The fields of a webhook in a body; undefined for those that are not given. */
interface Body {
  readonly title: string | undefined;
  readonly callback: string | undefined;
  readonly events: readonly string[] | undefined;
  readonly allEvents: boolean | undefined;
}

/** A complete webhook: a creation and a replacement must give it. */
interface Whole {
  readonly url: string;
  readonly eventTypes: readonly string[];
  readonly attributes: { readonly title: string };
}

type Report = (field: string, rule: FieldRule, message: string) => undefined;

/** Maximum of wrong entries that are reported for one list. */
const badChoicesMax = 10;

/** The body of a creation or a replacement. `all_events` is false unless it says otherwise. */
export function readWhole(rawBody: Uint8Array): Whole {
  const problems: FieldProblem[] = [];
  const report = reportTo(problems);
  const object = parseObject(rawBody);
  const {
    title = '',
    callback = '',
    events,
    allEvents = false,
  } = readFields(object, { isWhole: true }, report);
  const eventTypes = toEventTypes(events ?? [], allEvents);
  if (own(object, 'events') === undefined) {
    if (!allEvents) report('events', 'required', sayRequired);
  } else if (events !== undefined && eventTypes.length === 0) report('events', 'too_few', sayTooFew);
  refuse(problems);
  return { url: callback, eventTypes, attributes: { title } };
}

/**
 * The body of a partial change: any fields; together with the current ones they must be a complete webhook. Inferred:
 * a list of events without `all_events` means these events, also for a webhook that has all.
 */
export function readChange(rawBody: Uint8Array): GivenChange {
  const problems: FieldProblem[] = [];
  const body = readFields(parseObject(rawBody), { isWhole: false }, reportTo(problems));
  refuse(problems);
  const { title, callback, events, allEvents } = body;
  const patch: EndpointPatch = {
    ...(callback === undefined ? {} : { url: callback }),
    ...(title === undefined ? {} : { attributes: { title } }),
  };
  if (events === undefined && allEvents === undefined) return { patch };
  // An empty list is what a webhook with all events shows: it may come back unchanged.
  const isClear = allEvents === true || (events !== undefined && (events.length > 0 || allEvents === false));
  if (isClear) return { patch: { ...patch, eventTypes: toSomeEventTypes(events ?? [], allEvents ?? false) } };
  return { patch, change: allEvents === undefined ? { events: [] } : { allEvents } };
}

/** Inferred: the given fields are validated together with the current ones. */
export function resolveChange({ events, allEvents }: ChangedEvents, current: Endpoint): EndpointPatch {
  return {
    eventTypes: toSomeEventTypes(events ?? listedEvents(current), allEvents ?? hearsAll(current)),
  };
}

/** The part of a partial change that is about events. */
interface ChangedEvents {
  readonly events?: readonly string[];
  readonly allEvents?: boolean;
}

function readFields(object: JsonObject, { isWhole }: { readonly isWhole: boolean }, report: Report): Body {
  // Only these fields are read: `id`, `type`, times and `public_key` are the server's, and ignored.
  return {
    title: readText(object, { name: 'title', lengthMax: titleLengthMax, isRequired: isWhole }, report),
    callback: readCallback(object, isWhole, report),
    events: readEvents(own(object, 'events'), report),
    allEvents: readAllEvents(own(object, 'all_events'), report),
  };
}

const sayRequired = 'This field is required.';
const sayNull = 'This field may not be null.';

interface TextField {
  readonly name: string;
  readonly lengthMax: number;
  readonly isRequired: boolean;
}

function readText(object: JsonObject, field: TextField, report: Report): string | undefined {
  const { name, lengthMax, isRequired } = field;
  const value = own(object, name);
  if (value === undefined) return isRequired ? report(name, 'required', sayRequired) : undefined;
  if (value === null) return report(name, 'null', sayNull);
  if (typeof value !== 'string') return report(name, 'type', 'Not a valid string.');
  if (value.trim() === '') return report(name, 'blank', 'This field may not be blank.');
  if (isLongerThan(value, lengthMax)) {
    return report(name, 'too_long', `Ensure this field has no more than ${lengthMax} characters.`);
  }
  if (!isStorable(value)) {
    return report(name, 'form', 'Null characters and lone surrogates are not allowed.'); // ours
  }
  return value;
}

/** Characters as the platform counts them: an emoji is one. */
function isLongerThan(text: string, lengthMax: number): boolean {
  // A character is at most two UTF-16 units, so a longer text need not be counted.
  return text.length > 2 * lengthMax || Array.from(text).length > lengthMax;
}

function readCallback(object: JsonObject, isRequired: boolean, report: Report): string | undefined {
  const field = { name: 'callback', lengthMax: callbackLengthMax, isRequired };
  const url = readText(object, field, report);
  // The command checks whether deliveries may go there.
  if (url === undefined || isWebUrl(url)) return url;
  return report('callback', 'form', 'Enter a valid URL.');
}

/** The URL parser would silently remove spaces, tabs and line ends. */
function isWebUrl(text: string): boolean {
  return /^https?:\/\/[^\s\p{Cc}]+$/iu.test(text) && URL.canParse(text);
}

function readEvents(value: JsonValue | undefined, report: Report): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (value === null) return report('events', 'null', sayNull);
  if (!Array.isArray(value)) {
    return report('events', 'type', `Expected a list of items but got type "${nameType(value)}".`);
  }
  const names = [...new Set<JsonValue>(value)];
  const unknown = names.filter((name) => typeof name !== 'string' || !isEventType(name));
  for (const name of unknown.slice(0, badChoicesMax)) {
    report('events', 'choice', `"${show(name)}" is not a valid choice.`);
  }
  return unknown.length > 0 ? undefined : names.map(String); // ours: repeated ones count once
}

function readAllEvents(value: JsonValue | undefined, report: Report): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  if (value === null) return report('all_events', 'null', sayNull);
  return report('all_events', 'type', 'Must be a valid boolean.');
}

/** With `all_events` the list is dropped, as the live API does. */
function toEventTypes(events: readonly string[], allEvents: boolean): readonly string[] {
  return allEvents ? ['*'] : events;
}

const sayTooFew = 'Ensure this field has at least 1 elements.';

function toSomeEventTypes(events: readonly string[], allEvents: boolean): readonly string[] {
  const eventTypes = toEventTypes(events, allEvents);
  if (eventTypes.length === 0) refuse([{ field: 'events', message: sayTooFew, rule: 'too_few' }]);
  return eventTypes;
}

/** Inferred: an empty body is an empty object, as in the framework. */
function parseObject(rawBody: Uint8Array): JsonObject {
  if (rawBody.length === 0) return {};
  const value = parseJson(rawBody);
  if (isJsonObject(value)) return value;
  const message = `Invalid data. Expected a dictionary, but got ${nameType(value)}.`;
  throw new Fault('field_invalid', message, { fields: [{ field: wholeRequest, message, rule: 'type' }] });
}

/** The framework's names of JSON types. */
function nameType(value: JsonValue): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return Array.isArray(value) ? 'list' : 'dict';
}

/** A value that is not a known name, shortened for an error message. */
function show(value: JsonValue): string {
  const text = typeof value === 'string' ? value : nameType(value);
  return (text.length <= 64 ? text : `${text.slice(0, 64)}…`).toWellFormed();
}

function own(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function reportTo(problems: FieldProblem[]): Report {
  return (field, rule, message) => {
    problems.push({ field, message, rule });
    return undefined;
  };
}

export function readEndpointId({ params }: WireRequest): EndpointId {
  const id = uuidToId('ep', params['id'] ?? '');
  if (id === null || !isEndpointId(id)) throw new Fault('endpoint_not_found', 'There is no such webhook.');
  return id;
}

function isEndpointId(text: string): text is EndpointId {
  return text.startsWith('ep_');
}

interface Place {
  /** How many webhooks are on the pages before this one; an estimate once some are removed. */
  readonly position: number;
  /** The server's cursor of the webhook before this page; null to count from the first one. */
  readonly after: string | null;
}

/** Reads `cursor` only and ignores other parameters: official plugins send some. */
export function readPlace({ query }: WireRequest): Place {
  const cursor = query.get('cursor') ?? '';
  if (cursor === '') return { position: 0, after: null };
  const text = cursor.length > cursorLengthMax ? '' : Buffer.from(cursor, 'base64url').toString();
  const [, position, after = null] = cursorPattern.exec(text) ?? [];
  if (position === undefined)
    throw new Fault('cursor_invalid', 'The cursor is not one that a list of this server gave.');
  return { position: Number(position), after };
}

/** A page goes on behind a webhook, so that one that is created in the meantime repeats none. */
export function toListed({
  position,
  after,
}: Place): { limit: number; cursor: string; isWhole: true } | { limit: number; offset: number } {
  return after === null
    ? { limit: pageSize, offset: position }
    : { limit: pageSize, cursor: after, isWhole: true };
}

const cursorLengthMax = 256;
const cursorPattern = /^o=(0|[1-9]\d{0,6})(?:&c=([\w-]{1,128}))?$/;

function writeCursor({ position, after }: Place): string {
  return Buffer.from(`o=${position}${after === null ? '' : `&c=${after}`}`).toString('base64url');
}

// ---- answers

export function writeWebhook({ endpoint }: OpenEndpoint): JsonObject {
  const { attributes, description, url } = endpoint;
  return {
    type: 'webhook', // seen in the official SDKs
    id: idToUuid(endpoint.id),
    created_on: toSeconds(endpoint.createdAt),
    updated_on: toSeconds(endpoint.updatedAt),
    // An endpoint that the operator created has no title, but may have a description.
    title: attributes['title'] ?? description ?? '',
    all_events: hearsAll(endpoint),
    public_key: attributes['public_key'] ?? '',
    events: hearsAll(endpoint) ? [] : listedEvents(endpoint), // seen on the live API: all leaves none listed
    callback: url,
  };
}

/** `list` is the URL of the list without a query, for the links. */
export function writePage(
  { items, nextCursor }: Page<OpenEndpoint>,
  { position }: Place,
  list: string,
): JsonObject {
  const link = (place: Place): string => `${list}?cursor=${writeCursor(place)}`;
  const before = Math.max(0, position - pageSize);
  return {
    results: items.map(writeWebhook),
    next: nextCursor === null ? null : link({ position: position + items.length, after: nextCursor }),
    previous: position === 0 ? null : link({ position: before, after: null }),
  };
}

/** The company's public key, as a JSON string. */
export function writePublicKey(open: JsonObject): string {
  const key = open['public_key'];
  if (typeof key !== 'string') throw new Error("a tenant's key pair has no public key in the open");
  return key;
}

function hearsAll({ eventTypes }: Endpoint): boolean {
  return eventTypes.includes('*');
}

function listedEvents({ eventTypes }: Endpoint): readonly string[] {
  return expandPrefixes(eventTypes, allEventTypes).filter((type) => type !== '*');
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}

// ---- schemas, for the OpenAPI document

const eventTypeSchema = { $id: 'EventType', type: 'string', enum: allEventTypes };
const notBlank = { minLength: 1, pattern: '\\S' };

const fields = {
  title: { type: 'string', maxLength: titleLengthMax, description: 'Arbitrary title of webhook' },
  all_events: {
    type: 'boolean',
    default: false,
    description: 'Every event type triggers this webhook. Either this or `events` is required.',
  },
  public_key: {
    type: 'string',
    description: 'PEM-encoded RSA public key; made by the server, ignored on input.',
  },
  events: {
    type: 'array',
    items: eventTypeSchema,
    description: 'What triggers this webhook. Either this or `all_events` is required.',
  },
  callback: { type: 'string', maxLength: callbackLengthMax },
};

const writable = {
  ...fields,
  title: { ...fields.title, ...notBlank },
  callback: { ...fields.callback, ...notBlank, format: 'uri' },
};

export const webhookBodySchema = {
  $id: 'NewWebhook',
  type: 'object',
  properties: writable,
  required: ['title', 'callback'],
  // Without an event type, neither listed nor by `all_events`, it is refused.
  not: { properties: { events: { maxItems: 0 }, all_events: { const: false } } },
};
export const webhookPatchSchema = { $id: 'WebhookPatch', type: 'object', properties: writable };

/** Another text than a UUID is the id of no webhook. */
export const idSchemas = { id: { type: 'string', format: 'uuid' } };

export const webhookSchema = {
  $id: 'Webhook',
  type: 'object',
  properties: {
    type: { type: 'string', const: 'webhook' },
    id: { type: 'string', format: 'uuid' },
    created_on: { type: 'integer', description: 'Unix seconds.' },
    updated_on: { type: 'integer', description: 'Unix seconds.' },
    ...fields,
  },
  required: ['type', 'id', 'created_on', 'updated_on', ...Object.keys(fields)],
};

const link = { type: ['string', 'null'], format: 'uri' };

export const webhookPageSchema = {
  $id: 'WebhookPage',
  type: 'object',
  properties: { results: { type: 'array', items: webhookSchema }, next: link, previous: link },
  required: ['results', 'next', 'previous'],
};

export const placeSchema = {
  type: 'object',
  properties: { cursor: { type: 'string', description: 'Opaque: follow `next` and `previous`.' } },
};

export const publicKeySchema = { type: 'string', description: 'PEM-encoded RSA public key of the company.' };

const fieldErrorsSchema = {
  type: 'array',
  items: {
    $id: 'FieldError',
    type: 'object',
    properties: { message: { type: 'string' }, code: { type: 'string' } },
    required: ['message', 'code'],
  },
};

export const errorsSchema = {
  $id: 'FieldErrors',
  type: 'object',
  description: 'By field; `__all__` for the whole request.',
  properties: { [wholeRequest]: fieldErrorsSchema },
  additionalProperties: fieldErrorsSchema,
};

/** The body of a delivery: the object itself, with the event type put in. */
export const deliverySchema = {
  $id: 'Delivery',
  type: 'object',
  properties: {
    id: { type: 'string' },
    type: { type: 'string', description: 'What the object is, such as `purchase`.' },
    event_type: eventTypeSchema,
  },
  required: ['id', 'event_type'],
  additionalProperties: true,
};
