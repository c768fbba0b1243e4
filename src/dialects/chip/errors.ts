// How refusals look: `{"<field>":[{"message","code"}]}`, with `__all__` for errors that are not about one field.
// Documented with an object in place of the list; the live API always answers a list, and so does this server.
import { type Fault, type FieldProblem, type FieldRule, unreachable } from '#core/fault.ts';
import type { Dialect, WireResponse } from '#dialects/dialect.ts';
import type { JsonObject } from '#lib/json.ts';

/** The key for errors of the whole request. */
export const wholeRequest = '__all__'; // documented

type Writer = (fault: Fault) => WireResponse;

const keyRefused = refusal(401, 'authentication_failed', 'Incorrect secret_key', {
  'www-authenticate': 'Bearer', // ours: RFC 9110 asks for it
});
const rateLimited = temporary(429, 'rate_limited', 'Too many requests.'); // documented: 429 with Retry-After
const notFound = refusal(404, 'not_found', 'Not found.'); // inferred: the framework's wording

export const faults: Dialect['faults'] = {
  key_missing: keyRefused,
  key_unknown: keyRefused,
  signature_missing: keyRefused, // ours: requests are not signed here
  signature_invalid: keyRefused, // ours
  timestamp_invalid: keyRefused, // ours
  json_invalid: (fault) => general(400, 'parse_error', `JSON parse error - ${fault.message}`), // inferred
  body_too_large: refusal(413, 'request_too_large', 'The request is too large.'), // ours
  field_invalid: (fault) => fieldErrors(fault, 'form'), // documented
  cursor_invalid: refusal(404, 'not_found', 'Invalid cursor'), // inferred: as the framework pages
  cursor_expired: refusal(404, 'not_found', 'Invalid cursor'), // ours: this wire has no feed
  url_refused: (fault) => fieldErrors(fault, 'form', 'Enter a valid URL. '), // inferred
  event_type_unknown: (fault) => fieldErrors(fault, 'choice'), // inferred
  payload_refused: refusal(400, 'invalid', 'The event is not valid.'), // ours: events are not published here
  payload_invalid: refusal(400, 'invalid', 'The event is not valid.'),
  route_not_found: notFound,
  method_not_allowed: refusal(405, 'method_not_allowed', 'Method not allowed.'),
  media_type_unsupported: refusal(415, 'unsupported_media_type', 'Unsupported media type in request.'), // inferred
  tenant_not_found: notFound,
  credential_not_found: notFound,
  endpoint_not_found: notFound,
  event_not_found: notFound,
  delivery_not_found: notFound,
  replay_not_found: notFound,
  event_type_not_found: notFound,
  tenant_exists: conflict('It exists already.'), // ours
  endpoint_exists: conflict('A webhook like this exists already.'), // ours
  endpoint_disabled: conflict('The webhook is disabled.'), // ours
  redelivery_limit_reached: refusal(400, 'invalid', 'The delivery has had too many attempts.'), // ours
  event_id_reused: conflict('The id names another event already.'), // ours
  event_type_limit_reached: conflict('There are too many event types.'),
  endpoint_limit_reached: refusal(400, 'invalid', 'The maximum number of webhooks has been reached.'), // ours
  dialect_unknown: refusal(400, 'invalid', 'The request is not valid.'), // ours
  // Refusals of the admin API, which has keys and sessions; no client of this wire gets them.
  not_permitted: refusal(403, 'forbidden', 'This is not permitted.'),
  key_not_found: notFound,
  alert_not_found: notFound,
  session_not_found: notFound,
  check_not_found: notFound,
  too_many: conflict('There are too many.'),
  operator_tenant_fixed: refusal(403, 'forbidden', 'This cannot be changed.'), // ours
  rate_limited: rateLimited,
  overloaded: rateLimited,
  unavailable: temporary(503, 'service_unavailable', 'The service is unavailable for a moment.'), // ours
  internal: refusal(500, 'internal_error', 'Internal server error.'), // documented
};

function general(
  status: number,
  code: string,
  message: string,
  headers?: WireResponse['headers'],
): WireResponse {
  const body = { [wholeRequest]: [{ message, code }] };
  return headers === undefined ? { status, body } : { status, body, headers };
}

function refusal(status: number, code: string, message: string, headers?: WireResponse['headers']): Writer {
  return () => general(status, code, message, headers);
}

function conflict(message: string): Writer {
  return refusal(409, 'conflict', message);
}

const retryAfterSecondsDefault = 1;

/** A temporary refusal: the official SDK waits for `Retry-After` and tries again. */
function temporary(status: number, code: string, message: string): Writer {
  return ({ retryAfterSeconds }) =>
    general(status, code, message, { 'retry-after': String(retryAfterSeconds ?? retryAfterSecondsDefault) });
}

/** Every wrong field with all its problems. `usual` is the rule of a problem that has none. */
function fieldErrors(fault: Fault, usual: FieldRule, before = ''): WireResponse {
  if (fault.fields.length === 0) return general(400, codeOf(usual), `${before}${fault.message}`);
  const byField = new Map<string, JsonObject[]>();
  for (const problem of fault.fields) {
    const name = wireName(problem);
    const error = { message: `${before}${problem.message}`, code: codeOf(problem.rule ?? usual) };
    byField.set(name, [...(byField.get(name) ?? []), error]);
  }
  return { status: 400, body: Object.fromEntries(byField) };
}

const wireNames: Readonly<Record<string, string>> = { url: 'callback', eventTypes: 'events' };

/** The server names fields by core words, with the index in a list; the wire has the field only. */
function wireName({ field }: FieldProblem): string {
  const name = field.replace(/[[.].*$/s, '');
  return wireNames[name] ?? (name === '' ? wholeRequest : name);
}

/** Inferred: the framework's codes; most of them are seen on the live API for other objects. */
function codeOf(rule: FieldRule): string {
  switch (rule) {
    case 'required':
    case 'null':
    case 'blank':
      return rule;
    case 'choice':
      return 'invalid_choice';
    case 'too_long':
    case 'too_many':
      return 'max_length';
    case 'too_few':
      return 'min_length';
    case 'too_small':
      return 'min_value';
    case 'too_large':
      return 'max_value';
    case 'type':
    case 'form':
    case 'unknown':
      return 'invalid';
    default:
      return unreachable(rule);
  }
}
