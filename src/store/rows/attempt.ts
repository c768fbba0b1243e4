import type { Attempt, Outcome, SendErrorCode } from '#core/attempt.ts';
import type { DeliveryId } from '#core/delivery.ts';
import { parseJson, sql } from '../sql.ts';

export interface AttemptRow {
  readonly seq: number;
  readonly id: string;
  readonly delivery: DeliveryId;
  readonly number: number;
  readonly started_at: number;
  readonly duration_ms: number;
  readonly url: string;
  readonly request_headers: string;
  readonly outcome: Outcome;
  readonly status: number | null;
  readonly error_code: SendErrorCode | 'answer_cut' | null;
  readonly error_message: string | null;
  readonly response_headers: string;
  readonly response_body: Uint8Array;
}

export const attemptColumns = sql`
  seq, id, delivery, number, started_at, duration_ms, url, request_headers, outcome, status,
  error_code, error_message, response_headers, response_body`;

export function readAttempt(row: AttemptRow): Attempt {
  return {
    id: row.id,
    delivery: row.delivery,
    number: row.number,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    url: row.url,
    requestHeaders: parseJson(row.request_headers),
    outcome: row.outcome,
    status: row.status,
    responseHeaders: parseJson(row.response_headers),
    responseBody: row.response_body,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
  };
}
