/** Why a request is refused. Stable: programs compare it. */
export type Reason =
  | 'header_missing'
  | 'header_invalid'
  | 'signature_mismatch'
  | 'timestamp_too_old'
  | 'timestamp_too_new'
  | 'body_too_large'
  | 'body_parsed';

/** A request that is not shown to be a delivery. The message says what is wrong and what to do; it has no secret. */
export class VerificationError extends Error {
  readonly reason: Reason;
  /** What to answer: 400; 413 for a body that is too large; 500 for `body_parsed`, a mistake of this program. */
  readonly status: 400 | 413 | 500;

  constructor(reason: Reason, message: string) {
    super(message);
    this.name = 'VerificationError';
    this.reason = reason;
    this.status = reason === 'body_too_large' ? 413 : reason === 'body_parsed' ? 500 : 400;
  }
}

/** The answer to a request that is refused. A Carillon server keeps it with the attempt, so that people find the reason. */
export function writeRefusal({ reason, message }: VerificationError): string {
  return JSON.stringify({ reason, message });
}
