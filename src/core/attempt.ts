import type { DeliveryId, Trigger } from './delivery.ts';
import type { AttemptErrorCode, SendErrorCode } from './ending.ts';

/** The result of one HTTP request. The dialect's policy decides whether it counts as accepted. */
export type Reply =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      /** At most the first `responseBytesKept` bytes. */
      readonly body: Uint8Array;
      /** True when the answer did not end within the size or the time that it may take, and was cut there. */
      readonly isCut: boolean;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'failed';
      readonly error: SendErrorCode | 'transform_failed';
      /** One sentence for people; holds no secret and no header. */
      readonly message: string;
      /** The status, when the headers of an answer had arrived. */
      readonly status: number | null;
      readonly durationMs: number;
    };

/** What this process or machine was short of: file descriptors, memory, local ports, name servers, an egress proxy, time to run, or transforms. */
export type Shortage = 'descriptors' | 'memory' | 'ports' | 'names' | 'egress' | 'time' | 'transforms';

/** No byte of a request was sent, for a reason of ours: it was no attempt, and says nothing about the receiver. */
export interface Unsent {
  readonly kind: 'unsent';
  readonly shortage: Shortage;
  /** For the operator's log, such as `EMFILE`. */
  readonly code: string;
}

/** How an attempt ended: success status, another status, or no response. */
export type Outcome = 'accepted' | 'refused' | 'unreachable';

/** One HTTP request made for a delivery. Written once, never changed. */
export interface Attempt {
  readonly id: string;
  readonly delivery: DeliveryId;
  /** 1 for the first. */
  readonly number: number;
  readonly trigger: Trigger;
  /** Unix ms. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly outcome: Outcome;
  readonly status: number | null;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: Uint8Array;
  readonly error: { readonly code: AttemptErrorCode; readonly message: string } | null;
}

/** Response bodies: bytes kept in the log, and bytes read at most (chunk framing included). */
export const responseBytesKept = 8 * 1024;
export const responseBytesRead = 64 * 1024;
