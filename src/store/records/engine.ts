// What the records need of a database: how to run their work, and the few fragments of SQL in which the databases
// differ. SQLite and Postgres each supply one.
import type { Change } from '#core/audit.ts';
import type { DeliveryId } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { DatabaseFacts } from '#core/server.ts';
import type { Mode, Scope, TenantId, WideScope } from '#core/tenant.ts';
import type { Order } from '../claims.ts';
import type { StatsRow } from '../store.ts';
import type { Search } from '../search.ts';
import type { Sql } from '../sql.ts';
import type { AttemptRow, HeadRow } from './attempt-rows.ts';
import type { DeliveryRow, WaitingRow } from './delivery-rows.ts';
import type { StoredText } from './event-rows.ts';
import type { Part, ReadBounds } from '../walk.ts';
import type { Work } from './work.ts';

/** What reading needs. */
export interface Reader {
  /** Runs work that only reads, or that is one statement. */
  read<Result>(work: Work<Result>): Promise<Result>;
  readonly fragments: Fragments;
  readonly text: StoredText;
  readonly find: Finders;
  readonly bounds: ReadBounds;
}

export interface Engine extends Reader {
  /**
   * Runs work as one transaction. `start` may be called again when another transaction was in the way. `committed`
   * is called with the result right after the commit.
   */
  transaction<Result>(start: () => Work<Result>, committed?: (result: Result) => void): Promise<Result>;
  readonly effects: Effects;
  /** Writes a change into the audit log, within a transaction, where the command is known that makes it. */
  readonly audit: (change: Change) => Work<void>;
  /**
   * Makes these deliveries due again; what has ended goes back to waiting. What is in flight, and what is to be redelivered
   * already, is left alone.
   */
  redeliver(rows: readonly DeliveryRow[], order: Order): Work<Ordered>;
  /**
   * Creates a delivery of each of these events to an endpoint, due now. Their rows must be locked, and none may have a
   * delivery there.
   */
  owe(endpoint: EndpointId, events: readonly OwedEvent[], order: Order): Work<Ordered>;
  /** Ends these waiting deliveries as `canceled`, also what is in flight: its result will come too late. */
  cancel(rows: readonly WaitingRow[], now: number): Work<Ordered>;
  /** Adds to the stored counts. */
  addStats(rows: readonly StatsRow[]): Work<void>;
  /** Selects these columns of the replays that this process is to run. */
  takeRunningReplays(columns: Sql): Sql;
}

/** An event, with the bounds of the ids of its deliveries; null while it has none. */
export interface OwedEvent {
  readonly seq: number;
  readonly tenant: TenantId;
  readonly mode: Mode;
  /** As it is stored. */
  readonly ordering_key: string | null;
  readonly created_at: number;
  readonly first_delivery: string | null;
  readonly last_delivery: string | null;
}

export interface Ordered {
  /** Deliveries that were changed. */
  readonly count: number;
  /** Endpoints that have something due. */
  readonly due: readonly EndpointId[];
}

/** What memory and other processes learn after a commit. */
export interface Effects {
  /** These endpoints were changed or removed. */
  readonly changed: (endpoints: readonly EndpointId[]) => void;
  /** The failures of these endpoints are counted no longer. */
  readonly recovered: (endpoints: readonly EndpointId[]) => void;
  /** These endpoints have something due in the store. */
  readonly due: (endpoints: readonly EndpointId[]) => void;
  /** A key of the admin API was removed, or reaches other tenants. */
  readonly accessChanged: () => void;
}

export interface Fragments {
  /** `id ${anyOf(ids)}`: true for each of these values. */
  readonly anyOf: (values: readonly string[]) => Sql;
  /** True when the list in `column` has one of these items. */
  readonly hasOneOf: (column: Sql, items: readonly string[]) => Sql;
  /** True for endpoints with this URL, by index. */
  readonly isUrl: (url: string) => Sql;
  /** True for endpoints whose URL begins so, by index. */
  readonly urlBegins: (beginning: string) => Sql;
  /** At the end of a select: locks its rows until the transaction ends. */
  readonly lockRows: Sql;
  /** The same, so that others may read them meanwhile and not change them. */
  readonly shareRows: Sql;
}

/** Searches that each engine writes by hand, for its own indexes. */
export interface Finders {
  /** The walks that together visit everything that a search can find. */
  readonly deliveries: (search: Search) => Work<readonly Part[]>;
  readonly deliveriesById: (tenant: TenantId, mode: Mode, ids: readonly DeliveryId[]) => Sql;
  /** Newest first, of one endpoint or of all, also of removed ones; `before` is a number of an attempt. */
  readonly attempts: (
    scope: Scope,
    endpoint: EndpointId | null,
    before: number,
    limit: number,
  ) => Work<readonly AttemptRow[]>;
  /** The newest attempts before a number: of all tenants, of one, or of one endpoint. */
  readonly attemptHeads: (
    scope: WideScope,
    endpoint: EndpointId | null,
    before: number,
    limit: number,
  ) => Work<readonly HeadRow[]>;
  /** How far below the newest number an attempt may appear that is recorded later: by transactions at the same time. */
  readonly attemptOverlap: number;
  readonly databaseFacts: () => Work<DatabaseFacts>;
  /** Selects whose delivery each of these attempts was made for, as `AttemptOwner`. */
  readonly attemptOwners: (heads: readonly HeadRow[]) => Sql;
  /** Selects the next endpoints with something waiting, in order of id after `after`, as `WaitingRow`. */
  readonly waitingEndpoints: (after: EndpointId | null, limit: number) => Sql;
  /** `id` as it is stored. */
  readonly eventById: (tenant: TenantId, mode: Mode, id: string) => Sql;
  /** With their payloads, unless other columns are asked for. */
  readonly eventsBySeq: (seqs: readonly number[], columns?: Sql) => Sql;
  /** The newest before a number; from each statement up to `limit`, in any order. */
  readonly events: (
    tenant: TenantId,
    mode: Mode,
    before: number,
    limit: number,
    columns?: Sql,
  ) => readonly Sql[];
  /** The oldest from a number on; from each statement up to `limit`, in any order. */
  readonly eventsFrom: (
    tenant: TenantId,
    mode: Mode,
    from: number,
    limit: number,
    columns: Sql,
  ) => readonly Sql[];
  /** The oldest in a range of numbers, both ends excluded, with their payloads; from each statement up to `limit`, in any order. */
  readonly oldestEvents: (scope: WideScope, range: FeedRange) => readonly Sql[];
  /** A number below which no event will appear that is not visible to the next statement. */
  readonly feedBound: (now: number) => Work<number>;
  /** Numbers between which the first event of a time is, if there is one: the lower included, the upper not. */
  readonly eventBounds: (at: number) => readonly [number, number];
  /** When the day begins of the oldest event or ended delivery; null when there is none. Unix ms. */
  readonly oldestDay: () => Work<number | null>;
  /** The number below which the events are that belong to days before this time. */
  readonly eventBoundary: (until: number) => Work<number>;
  /**
   * Ended deliveries by their ids after `after`, of those that may be filed before a time; from each statement up to
   * `limit`, in the order of their ids.
   */
  readonly ended: (
    tenant: TenantId,
    mode: Mode,
    range: { readonly after: string; readonly until: number; readonly limit: number },
  ) => readonly Sql[];
}

export interface FeedRange {
  readonly after: number;
  readonly before: number;
  readonly limit: number;
}
