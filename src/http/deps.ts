import type { Server, ServerSetting } from '#contract/server.ts';
import type { Backend, EngineState } from '#core/backend.ts';
import type { Limits } from '#core/limits.ts';
import type { Dialect } from '#dialects/dialect.ts';
import type { Catalogue } from '#intake/catalogue.ts';
import type { Publisher } from '#intake/publish.ts';
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import type { HttpMetrics } from './metrics.ts';
import type { PublicAddress } from './origin.ts';

export interface HttpTimeouts {
  /** From the first byte of a request to its last. */
  readonly requestMs: number;
  /** From the first byte of a request, or from connecting, to the end of its headers. */
  readonly headersMs: number;
  /** How long a connection is kept without a request. */
  readonly keepAliveMs: number;
  /** How long nothing is read or written before a connection is closed, unless its request is being answered. */
  readonly inactivityMs: number;
  /** How often it is checked whether a request is late. */
  readonly checkMs: number;
}

/** What a process knows of itself, for its operator. */
export interface SelfDescription {
  /** As `nameProcess` made it. */
  readonly name: string;
  /** Unix ms. */
  readonly startedAt: number;
  /** Without user and password. */
  readonly database: Pick<Server['database'], 'kind' | 'name'>;
  readonly settings: readonly ServerSetting[];
}

/** Everything that the HTTP surface answers from. */
export interface HttpDeps extends PublicAddress {
  readonly backend: Pick<Backend, 'run' | 'runAs' | 'accessChanged' | 'news'>;
  /** Other processes share the database. */
  readonly isShared: boolean;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly catalogue: Pick<Catalogue, 'set' | 'remove'>;
  readonly dialects: readonly Dialect[];
  /** False for a process that only delivers: it answers health checks and metrics, and nothing else. */
  readonly isPublic: boolean;
  readonly limits: Limits;
  /** How many inbound connections may be open. */
  readonly connectionsMax: number;
  /** The defaults are those of the server. */
  readonly timeouts?: HttpTimeouts;
  readonly metrics: HttpMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  /** The admin keys of the configuration, newest first. */
  readonly rootKeys: readonly string[];
  readonly version: string;
  readonly self: SelfDescription;
  /** The folder with the built pages. */
  readonly pagesFolder: string;
  readonly readiness: () => Promise<EngineState>;
  /** In the Prometheus text format. */
  readonly metricsText: () => Promise<string>;
}
