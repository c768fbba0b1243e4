// How refusals look: `{"error": {"code": "UPPER_SNAKE", "message": "…"}}`. Statuses are those that the
// platform documents for these routes; a `code` in upper case is documented, the members' names are ours.
import type { Fault, FieldProblem } from '#core/fault.ts';
import type { Dialect, WireResponse } from '#dialects/dialect.ts';

type WriteFault = (fault: Fault) => WireResponse;

const invalidKey = refusal(401, 'API_KEY_INVALID', 'The API key is not valid.');
const invalidInput = explained(400, 'INVALID_INPUT');
const notFound = refusal(404, 'NOT_FOUND', 'There is nothing at this path.');
const conflict = refusal(409, 'CONFLICT', 'The request is in conflict with what there is.');
/** documented for the platform in general, not for these routes: 503, to be sent again later */
const unavailable = refusal(503, 'SERVICE_UNAVAILABLE', 'The request cannot be answered now; send it again.');

export const faults: Dialect['faults'] = {
  key_missing: explained(401, 'API_KEY_MISSING'),
  key_unknown: invalidKey,
  signature_missing: invalidKey, // no request on this wire is signed
  signature_invalid: invalidKey,
  timestamp_invalid: invalidKey,
  json_invalid: explained(400, 'INVALID_JSON'),
  body_too_large: refusal(400, 'BODY_TOO_LARGE', 'The body is longer than this route accepts.'), // ours: not 413
  field_invalid: invalidInput, // documented: 400 on these routes, not 422
  cursor_invalid: invalidInput,
  cursor_expired: invalidInput, // ours: this wire has no feed
  url_refused: explained(400, 'INVALID_URL'),
  event_type_unknown: explained(400, 'INVALID_EVENT_TYPE'),
  payload_refused: invalidInput,
  payload_invalid: invalidInput,
  route_not_found: notFound,
  method_not_allowed: refusal(405, 'METHOD_NOT_ALLOWED', 'This path does not have this method.'), // ours
  media_type_unsupported: refusal(400, 'INVALID_JSON', 'The body must be JSON.'), // ours: not 415
  tenant_not_found: invalidKey, // a key outlives its platform by a moment at most
  credential_not_found: notFound,
  endpoint_not_found: refusal(404, 'WEBHOOK_NOT_FOUND', 'There is no webhook with this id.'),
  event_not_found: notFound,
  delivery_not_found: notFound,
  replay_not_found: notFound,
  event_type_not_found: notFound,
  tenant_exists: conflict,
  // inferred: 409 is documented on the two routes that can set a URL
  endpoint_exists: refusal(409, 'WEBHOOK_ALREADY_EXISTS', 'There is a webhook with this URL already.'),
  endpoint_disabled: conflict,
  redelivery_limit_reached: conflict,
  event_id_reused: conflict,
  event_type_limit_reached: conflict,
  endpoint_limit_reached: refusal(
    409, // ours
    'WEBHOOK_LIMIT_REACHED',
    'There are as many webhooks as there may be; delete one that is no longer used.',
  ),
  dialect_unknown: invalidInput,
  // Refusals of the admin API, which has keys and sessions; no client of this wire gets them.
  not_permitted: conflict,
  key_not_found: notFound,
  alert_not_found: notFound,
  session_not_found: notFound,
  check_not_found: notFound,
  too_many: conflict,
  operator_tenant_fixed: conflict,
  // documented for the platform in general: 429, to be sent again after a while
  rate_limited: refusal(429, 'RATE_LIMITED', 'There were too many requests; try again later.'),
  overloaded: unavailable,
  unavailable,
  internal: refusal(500, 'INTERNAL_ERROR', 'The request could not be answered; try again after a moment.'),
};

/** A refusal with a fixed message. */
function refusal(status: number, code: string, message: string): WriteFault {
  return (fault) => ({ status, body: { error: { code, message } }, ...headersOf(status, fault) });
}

/** A refusal that says what is wrong with this request, field by field. */
function explained(status: number, code: string): WriteFault {
  return (fault) => refusal(status, code, explain(fault))(fault);
}

function explain({ fields, message }: Fault): string {
  return fields.length === 0 ? message : fields.map(nameProblem).join('; ');
}

/** Problems that a command found have the server's own field names. */
function nameProblem({ field, message }: FieldProblem): string {
  return `${field.replace(/^eventTypes/, 'events')}: ${message}`;
}

/** Headers that HTTP requires with these statuses; the platform documents none. */
function headersOf(status: number, fault: Fault): Pick<WireResponse, 'headers'> {
  if (status === 401) return { headers: { 'www-authenticate': 'Bearer' } };
  if (status === 429 || status === 503)
    return { headers: { 'retry-after': String(fault.retryAfterSeconds ?? 1) } };
  return {};
}
