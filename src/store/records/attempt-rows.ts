import type { Attempt } from '#core/attempt.ts';
import type { DeliveryId } from '#core/delivery.ts';
import { columnList } from '../sql.ts';
import { defineFormat, json, plain, type StoredRow } from './fields.ts';

export type AttemptRow = StoredRow & { readonly seq: number; readonly delivery: DeliveryId };

const format = defineFormat<Omit<Attempt, 'error' | 'trigger'>>({
  id: plain(),
  delivery: plain(),
  number: plain(),
  startedAt: plain(),
  durationMs: plain(),
  url: plain(),
  requestHeaders: json(),
  outcome: plain(),
  status: plain(),
  responseHeaders: json(),
  responseBody: plain(),
});

type Failure = NonNullable<Attempt['error']>;

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
