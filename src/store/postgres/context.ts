// What every function of this room needs.
import type { EndpointId } from '#core/endpoint.ts';
import type { BoundedMap } from '#lib/bounded-map.ts';
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
  readonly subscribers: BoundedMap<string, Subscribers>;
  /** How far this process has come with slices that are to be dropped; see sweep-slices.ts. */
  readonly passed: Map<number, Passed>;
}

/** What this process knows of a slice that has passed. Lost with it: then it is looked for again. */
export interface Passed {
  /** Unix ms. */
  readonly readAt: number;
  /** What of it is still needed; null when that is too much to be moved. */
  readonly kept: Kept | null;
  /** The number of the last event whose id is forgotten. */
  after: number;
}

export interface Kept {
  /** Their numbers. */
  readonly events: readonly number[];
  readonly deliveries: readonly KeptRow[];
}

export interface KeptRow {
  readonly tenant: string;
  readonly mode: string;
  readonly id: string;
  readonly event_seq: number;
}

export interface Tell {
  /** These endpoints have something due in the store. */
  woken(endpoints: readonly EndpointId[]): void;
  /** These endpoints are not what they were. */
  changed(endpoints: readonly EndpointId[]): void;
}

/** The first part of the two-part keys of advisory locks: what is locked. */
export const lockClass = { process: 7301, queue: 7302, upkeep: 7303, migration: 7304 } as const;
