// What every function of this room needs.
import type { EndpointId } from '#core/endpoint.ts';
import type { IdSource } from '#lib/ids.ts';
import type { Subscribers } from '../decide.ts';
import type { Database } from './database.ts';

export interface Context {
  readonly db: Database;
  readonly ids: IdSource;
  /** The number of this process, under which it claims. */
  readonly process: number;
  /** Tells the other processes; see presence.ts. */
  readonly tell: Tell;
  /** The endpoints of a tenant and mode, under their key; see subscribers.ts. */
  readonly subscribers: Map<string, Subscribers>;
}

export interface Tell {
  /** These endpoints have something due in the store. */
  woken(endpoints: readonly EndpointId[]): void;
  /** These endpoints are not what they were. */
  changed(endpoints: readonly EndpointId[]): void;
}

/** The first part of the two-part keys of advisory locks: what is locked. */
export const lockClass = { process: 7301, queue: 7302, upkeep: 7303, migration: 7304 } as const;
