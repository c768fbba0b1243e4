// How attempts end: the errors of requests, and what of the last attempt is shown with a delivery.

/** Why a request ended without a complete response. */
export type SendErrorCode =
  | 'address_refused' // the URL or the address it resolves to is neither public nor allowed
  | 'name_not_found' // DNS
  | 'connection_refused'
  | 'connection_lost' // reset, closed or broken before the answer was whole
  | 'tls_failed'
  | 'egress_failed' // the egress proxy did not connect to the receiver
  | 'timeout' // the deadline for the whole exchange passed
  | 'answer_invalid' // not HTTP, or headers beyond the limit
  | 'request_failed'; // anything else

/** Why an attempt was not answered completely, as it is recorded. */
export type AttemptErrorCode = SendErrorCode | 'answer_cut' | 'transform_failed'; // the function of the endpoint failed; no request was made

/** How the last attempt of a delivery ended. */
export interface LastAttempt {
  /** The HTTP status; null without one. */
  readonly status: number | null;
  readonly error: AttemptErrorCode | null;
  /** Unix ms. */
  readonly startedAt: number;
  readonly durationMs: number;
}

/** What an attempt must have ended with. */
export interface AttemptEnding {
  /** Statuses, both ends included. */
  readonly status?: { readonly from: number; readonly to: number };
  readonly error?: AttemptErrorCode;
}
