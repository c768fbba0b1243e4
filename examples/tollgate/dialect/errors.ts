// How refusals look: `{"refused": {"reason": "…", "text": "…"}}`. Seven reasons are documented; others are marked.
import type { Fault } from '#core/fault.ts';
import type { Dialect, WireResponse } from '#dialects/dialect.ts';

type WriteFault = (fault: Fault) => WireResponse;

const badRequest = refusal(400, 'bad_request'); // documented: the body is not JSON
const invalid = refusal(422, 'invalid'); // documented: JSON, but with a wrong value
const wrongKey = refusal(401, 'wrong_key', 'The API key is not valid.');
const notFound = refusal(404, 'not_found', 'There is nothing at this path.'); // ours
const conflict = refusal(409, 'conflict', 'The request conflicts with existing data.'); // ours
const closed = refusal(503, 'closed', 'The service is not available; send the request again in a moment.');

export const faults: Dialect['faults'] = {
  key_missing: refusal(401, 'no_key'),
  key_unknown: wrongKey,
  signature_missing: wrongKey, // requests of this dialect are not signed
  signature_invalid: wrongKey,
  timestamp_invalid: wrongKey,
  json_invalid: badRequest,
  body_too_large: badRequest, // inferred
  field_invalid: invalid,
  cursor_invalid: invalid,
  cursor_expired: invalid, // ours: this wire has no feed
  url_refused: invalid,
  event_type_unknown: invalid,
  payload_refused: invalid,
  payload_invalid: invalid,
  route_not_found: notFound,
  method_not_allowed: refusal(405, 'not_found', 'This path does not have this method.'), // ours
  media_type_unsupported: badRequest,
  tenant_not_found: wrongKey, // the tenant was removed during the request
  credential_not_found: notFound,
  endpoint_not_found: refusal(404, 'hook_unknown', 'There is no hook with this name.'),
  event_not_found: notFound,
  delivery_not_found: notFound,
  replay_not_found: notFound,
  event_type_not_found: notFound,
  tenant_exists: conflict,
  endpoint_exists: conflict,
  endpoint_disabled: conflict,
  redelivery_limit_reached: conflict,
  event_id_reused: conflict,
  event_type_limit_reached: conflict,
  endpoint_limit_reached: refusal(409, 'too_many_hooks', 'Remove a hook that is no longer used.'),
  dialect_unknown: invalid,
  not_permitted: conflict,
  key_not_found: conflict,
  alert_not_found: conflict,
  session_not_found: conflict,
  check_not_found: conflict,
  too_many: conflict,
  operator_tenant_fixed: conflict,
  rate_limited: refusal(429, 'too_fast', 'There were too many requests; try again later.'), // ours
  overloaded: closed,
  unavailable: closed,
  internal: refusal(500, 'broken', 'The server failed; the failure has been recorded.'), // ours
};

/** A refusal with this text, or with what the fault says, field by field. */
function refusal(status: number, reason: string, text?: string): WriteFault {
  return (fault) => ({
    status,
    body: { refused: { reason, text: text ?? explain(fault) } },
    ...(status === 401 ? { headers: { 'www-authenticate': 'Tollgate-Key' } } : {}), // ours: HTTP requires it
  });
}

function explain({ fields, message }: Fault): string {
  return fields.length === 0 ? message : fields.map((wrong) => `${wrong.field}: ${wrong.message}`).join('; ');
}
