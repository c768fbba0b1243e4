import type { Attempt } from '#core/attempt.ts';
import type { DeliveryId } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { AttemptErrorCode } from '#core/ending.ts';
import { columnList } from '../sql.ts';
import { defineFormat, plain, type StoredRow } from './fields.ts';
import { packHeaders, unpackHeaders } from './headers.ts';

export type AttemptRow = StoredRow & { readonly seq: number; readonly delivery: DeliveryId };

const headers = { read: (column: unknown) => unpackHeaders(column as string), write: packHeaders };

const format = defineFormat<Omit<Attempt, 'error' | 'trigger'>>({
  id: plain(),
  delivery: plain(),
  number: plain(),
  startedAt: plain(),
  durationMs: plain(),
  url: plain(),
  requestHeaders: headers,
  outcome: plain(),
  status: plain(),
  responseHeaders: headers,
  responseBody: plain(),
});

type Failure = NonNullable<Attempt['error']>;

/** Of the table `a`: what an attempt is found by and listed with, without headers and bodies. */
export const headColumns = columnList(
  // prettier-ignore
  [
    'seq', 'id', 'delivery', 'endpoint', 'number', 'started_at', 'duration_ms', 'url', 'outcome', 'status',
    'error_code', 'error_message', 'trigger',
  ],
  'a',
);

export interface HeadRow {
  readonly seq: number;
  readonly id: string;
  readonly delivery: DeliveryId;
  readonly endpoint: EndpointId;
  readonly number: number;
  readonly started_at: number;
  readonly duration_ms: number;
  readonly url: string;
  readonly outcome: Attempt['outcome'];
  readonly status: number | null;
  readonly error_code: AttemptErrorCode | null;
  readonly error_message: string | null;
  readonly trigger: Attempt['trigger'] | null;
}

export function readHead(row: HeadRow): AttemptHead {
  const { id, delivery, number, url, outcome, status, error_code: code, error_message: message } = row;
  return {
    id,
    delivery,
    number,
    trigger: row.trigger ?? 'schedule',
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    url,
    outcome,
    status,
    error: code === null ? null : { code, message: message ?? '' },
  };
}

type AttemptHead = Omit<Attempt, 'requestHeaders' | 'responseHeaders' | 'responseBody'>;

/** Of the table `a`. */
export const attemptColumns = columnList(
  ['seq', ...format.columns, 'error_code', 'error_message', 'trigger'],
  'a',
);

export function readAttempt(row: AttemptRow): Attempt {
  const { error_code: code, error_message: message } = row;
  const error = code === null ? null : { code: code as Failure['code'], message: (message ?? '') as string };
  const trigger = (row['trigger'] ?? 'schedule') as Attempt['trigger'];
  return { ...format.read(row), trigger, error };
}

/** The column `trigger`: null for most attempts. */
export function writeTrigger({ trigger }: Attempt): string | null {
  return trigger === 'schedule' ? null : trigger;
}
