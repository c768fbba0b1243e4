// Faults as problem details (RFC 9457): our own form, spoken by the admin API and by the default dialect.
import type { JsonObject } from '#lib/json.ts';
import type { Fault, FaultCode } from './fault.ts';

export const problemContentType = 'application/problem+json';

export interface Problem {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
}

/** The status and the title of each code. The title never changes from one occurrence to the next. */
export const problems: Readonly<Record<FaultCode, { readonly status: number; readonly title: string }>> = {
  key_missing: { status: 401, title: 'No key was given' },
  key_unknown: { status: 401, title: 'The key is not known' },
  not_permitted: { status: 403, title: 'The key may not do this' },
  signature_missing: { status: 401, title: 'The request is not signed' },
  signature_invalid: { status: 401, title: 'The signature is wrong' },
  timestamp_invalid: { status: 401, title: 'The time of the request is wrong' },
  json_invalid: { status: 400, title: 'The body is not a JSON object' },
  body_too_large: { status: 413, title: 'The body is too large' },
  field_invalid: { status: 400, title: 'A field is wrong' },
  cursor_invalid: { status: 400, title: 'The cursor is not one of ours' },
  cursor_expired: { status: 410, title: 'The cursor is older than what is kept' },
  url_refused: { status: 400, title: 'The URL is refused' },
  event_type_unknown: { status: 400, title: 'The event type is not known' },
  payload_refused: { status: 400, title: 'The payload is refused' },
  payload_invalid: { status: 422, title: 'The payload does not match the schema of its event type' },
  route_not_found: { status: 404, title: 'There is no such route' },
  method_not_allowed: { status: 405, title: 'The route does not have this method' },
  media_type_unsupported: { status: 415, title: 'The content type is not supported' },
  tenant_not_found: { status: 404, title: 'There is no such tenant' },
  credential_not_found: { status: 404, title: 'There is no such credential' },
  endpoint_not_found: { status: 404, title: 'There is no such endpoint' },
  event_not_found: { status: 404, title: 'There is no such event' },
  delivery_not_found: { status: 404, title: 'There is no such delivery' },
  replay_not_found: { status: 404, title: 'There is no such replay' },
  key_not_found: { status: 404, title: 'There is no such key' },
  alert_not_found: { status: 404, title: 'There is no such alert' },
  session_not_found: { status: 404, title: 'There is no such session' },
  check_not_found: { status: 404, title: 'There is no such check' },
  event_type_not_found: { status: 404, title: 'There is no such event type' },
  tenant_exists: { status: 409, title: 'The tenant exists already' },
  endpoint_exists: { status: 409, title: 'The endpoint exists already' },
  event_id_reused: { status: 409, title: 'The event id stands for another event' },
  endpoint_disabled: { status: 409, title: 'The endpoint is disabled' },
  redelivery_limit_reached: { status: 409, title: 'The delivery has had too many attempts' },
  endpoint_limit_reached: { status: 409, title: 'There are too many endpoints' },
  too_many: { status: 409, title: 'There are too many of them' },
  event_type_limit_reached: { status: 409, title: 'There are too many event types' },
  dialect_unknown: { status: 400, title: 'The dialect is not known' },
  operator_tenant_fixed: { status: 409, title: 'The operator tenant cannot be changed' },
  rate_limited: { status: 429, title: 'There were too many requests' },
  overloaded: { status: 503, title: 'The server has too much to do' },
  unavailable: { status: 503, title: 'The server cannot answer now' },
  internal: { status: 500, title: 'The server failed' },
};

/** `Retry-After` in seconds for a temporary fault that does not set it. */
const retryAfterSecondsDefault = 1;

export function toProblem(fault: Fault): Problem {
  const { status, title } = problems[fault.code];
  // Internal causes go to the log only.
  const detail =
    fault.code === 'internal' ? 'The request could not be answered; the cause is in the log.' : fault.message;
  const errors = fault.fields.map(({ field, message }) => ({ field, message }));
  return {
    status,
    body: {
      type: `urn:carillon:problem:${fault.code}`,
      title,
      status,
      detail,
      code: fault.code,
      ...(errors.length === 0 ? {} : { errors }),
    },
    headers: headersOf(status, fault),
  };
}

function headersOf(status: number, fault: Fault): Readonly<Record<string, string>> {
  if (status === 401) return { 'www-authenticate': 'Bearer' };
  if (status !== 429 && status !== 503) return {};
  return { 'retry-after': String(fault.retryAfterSeconds ?? retryAfterSecondsDefault) };
}
