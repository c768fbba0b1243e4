import type { Backend } from '#core/backend.ts';
import type { Limits } from '#core/limits.ts';
import type { Dialect } from '#dialects/dialect.ts';
import type { Publisher } from '#intake/publish.ts';
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import type { PublicAddress } from './origin.ts';

/** Everything that the HTTP surface answers from. */
export interface HttpDeps extends PublicAddress {
  readonly backend: Pick<Backend, 'run' | 'runAs'>;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly dialects: readonly Dialect[];
  /** False for a process that only delivers: it answers health checks and metrics, and nothing else. */
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
