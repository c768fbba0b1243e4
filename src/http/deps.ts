import type { CommandHandlers } from '#core/commands.ts';
import type { Limits } from '#core/limits.ts';
import type { EventLog } from '#commands/log.ts';
import type { Publisher } from '#intake/publish.ts';
import type { Replays } from '#commands/replays.ts';
import type { Charts } from '#commands/stats.ts';
import type { Dialect } from '#dialects/dialect.ts';
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import type { Credentials } from '#commands/credentials.ts';
import type { Tenants } from '#commands/tenants.ts';

/** Everything that the HTTP surface answers from. Of each room it sees only what it asks of it. */
export interface HttpDeps {
  readonly commands: CommandHandlers;
  readonly tenants: Omit<Tenants, 'ensureOperator'>;
  readonly credentials: Credentials;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly events: EventLog;
  readonly replays: Pick<Replays, 'create' | 'count' | 'get' | 'stop'>;
  readonly stats: Charts;
  readonly dialects: readonly Dialect[];
  /** False for a process that only delivers: it answers what looks after it, and nothing else. */
  readonly isPublic: boolean;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Logger;
  readonly adminKey: string;
  readonly version: string;
  /** What is wrong, one sentence each; empty when the server can work. */
  readonly readiness: () => Promise<readonly string[]>;
  /** In the Prometheus text format. */
  readonly metricsText: () => Promise<string>;
}
