// The commands that a client may wait for, or follow as a stream: when there is nothing to answer, what wakes it, and what is
// asked next.
import type { News } from '#core/backend.ts';
import type { CommandInput, CommandName, CommandResult } from '#core/commands.ts';
import type { FeedPage } from '#core/feed.ts';
import type { Lease } from '#core/pull.ts';
import type { TenantId } from '#core/tenant.ts';

export type Run = <C extends CommandName>(command: C, input: CommandInput<C>) => Promise<CommandResult<C>>;

export interface Follow<C extends CommandName> {
  /** Whose places a waiting request takes; null for the operator's. */
  readonly tenantOf: (result: CommandResult<C>) => TenantId | null;
  /** The first question of a stream. */
  readonly begin: (input: CommandInput<C>) => CommandInput<C>;
  readonly isEmpty: (result: CommandResult<C>) => boolean;
  /** The question after a result, of a stream. */
  readonly next: (input: CommandInput<C>, result: CommandResult<C>) => CommandInput<C>;
  readonly wakes: (input: CommandInput<C>) => (news: News) => boolean;
  /** When there is something without news; null for never. Unix ms. */
  readonly dueAt: (result: CommandResult<C>) => number | null;
  /** Pause between two questions, also after news. */
  readonly gapMs: number;
  /** Whether other processes do what this one is not told of. */
  readonly isPolled: boolean;
  /** Takes back what could not be sent. */
  readonly takeBack?: (run: Run, input: CommandInput<C>, result: CommandResult<C>) => Promise<unknown>;
}

const pullDeliveries: Follow<'pullDeliveries'> = {
  tenantOf: ({ tenant }) => tenant,
  // Hands out nothing: the endpoint is found, and what was missed is counted.
  begin: (input) => ({ ...input, max: 0, streamMax: input.max, withMissed: true }),
  isEmpty: ({ deliveries, missed }) => deliveries.length === 0 && missed === null,
  next: (input, { held, deliveries }) => ({
    ...input,
    withMissed: false,
    max: input.streamMax ?? input.max,
    held: [...held, ...deliveries.map(({ delivery, lease }): Lease => ({ delivery, lease }))],
  }),
  wakes:
    (input) =>
    ({ due, isEverything }) =>
      isEverything || !('id' in input) || due.includes(input.id),
  dueAt: ({ nextDueAt }) => nextDueAt,
  gapMs: 0,
  isPolled: false,
  async takeBack(run, input, { deliveries }) {
    const leases = deliveries.map(({ delivery, lease }) => ({ delivery, lease }));
    if (leases.length > 0) await run('releaseLeases', { ...input, leases });
  },
};

const tailAttempts: Follow<'tailAttempts'> = {
  tenantOf: () => null,
  begin: (input) => input,
  isEmpty: ({ items, isCut }) => items.length === 0 && !isCut,
  next: (input, { position, seen }) => ({ ...input, after: position, seen }),
  wakes:
    () =>
    ({ isAttempted }) =>
      isAttempted,
  dueAt: () => null,
  gapMs: 250,
  isPolled: true,
};

const feed = {
  tenantOf: ({ tenant }: FeedPage) => tenant,
  isEmpty: ({ items }: FeedPage) => items.length === 0,
  wakes:
    () =>
    ({ isPublished }: News) =>
      isPublished,
  dueAt: () => null,
  gapMs: 0,
  isPolled: true,
};
const readFeed: Follow<'readFeed'> = {
  ...feed,
  begin: (input) => input,
  next: (input, { cursor }) => ({ ...input, after: cursor }),
};
const findFeed: Follow<'findFeed'> = {
  ...feed,
  begin: (input) => input,
  next: (input, { cursor }) => ({ ...input, after: cursor }),
};

export const follows = { pullDeliveries, tailAttempts, readFeed, findFeed } as const;
export type FollowedName = keyof typeof follows;

export function isFollowed(command: string): command is FollowedName {
  return Object.hasOwn(follows, command);
}
