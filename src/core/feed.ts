// The feed: everything that was published, in one order, read from any position.
import type { Event } from './event.ts';
import type { TenantId } from './tenant.ts';

/** An event with its position: the next one that is read has a higher one. */
export interface FeedItem {
  readonly event: Event;
  /** Opaque: where the feed goes on behind this event. */
  readonly cursor: string;
  /** The cursor of the event before, or the one that was asked for; null at the beginning of what is kept. */
  readonly previous: string | null;
}

export interface FeedPage {
  /** Whose feed it is; null for that of all tenants. */
  readonly tenant: TenantId | null;
  readonly items: readonly FeedItem[];
  /** Where the feed goes on, also behind an empty page: nothing below it is still to come. */
  readonly cursor: string;
  /** There is more now. */
  readonly isMore: boolean;
}

export interface FeedRequest {
  /** A cursor; null for the oldest event that is kept, `now` for what is published from now on. */
  readonly after: string | null;
  readonly limit: number;
  readonly waitMs?: number;
}

export const feedLimits = {
  eventsMax: 100,
  waitMsMax: 30_000,
  /** Bytes of all payloads of one page, unless one alone has more. */
  bytesMax: 1024 * 1024,
} as const;
