// The JSON of the feed, as our own APIs have it. Payloads stand in it as they were published.
import { formatTime } from '#lib/rfc3339.ts';
import type { ServerSentEvent } from '#lib/server-sent-events.ts';
import { type FeedItem, feedLimits, type FeedPage, type FeedRequest } from './feed.ts';

interface FeedQuery {
  readonly after?: string;
  readonly wait?: number;
  readonly limit?: number;
}

/** `lastId` is what a stream sends that is opened again; it takes precedence. */
export function readFeed({ after, wait = 0, limit }: FeedQuery, lastId: string | undefined): FeedRequest {
  return { after: lastId ?? after ?? null, limit: limit ?? feedLimits.eventsMax, waitMs: wait * 1000 };
}

export function showFeed({ items, cursor }: FeedPage): string {
  return `{"data":[${items.map(showItem).join(',')}],"cursor":${JSON.stringify(cursor)}}`;
}

/** A page without events moves the position of the client on. */
export function feedEvents({ items, cursor }: FeedPage): readonly ServerSentEvent[] {
  const last = items.at(-1)?.cursor;
  const events = items.map((item): ServerSentEvent => {
    // JSON has line ends between its parts only, and the data of an event is one line.
    return { id: item.cursor, event: 'event', text: showItem(item).replaceAll(/[\r\n]+/g, ' ') };
  });
  return last === undefined ? [{ id: cursor, event: 'position', data: { cursor } }] : events;
}

function showItem({ event, cursor, previous }: FeedItem): string {
  const { id, type, mode, tenant, orderingKey, occurredAt, createdAt, metadata, payload } = event;
  const members = JSON.stringify({
    cursor,
    previous,
    tenant,
    id,
    type,
    mode,
    orderingKey,
    occurredAt: formatTime(occurredAt),
    createdAt: formatTime(createdAt),
    metadata,
  });
  return `${members.slice(0, -1)},"payload":${Buffer.from(payload).toString()}}`;
}
