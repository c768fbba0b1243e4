// Checks of receivers: whether the receiver of an endpoint verifies signatures, takes repetitions, and answers in time. A check
// is a job: it is stored, a worker makes its requests, and its score card stays with the endpoint.
import type { JsonValue } from '#lib/json.ts';
import { formatTime } from '#lib/rfc3339.ts';
import type { EndpointId } from './endpoint.ts';
import type { Mode, TenantId } from './tenant.ts';

/** In the order in which they are made. */
export const checkItemNames = [
  'valid',
  'redirect',
  'repeated',
  'wrong-signature',
  'old-timestamp',
  'unsigned',
  'unknown-type',
  'burst',
  'out-of-order',
  'tls',
] as const;
export type CheckItemName = (typeof checkItemNames)[number];

export type CheckVerdict = 'passed' | 'failed' | 'skipped';

export interface CheckItem {
  readonly name: CheckItemName;
  readonly result: CheckVerdict;
  /** What the receiver did, or why the item was skipped. One or two sentences. */
  readonly seen: string;
  /** What to do about it; also advice where it passed. */
  readonly fix: string | null;
  /** Of the answer, or of the slowest; null where none came. */
  readonly durationMs: number | null;
}

/** `waiting`: no worker has begun it. */
export type CheckState = 'waiting' | 'running' | 'finished';

export interface EndpointCheck {
  readonly id: string;
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly endpoint: EndpointId;
  /** Of the events that it sends. */
  readonly eventType: string;
  readonly payload: JsonValue;
  readonly state: CheckState;
  /** Of a running one, those that are done. */
  readonly items: readonly CheckItem[];
  /** Unix ms. */
  readonly createdAt: number;
  readonly finishedAt: number | null;
}

/** Checks of an endpoint that are kept: the newest. */
export const checksKept = 10;
/** Checks that a tenant may start in a minute. */
export const checksPerMinuteMax = 10;
/** For the requests of a check, which then ends with what it has. */
export const checkMs = 55_000;
/** A worker that has claimed a check finishes it within this time; after it, another one begins it anew. */
export const checkLeaseMs = 90_000;
/** A check that nobody has finished within this time is given up: another one may be started. */
export const checkWaitMsMax = 600_000;

/** As the APIs show it. */
export function checkToJson(check: EndpointCheck) {
  const { id, endpoint, mode, eventType, state, items, createdAt, finishedAt } = check;
  const count = (wanted: CheckVerdict): number => items.filter(({ result }) => result === wanted).length;
  return {
    id,
    endpoint,
    mode,
    eventType,
    state,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    items: items.map((item) => ({ ...item })),
    createdAt: formatTime(createdAt),
    finishedAt: finishedAt === null ? null : formatTime(finishedAt),
  };
}
