import { FeedPage, TenantFeedQuery } from '#contract/feed.ts';
import { feedEvents, readFeed, showFeed } from '#core/feed-json.ts';
import { given } from '#lib/given.ts';
import { type AdminTable, scopeOf, wideScope } from '../operation.ts';

const tag = 'Events';
const description =
  'With the position before each. A client that accepts `text/event-stream` gets a stream instead: an `event` for each, with ' +
  'its cursor as `id`, and `position` where there is none for a while.';
const answers = { 200: { description: 'What there is.', schema: FeedPage } };
const faults = ['cursor_invalid', 'cursor_expired', 'rate_limited', 'overloaded'] as const;
const stream = { isAlways: false, write: feedEvents };

export const feed = {
  readFeed: {
    command: 'readFeed',
    docs: { tag, summary: 'Read what was published for a tenant, in order', description },
    query: TenantFeedQuery,
    answers,
    faults,
    parse: ({ params, query: { mode, ...query }, headers }) => ({
      ...scopeOf(params, mode),
      ...readFeed(query, lastEventId(headers)),
    }),
    reply: (page) => ({ status: 200, text: showFeed(page) }),
    stream,
  },
  findFeed: {
    command: 'findFeed',
    docs: { tag, summary: 'Read what was published for all tenants, in order', description },
    query: TenantFeedQuery,
    answers,
    faults,
    parse: ({ query: { mode, ...query }, headers }) => ({
      ...wideScope(given({ mode })),
      ...readFeed(query, lastEventId(headers)),
    }),
    reply: (page) => ({ status: 200, text: showFeed(page) }),
    stream,
  },
} satisfies Partial<AdminTable>;

function lastEventId(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
  const id = headers['last-event-id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
}
