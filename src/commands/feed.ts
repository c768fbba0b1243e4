// The feed of what was published. A cursor holds a position and a time: nothing that was published by then is behind the
// position. So a cursor that is older than retention is known by itself, whatever is left of the events.
import type { CommandHandlers } from '#core/commands.ts';
import { Fault } from '#core/fault.ts';
import { feedLimits, type FeedPage, type FeedRequest } from '#core/feed.ts';
import type { WideScope } from '#core/tenant.ts';
import { given } from '#lib/given.ts';
import type { FeedPosition } from '#store/store.ts';
import type { ReadDeps } from './deps.ts';
import { dialectOf } from './tenant-dialect.ts';

export function createFeedReads(deps: ReadDeps): Pick<CommandHandlers, 'readFeed' | 'findFeed'> {
  return {
    async readFeed({ tenant, mode, ...request }) {
      await dialectOf(deps, tenant);
      return read(deps, { tenant, mode }, request);
    },
    async findFeed({ tenant, tenants, mode, ...request }) {
      if (tenant !== null) await dialectOf(deps, tenant);
      return read(deps, { tenant, mode, ...given({ tenants }) }, request);
    },
  };
}

async function read(
  { store, clock, retentionMs }: ReadDeps,
  scope: WideScope,
  { after, limit }: FeedRequest,
): Promise<FeedPage> {
  const { tenant } = scope;
  const now = clock.now();
  const { eventsMax, bytesMax } = feedLimits;
  const cursors = store.events.feedCursors;
  const from = after === null || after === 'now' ? null : cursors.readCursor(after);
  if (from !== null && from.at < now - retentionMs) throw expired(retentionMs);
  const isFromNow = after === 'now';
  const bounds = { limit: isFromNow ? 0 : Math.min(limit, eventsMax), bytesMax };
  const { events, positions, position, isMore } = await store.events.feed(
    scope,
    from?.position ?? null,
    bounds,
    now,
  );
  let previous = after === 'now' ? null : after;
  const items = events.map((event, index) => {
    const behind = positions[index] ?? position;
    const cursor = cursors.writeCursor({ position: behind, at: event.createdAt });
    const item = { event, cursor, previous };
    previous = cursor;
    return item;
  });
  const last = items.at(-1)?.cursor;
  const reached: FeedPosition = { position, at: now - behindMs };
  return {
    tenant,
    items,
    cursor: isMore && last !== undefined ? last : cursors.writeCursor(reached),
    isMore,
  };
}

/** The clocks of processes that share a database are closer than this. */
const behindMs = 10_000;

function expired(retentionMs: number): Fault {
  const hours = Math.round(retentionMs / 3_600_000);
  return new Fault(
    'cursor_expired',
    `what was published after this cursor may be deleted: events are kept for ${hours} h; leave "after" out to begin ` +
      'with the oldest event that is kept, or give "now"',
  );
}
