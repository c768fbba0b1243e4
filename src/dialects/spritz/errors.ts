// How refusals look: problem details (RFC 9457) with the members that Spritz documents for each status.
import { Fault, type FieldProblem } from '#core/fault.ts';
import type { Dialect, WireResponse } from '#dialects/dialect.ts';
import type { JsonObject } from '#lib/json.ts';

const problemContentType = 'application/problem+json'; // documented

/** Documented: the error guide lists these, each after `urn:problem-type:`. */
type ProblemType =
  | 'auth:unauthorized'
  | 'auth:invalid-token'
  | 'validation:invalid-fields'
  | 'validation:invalid-request'
  | 'resource:not-found'
  | 'resource:conflict'
  | 'system:internal-error'
  | 'system:service-unavailable';

type FaultWriter = (fault: Fault) => WireResponse;

const realm = 'API'; // documented: the example
const fieldCode = 'INVALID_INPUT'; // documented: the only code that is shown
const retryAfterSecondsDefault = 1;
const resourceIdLengthMax = 128;

// inferred: of the titles only "Unauthorized" is shown; the others are the names of their statuses
const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

const unavailable = temporary(
  503,
  'system:service-unavailable',
  'The request cannot be answered right now; send it again in a moment.',
);

// `instance` (documented as optional, `/errors/<unix ms>`) is left out: it carries no information here.
export const faults: Dialect['faults'] = {
  key_missing: unauthorized('auth:unauthorized'),
  key_unknown: unauthorized('auth:invalid-token', 'The key is not known.'), // inferred
  signature_missing: unauthorized('auth:unauthorized'), // inferred
  signature_invalid: unauthorized('auth:unauthorized'), // inferred
  timestamp_invalid: unauthorized('auth:unauthorized'), // inferred
  json_invalid: refused(400),
  body_too_large: refused(413), // ours
  media_type_unsupported: refused(400), // inferred: 415 is nowhere listed
  field_invalid: invalidFields,
  cursor_invalid: invalidCursor,
  cursor_expired: invalidCursor, // ours: this wire has no feed
  url_refused: invalidFields,
  event_type_unknown: invalidFields,
  payload_refused: invalidFields,
  payload_invalid: invalidFields,
  route_not_found: notFound('route', 'There is no such route.'),
  method_not_allowed: methodNotAllowed,
  tenant_not_found: notFound('integrator', 'The integrator was not found.'),
  credential_not_found: notFound('api-key', 'The API key was not found.'),
  endpoint_not_found: notFound('webhook', 'The webhook was not found.'),
  event_not_found: notFound('event', 'The event was not found.'),
  delivery_not_found: notFound('delivery', 'The delivery was not found.'),
  replay_not_found: notFound('replay', 'The replay was not found.'),
  event_type_not_found: notFound('event type', 'The event type was not found.'),
  tenant_exists: conflict('The integrator exists already.'),
  endpoint_exists: conflict('The webhook exists already.'),
  endpoint_disabled: conflict('The webhook is disabled; enable it first.'),
  redelivery_limit_reached: conflict('The delivery has had too many attempts.'),
  event_id_reused: conflict('The event id stands for another event.'),
  event_type_limit_reached: conflict('There are too many event types.'),
  // ours: neither a limit nor its refusal is documented
  endpoint_limit_reached: conflict(
    'There are as many webhooks as there may be; delete one that is not needed.',
  ),
  dialect_unknown: refused(400),
  // Refusals of the admin API, which has keys and sessions; no client of this wire gets them.
  not_permitted: conflict('This is not permitted.'),
  key_not_found: notFound('key', 'The key was not found.'),
  alert_not_found: notFound('alert', 'The alert was not found.'),
  session_not_found: notFound('session', 'The session was not found.'),
  check_not_found: notFound('check', 'The check was not found.'),
  too_many: conflict('There are too many.'),
  operator_tenant_fixed: conflict('The integrator cannot be changed.'),
  // ours: the client knows 429, and no problem type is documented for it
  rate_limited: temporary(429, null, 'There were too many requests; send it again later.'),
  overloaded: unavailable,
  unavailable,
  internal: () => problem(500, 'system:internal-error', 'The request could not be answered.'),
};

/** The problem's own members in the order of the platform's schema, then those of its status. */
function problem(
  status: number,
  type: ProblemType | null,
  detail: string,
  more: JsonObject = {},
): WireResponse {
  return {
    status,
    contentType: problemContentType,
    body: {
      type: type === null ? 'about:blank' : `urn:problem-type:${type}`, // documented default
      title: titles[status] ?? 'Error',
      status,
      detail,
      ...more,
    },
  };
}

/** `scope` (optional) is left out: every key has all permissions here. */
function unauthorized(type: ProblemType, detail?: string): FaultWriter {
  return ({ message }) => ({
    ...problem(401, type, detail ?? message, { realm }),
    headers: { 'www-authenticate': `Bearer realm="${realm}"` }, // ours: RFC 9110 asks for it
  });
}

function refused(status: 400 | 413): FaultWriter {
  return ({ message }) => problem(status, 'validation:invalid-request', message);
}

function methodNotAllowed({ message }: Fault): WireResponse {
  return problem(405, null, message); // ours: 405 is nowhere listed
}

function conflict(detail: string): FaultWriter {
  return () => problem(409, 'resource:conflict', detail);
}

/** Documented: 404 always names a kind of resource and an id. */
function notFound(resourceType: string, detail: string): FaultWriter {
  return (fault) =>
    problem(404, 'resource:not-found', detail, { resourceType, resourceId: readResourceId(fault) });
}

/** The requested id; empty when the fault does not have it. */
function readResourceId({ resourceId }: Fault): string {
  return (resourceId ?? '').slice(0, resourceIdLengthMax).toWellFormed();
}

/** Documented: `errors` for all fields, and `code` with `field` when exactly one is wrong. */
function invalidFields({ fields, message }: Fault): WireResponse {
  const errors = fields.map(writeFieldProblem);
  const [first] = errors;
  if (first === undefined) return problem(400, 'validation:invalid-fields', message, { errors });
  const others = errors.length - 1;
  const detail = `${first.field}: ${first.message}${others === 0 ? '' : ` (and ${others} more)`}`;
  const single = others === 0 ? { code: first.code, field: first.field } : {};
  return problem(400, 'validation:invalid-fields', detail, { ...single, errors });
}

function writeFieldProblem({ field, message }: FieldProblem): {
  field: string;
  message: string;
  code: string;
} {
  // The server's own name of the same list.
  return { field: field.replace(/^eventTypes(?=$|\[)/, 'events'), message, code: fieldCode };
}

function invalidCursor({ message }: Fault): WireResponse {
  return invalidFields(new Fault('field_invalid', message, { fields: [{ field: 'cursor', message }] }));
}

/** Documented: `retryAfter` mirrors the `Retry-After` header. */
function temporary(status: number, type: ProblemType | null, detail: string): FaultWriter {
  return ({ retryAfterSeconds }) => {
    const retryAfter = retryAfterSeconds ?? retryAfterSecondsDefault;
    return {
      ...problem(status, type, detail, { retryable: true, retryAfter }),
      headers: { 'retry-after': String(retryAfter) },
    };
  };
}
