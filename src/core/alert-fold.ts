// What a signal makes of the messages that a channel is owed: deduplication, grouping, and recovery that is told once. Pure.
import type { AlertSignal, AlertType } from './alert.ts';

/** Who is to be told. */
export interface Listener {
  readonly types: readonly AlertType[];
  readonly windowMs: number;
}

/** What a channel has been told of one subject, and what it is still owed, by type. */
export interface SubjectState {
  readonly windows: ReadonlyMap<string, Window>;
  readonly waiting: ReadonlySet<string>;
}

export interface Window {
  /** Until then the next message of this type waits. Unix ms. */
  readonly endsAt: number;
  /** It was told, and its end was not. */
  readonly isTold: boolean;
}

export interface Folded {
  /** When the message for the signal is due, unless one waits that only counts it; null for no message. */
  readonly dueAt: number | null;
  /** Messages that are no longer true and are not sent. */
  readonly dropped: readonly AlertType[];
}

/** The first exhausted delivery waits for others, so that the first message has a count, too. */
const groupMs = 60_000;

export const troubles: readonly AlertType[] = ['endpoint.failing', 'endpoint.disabled'];

export function foldSignal(
  { type, at }: Pick<AlertSignal, 'type' | 'at'>,
  listener: Listener,
  state: SubjectState,
): Folded {
  const isTold = (one: AlertType): boolean => state.windows.get(one)?.isTold === true;
  const among = (types: readonly AlertType[]): AlertType[] => types.filter((one) => state.waiting.has(one));
  const waitMs = type === 'delivery.exhausted' ? Math.min(groupMs, listener.windowMs) : 0;
  const dueAt = Math.max(at + waitMs, state.windows.get(type)?.endsAt ?? 0);
  switch (type) {
    case 'endpoint.recovered': {
      // A recovery from what was not told is no news, unless recoveries are all that is asked for.
      const isNews = troubles.some(isTold) || !troubles.some((one) => listener.types.includes(one));
      return { dueAt: isNews ? dueAt : null, dropped: among(troubles) };
    }
    case 'endpoint.failing': {
      const dropped = among(['endpoint.recovered']);
      // As far as people know, it fails: the recovery that waited was never told.
      return { dueAt: dropped.length > 0 && isTold(type) ? null : dueAt, dropped };
    }
    case 'endpoint.disabled':
      return { dueAt, dropped: among(['endpoint.failing', 'endpoint.recovered']) };
    default:
      return { dueAt, dropped: [] };
  }
}
