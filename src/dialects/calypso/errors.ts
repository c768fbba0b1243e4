// How refusals look: `{errorCode, message, traceId}`, the code a text of three digits. The only documented statuses are
// 400 and 500. A public client requires `traceId`, which no document names; without it every error is unknown to it.
import type { Fault } from '#core/fault.ts';
import type { Dialect, WireResponse } from '#dialects/dialect.ts';

type ErrorCode = '000' | '001' | '002' | '003' | '004' | '011';
type WriteFault = (fault: Fault, traceId: string) => WireResponse;

// documented: the codes and what they mean; inferred: which status each has; ours: which of our refusals is which
const internal = always(500, '000', 'Internal server error'); // documented: this very body
const badRequest = always(400, '001', 'Bad request');
const keyInvalid = always(400, '002', 'Invalid API key');
const signInvalid = always(400, '003', 'Wrong sign');
const notFound = always(400, '004', 'Requested object not found');

export const faults: Dialect['faults'] = {
  key_missing: keyInvalid,
  key_unknown: keyInvalid,
  signature_missing: signInvalid,
  signature_invalid: signInvalid,
  timestamp_invalid: explained('011'),
  json_invalid: explained('001'),
  body_too_large: always(400, '001', 'The body is too large'),
  field_invalid: explained('001'),
  cursor_invalid: badRequest,
  cursor_expired: badRequest, // ours: this wire has no feed
  url_refused: explained('001'),
  event_type_unknown: always(400, '001', 'Unknown event type'),
  payload_refused: badRequest,
  payload_invalid: badRequest,
  route_not_found: always(404, '004', 'There is no such path'), // ours: outside what is documented, HTTP's own status
  method_not_allowed: always(405, '001', 'This path does not have this method'), // ours, likewise
  media_type_unsupported: always(400, '001', 'Content-Type must be application/json'), // documented of requests
  tenant_not_found: notFound,
  credential_not_found: notFound,
  endpoint_not_found: notFound,
  event_not_found: notFound,
  delivery_not_found: notFound,
  replay_not_found: notFound,
  event_type_not_found: notFound,
  tenant_exists: badRequest,
  endpoint_exists: always(400, '001', 'requestId: another webhook has been created with it'),
  endpoint_disabled: badRequest,
  redelivery_limit_reached: badRequest,
  event_id_reused: badRequest,
  event_type_limit_reached: badRequest,
  endpoint_limit_reached: always(
    400,
    '001',
    'There are too many webhooks; delete one that is no longer used',
  ),
  dialect_unknown: badRequest,
  // Refusals of the admin API, which has keys and sessions; no client of this wire gets them.
  not_permitted: badRequest,
  key_not_found: notFound,
  alert_not_found: notFound,
  session_not_found: notFound,
  check_not_found: notFound,
  too_many: badRequest,
  operator_tenant_fixed: badRequest,
  rate_limited: always(429, '001', 'There were too many requests in the last minute; try again later'), // ours
  overloaded: internal,
  unavailable: internal,
  internal,
};

/** Always the same message: the server's own is not in the platform's terms. */
function always(status: number, errorCode: ErrorCode, message: string): WriteFault {
  return (_fault, traceId) => ({ status, body: { errorCode, message, traceId } });
}

/** Names the field and what it must be. */
function explained(errorCode: ErrorCode): WriteFault {
  return ({ message }, traceId) => ({ status: 400, body: { errorCode, message, traceId } });
}
