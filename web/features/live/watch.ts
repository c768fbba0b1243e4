// What the reader watches: the newest attempts, what came while they are paused, and what is not shown. Bounded, whatever comes.
import type { FoundAttempt } from '#contract/deliveries.ts';

/** Attempts that are kept; of what comes during a pause, as many more. */
export const rowsMax = 1000;

export interface Watch {
  readonly connection: Connection;
  /** Newest first, as the server recorded them. */
  readonly rows: readonly FoundAttempt[];
  readonly isPaused: boolean;
  /** What came during the pause, newest first. */
  readonly held: readonly FoundAttempt[];
  /** All that came during the pause, also what is not kept. */
  readonly heldCount: number;
  /** The last time that not all attempts were shown. */
  readonly gap: Gap | null;
}

export type Connection =
  | { readonly state: 'opening' }
  | { readonly state: 'open' }
  /** It is opened again. */
  | { readonly state: 'lost'; readonly reason: string; readonly since: string }
  /** It is not opened again. */
  | { readonly state: 'refused'; readonly error: unknown };

/** `missed`: more was recorded than a stream carries. `apart`: there was no connection. */
export interface Gap {
  readonly kind: 'missed' | 'apart';
  readonly since: string;
  readonly until: string;
}

export type Change =
  | { readonly kind: 'opened'; readonly at: string }
  | { readonly kind: 'lost'; readonly at: string; readonly reason: string }
  | { readonly kind: 'refused'; readonly error: unknown }
  /** Oldest first. */
  | { readonly kind: 'came'; readonly attempts: readonly FoundAttempt[] }
  | { readonly kind: 'missed'; readonly at: string }
  | { readonly kind: 'paused' }
  | { readonly kind: 'continued' }
  | { readonly kind: 'gapRead' };

export const nothing: Watch = {
  connection: { state: 'opening' },
  rows: [],
  isPaused: false,
  held: [],
  heldCount: 0,
  gap: null,
};

export function changeWatch(watch: Watch, change: Change): Watch {
  const { connection } = watch;
  switch (change.kind) {
    case 'opened': {
      const gap: Gap | null =
        connection.state === 'lost'
          ? { kind: 'apart', since: connection.since, until: change.at }
          : watch.gap;
      return { ...watch, connection: { state: 'open' }, gap };
    }
    case 'lost': {
      const since = connection.state === 'lost' ? connection.since : change.at;
      return { ...watch, connection: { state: 'lost', reason: change.reason, since } };
    }
    case 'refused':
      return { ...watch, connection: { state: 'refused', error: change.error } };
    case 'came':
      return take(watch, change.attempts);
    case 'missed':
      return { ...watch, gap: { kind: 'missed', since: change.at, until: change.at } };
    case 'paused':
      return watch.isPaused ? watch : { ...watch, isPaused: true };
    case 'continued':
      return { ...watch, isPaused: false, rows: onTop(watch.rows, watch.held), held: [], heldCount: 0 };
    default:
      return { ...watch, gap: null };
  }
}

function take(watch: Watch, attempts: readonly FoundAttempt[]): Watch {
  const newest = attempts.toReversed();
  return watch.isPaused
    ? { ...watch, held: onTop(watch.held, newest), heldCount: watch.heldCount + attempts.length }
    : { ...watch, rows: onTop(watch.rows, newest) };
}

function onTop(rows: readonly FoundAttempt[], newest: readonly FoundAttempt[]): readonly FoundAttempt[] {
  return [...newest, ...rows].slice(0, rowsMax);
}
