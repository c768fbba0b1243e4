import type { BatchEvent } from '../../../src/contract/events.ts';
import type { Problem } from '../../../src/contract/problem.ts';

/** What is known of a failure. */
export interface Failure {
  readonly code: string;
  readonly status?: number;
  readonly problem?: Problem | null;
  readonly headers?: Headers | null;
  readonly cause?: unknown;
}

/**
 * A call that failed. The message is one sentence for people. It has neither the key nor a payload.
 */
export class CarillonError extends Error {
  /**
   * Stable: programs compare it. That of the problem, or of this library: `unreachable` and `timeout` (no answer),
   * `answer_invalid` (not an answer of Carillon), `id_invalid` (a path cannot hold it), `queue_full`, `event_invalid`.
   */
  readonly code: string;
  /** The HTTP status; 0 without an answer. */
  readonly status: number;
  /** The problem details of the answer (RFC 9457), with every wrong field in `errors`; null without them. */
  readonly problem: Problem | null;
  /** The headers of the answer; null without one. */
  readonly headers: Headers | null;
  /** `Retry-After` in ms; null without that header. */
  readonly retryAfterMs: number | null;
  /** From `publish` with an array: what had been published before. */
  published: readonly BatchEvent[] = [];

  constructor(message: string, { code, status = 0, problem = null, headers = null, cause }: Failure) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CarillonError';
    this.code = code;
    this.status = status;
    this.problem = problem;
    this.headers = headers;
    this.retryAfterMs = headers === null ? null : readRetryAfter(headers);
  }
}

/** `Retry-After` in ms. Of its two forms, the one that Carillon writes: seconds. */
export function readRetryAfter(headers: Headers): number | null {
  const text = headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) * 1000 : null;
}
