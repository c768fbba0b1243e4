// Error codes: everything that a caller can do wrong, as one closed list. A dialect maps each to its wire form; a new code
// does not compile until every dialect has.

export const faultCodes = [
  'key_missing',
  'key_unknown',
  'not_permitted',
  'signature_missing',
  'signature_invalid',
  'timestamp_invalid',
  'json_invalid',
  'body_too_large',
  'field_invalid',
  'cursor_invalid',
  'cursor_expired',
  'url_refused',
  'event_type_unknown',
  'payload_refused',
  'payload_invalid',
  'route_not_found',
  'method_not_allowed',
  'media_type_unsupported',
  'tenant_not_found',
  'credential_not_found',
  'endpoint_not_found',
  'event_not_found',
  'delivery_not_found',
  'replay_not_found',
  'key_not_found',
  'alert_not_found',
  'session_not_found',
  'check_not_found',
  'event_type_not_found',
  'tenant_exists',
  'endpoint_exists',
  'event_id_reused',
  'endpoint_limit_reached',
  'too_many',
  'event_type_limit_reached',
  'redelivery_limit_reached',
  'endpoint_disabled',
  'dialect_unknown',
  'operator_tenant_fixed',
  'rate_limited',
  'overloaded',
  'unavailable',
  'internal',
] as const;

export type FaultCode = (typeof faultCodes)[number];

/** One field of a request and what would be right there. `field` is a path like `endpoints[0].url`. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
  /** Which rule is broken, for dialects that give each its own code. */
  readonly rule?: FieldRule;
}

/** The rules that a field can break. `form`: the right type, but not a text of this kind. */
export type FieldRule =
  | 'required'
  | 'unknown'
  | 'null'
  | 'type'
  | 'blank'
  | 'too_long'
  | 'too_few'
  | 'too_many'
  | 'too_small'
  | 'too_large'
  | 'choice'
  | 'form';

/** A refusal that the caller can act on. Carries no HTTP status and no secret. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly fields: readonly FieldProblem[];
  /** Seconds after which the same request may work; only with `rate_limited`, `overloaded` and `unavailable`. */
  readonly retryAfterSeconds: number | null;
  /** The id that was not found, as the caller sent it; only with `…_not_found`. */
  readonly resourceId: string | null;

  constructor(
    code: FaultCode,
    message: string,
    more: {
      fields?: readonly FieldProblem[];
      retryAfterSeconds?: number;
      resourceId?: string;
      cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'Fault';
    this.code = code;
    this.fields = more.fields ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
    this.resourceId = more.resourceId ?? null;
  }
}

/** The fault for one wrong field. */
export function fieldFault(field: string, message: string, rule?: FieldRule): Fault {
  const problem = rule === undefined ? { field, message } : { field, message, rule };
  return new Fault('field_invalid', `${field}: ${message}`, { fields: [problem] });
}

/** Closes a `switch`: reached only through a bug. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
