// What every function of this room needs.
import type { EndpointId } from '#core/endpoint.ts';
import type { IdSource } from '#lib/ids.ts';
import type { SubscriberCache } from '../records/subscribers.ts';
import type { ReadBounds } from '../walk.ts';
import type { Database } from './database.ts';

export interface Context {
  readonly db: Database;
  readonly ids: IdSource;
  /** The number of this process, under which it claims. */
  readonly process: number;
  /** Whether the others know that this process lives. It claims nothing while they do not: see presence.ts. */
  readonly isPresent: () => boolean;
  /** Whether those whose presence is not shown are dead: see presence.ts. */
  readonly isSettled: () => boolean;
  readonly notify: Notify;
  readonly subscribers: SubscriberCache;
  /** One of several databases, whose tenants may move to another: see closed-slots.ts. */
  readonly isPartition: boolean;
  /** How far this process has come with the partitions to be dropped, by day; see retention-partitions.ts. */
  readonly expired: Map<number, Expired>;
  readonly bounds: ReadBounds;
}

/** What this process knows of the partitions of an expired day. Cached only: it is read again after a restart. */
export interface Expired {
  /** Unix ms. */
  readonly readAt: number;
  /** The rows that are still needed; null when these are too many to be moved. */
  readonly kept: Kept | null;
  /** The number of the last event whose id is deleted. */
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

/** Notifies the other processes; see presence.ts. */
export interface Notify {
  /** These endpoints have something due in the store. */
  due(endpoints: readonly EndpointId[]): void;
  /** These endpoints were changed or removed. */
  changed(endpoints: readonly EndpointId[]): void;
  /** A key of the admin API was removed, or reaches other tenants. */
  accessChanged(): void;
}

/** The first part of the two-part keys of advisory locks: what is locked. */
export const lockClass = { process: 7301, queue: 7302, upkeep: 7303, migration: 7304, move: 7305 } as const;
