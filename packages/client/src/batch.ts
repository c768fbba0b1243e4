// Batching: groups events into requests by count and size, in their order.
import type { PublishEvent } from '../../../src/contract/events.ts';
import { CarillonError } from './error.ts';

/** An event to publish. Without an `id`, it gets one before it is sent, so that a repetition publishes nothing twice. */
export interface NewEvent extends Omit<PublishEvent, 'payload'> {
  /** What `JSON.stringify` prints. */
  readonly payload: object | string | number | boolean | null;
}

/** Payloads by event type, as `carillon types` prints them. Without it, any type may have any payload. */
export type AnyTypes = Readonly<Record<string, NewEvent['payload']>>;

/** An event of one of these types, with its payload. */
export type NewEventOf<Types> = {
  [Name in keyof Types & string]: Omit<NewEvent, 'type' | 'payload'> & {
    readonly type: Name;
    readonly payload: Types[Name];
  };
}[keyof Types & string];

/** An event as it is sent. */
export interface WrittenEvent {
  readonly json: string;
  /** Of its UTF-8. */
  readonly bytes: number;
}

/** Half of the bytes that a server accepts, since only the events are counted. */
const batchMax = { events: 1000, bytes: 4 * 1024 * 1024 };

const encoder = new TextEncoder();

export function writeEvent(event: NewEvent): WrittenEvent {
  let json: string;
  try {
    json = JSON.stringify({ ...event, id: event.id ?? createId() });
  } catch (cause) {
    throw new CarillonError('an event cannot be written as JSON', { code: 'event_invalid', cause });
  }
  return { json, bytes: encoder.encode(json).length };
}

/** How many of the first events go into one request: at least one. */
export function countOfBatch(events: readonly WrittenEvent[]): number {
  let bytes = 0;
  const end = events.findIndex((event, index) => {
    bytes += event.bytes + 1;
    return index > 0 && (index >= batchMax.events || bytes > batchMax.bytes);
  });
  return end === -1 ? events.length : end;
}

/** 32 hexadecimal digits: the time in ms, then randomness. The index of the server stays local when ids grow. */
function createId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return time + crypto.randomUUID().replaceAll('-', '').slice(12);
}
