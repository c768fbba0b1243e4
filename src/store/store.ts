// The port of a store: everything that must survive a restart. Each promise of a member is a test in
// test/contracts/store.ts, which every store passes. Times are Unix ms and always passed in.
import type {
  Alert,
  AlertId,
  AlertMessage,
  AlertSignal,
  AlertType,
  AlertVia,
  AlertView,
} from '#core/alert.ts';
import type { AdminKey, ConsoleSession, KeyId } from '#core/access.ts';
import type { ArchiveDay, ArchivedFile, ArchivePosition, ArchiveProgress } from '#core/archive.ts';
import type { Attempt } from '#core/attempt.ts';
import type { AuditEntry, AuditFilter, Change, Origin } from '#core/audit.ts';
import type { EndpointCheck } from '#core/check.ts';
import type { Attention } from '#core/attention.ts';
import type { CatalogueIndex, EventType, EventTypeContent } from '#core/catalogue.ts';
import type {
  AttemptFilter,
  AttemptTail,
  DeliveryDetail,
  DeliveryFilter,
  EndpointFilter,
  EndpointKey,
  EventFilter,
  FoundAttempt,
  LoggedAttempt,
  Page,
  PageRequest,
  TailFilter,
} from '#core/commands.ts';
import type { Claim, Delivery, DeliveryId, Sent } from '#core/delivery.ts';
import type { DisablingRule } from '#core/disabling.ts';
import type { DisabledReason, Endpoint, EndpointId, Health, SealedSecret } from '#core/endpoint.ts';
import type {
  Event,
  EventDraft,
  ListedEvent,
  Publication,
  PublicationResult,
  StoredEvent,
} from '#core/event.ts';
import type { KnownEndpoint } from '#core/explanation.ts';
import type { Filter } from '#core/filter/filter.ts';
import type { PortalSession } from '#core/portal.ts';
import type { Position } from '#core/position.ts';
import type { healthKinds } from '#core/notice-types.ts';
import type { Lease, Missed } from '#core/pull.ts';
import type { BackfillTerms, Replay, ReplayTerms } from '#core/replay.ts';
import type { DatabaseFacts } from '#core/server.ts';
import type { Settlement } from '#core/retry.ts';
import type { EndpointSettings } from '#core/settings.ts';
import type { Codes } from '#core/stats.ts';
import type {
  Credential,
  CredentialId,
  Metadata,
  Mode,
  Scope,
  Tenant,
  TenantContact,
  TenantId,
  WideScope,
} from '#core/tenant.ts';
import type { Content } from '#core/transform.ts';
import type { IdRange } from '#lib/ids.ts';
import type { JsonObject } from '#lib/json.ts';

export interface Store {
  readonly tenants: TenantStore;
  readonly credentials: CredentialStore;
  readonly tenantSecrets: TenantSecretStore;
  readonly endpoints: EndpointStore;
  readonly eventTypes: EventTypeStore;
  readonly events: EventStore;
  readonly deliveries: DeliveryStore;
  readonly replays: ReplayStore;
  readonly stats: StatsStore;
  readonly keys: KeyStore;
  readonly consoleSessions: ConsoleSessionStore;
  readonly audit: AuditStore;
  readonly portalSessions: PortalSessionStore;
  readonly checks: CheckStore;
  readonly sealed: SealedStore;
  readonly alerts: AlertStore;
  readonly alertQueue: AlertQueue;
  readonly server: ServerStore;
  readonly metadata: MetadataStore;
  readonly archive: ArchiveStore;
  /** The same store: what is changed through it is in the audit log, each change in its own transaction. */
  by(command: Command): Store;
  /** Readiness: throws when the store can't be used; the message says why. */
  check(): Promise<void>;
  /**
   * Retention: deletes what ended before `before`, oldest first, in a step of at most `rowsMax` rows; also cancels what
   * waits for removed endpoints. Returns how many rows it touched: 0 when nothing is left to do. Events with numbers from
   * `eventsUntil` on, and what refers to them, stay.
   */
  deleteExpired(before: number, now: number, rowsMax: number, eventsUntil?: number): Promise<number>;
  /** Counters for /metrics. */
  counters(): StoreCounters;
  /** Calls the listener with what other processes do, and with what is noticed of the database, until the store is closed. */
  listen?(listener: StoreListener): void;
  /** Tells other processes that these endpoints have something due, or that what is leased of them has changed. */
  notifyDue?(endpoints: readonly EndpointId[]): void;
  /** Which of several databases has which tenants; on Postgres, used in the directory alone. */
  readonly slots?: SlotStore;
  /** The databases of a store over several, the directory first, and where its tenants are, as this process knows it. */
  readonly spread?: {
    partitions(): readonly PartitionState[];
    map(): SlotMap;
    /** Since when tenants are refused because their slots move. Unix ms; null when none are. */
    closedSince(): Promise<number | null>;
  };
  close(): Promise<void>;
}

/** One of several databases. */
export interface PartitionState {
  readonly name: string;
  /** Its place in the slot map. */
  readonly number: number;
  readonly isUsable: boolean;
  /** Slots that are assigned to it. */
  readonly slots: number;
}

/** Which database each slot is assigned to. */
export interface SlotMap {
  /** Rises with every change. */
  readonly version: number;
  /** The names of the partitions, under their numbers: the directory is 0. */
  readonly names: readonly string[];
  /** The number of the partition of each slot. */
  readonly slots: Uint8Array;
  /** Which partitions slots with tenants have gone from, and to, and with which version last. */
  readonly moves: readonly SlotsMoved[];
}

export interface SlotsMoved {
  readonly from: number;
  readonly to: number;
  readonly version: number;
}

export interface SlotStore {
  /** Null before there is more than one partition. */
  read(): Promise<SlotMap | null>;
  /**
   * Calls `decide` for the next map, with the slots in which a tenant is or has been, and writes it in one transaction, unless it is
   * the present one. `decide` is pure: it may be called again.
   */
  change(decide: (current: SlotMap | null, used: ReadonlySet<number>) => SlotMap): Promise<SlotMap>;
  /**
   * Notes that a tenant is about to be created, changed or removed, which takes two databases. Its slot counts as used from then on.
   * False when the map has another version than this.
   */
  begin(tenant: TenantId, version: number, now: number): Promise<boolean>;
  /** Both databases have the change. */
  end(tenant: TenantId): Promise<void>;
  /** Since when slots are closed that move, whether a command still moves them or has died. Unix ms; null when none are. */
  closedSince(): Promise<number | null>;
  /** What was begun before a time and has not ended: its process died, or a database was down. */
  unfinished(before: number): Promise<readonly TenantId[]>;
}

/**
 * What is only read, on connections of its own: however long a read takes, publishing and delivering go on. Sees
 * everything that was committed before it is asked.
 */
export interface ReadStore {
  readonly tenants: Pick<TenantStore, 'get' | 'list'>;
  readonly credentials: Pick<CredentialStore, 'find' | 'list'>;
  readonly endpoints: Pick<EndpointStore, 'get' | 'list' | 'find' | 'listKnown' | 'listAttention'>;
  readonly eventTypes: Pick<EventTypeStore, 'get' | 'list' | 'index'>;
  readonly events: Pick<EventStore, 'get' | 'list' | 'feed' | 'feedCursors'>;
  readonly deliveries: Pick<
    DeliveryStore,
    'get' | 'list' | 'count' | 'listAttempts' | 'listAttemptsOf' | 'findAttempts' | 'tailAttempts' | 'content'
  >;
  readonly replays: Pick<ReplayStore, 'get' | 'list' | 'count' | 'countBackfill'>;
  readonly stats: Pick<StatsStore, 'read'>;
  readonly keys: Pick<KeyStore, 'list' | 'find'>;
  readonly consoleSessions: Pick<ConsoleSessionStore, 'find'>;
  readonly audit: Pick<AuditStore, 'list'>;
  readonly portalSessions: Pick<PortalSessionStore, 'get' | 'list' | 'find'>;
  readonly checks: Pick<CheckStore, 'list' | 'get'>;
  readonly sealed: Pick<SealedStore, 'list'>;
  readonly alerts: Pick<AlertStore, 'list' | 'get'>;
  readonly server: ServerStore;
  readonly archive: Pick<ArchiveStore, 'progress' | 'tenants' | 'files' | 'events' | 'deliveries'>;
  readonly slots?: Pick<SlotStore, 'read'>;
  close(): Promise<void>;
}

/** Days on their way out of the database. */
export interface ArchiveStore {
  /** Null before anything was begun. */
  progress(): Promise<ArchiveProgress | null>;
  /**
   * The oldest day that is not in the archive, for this process to write until its lease ends, when all of it has expired;
   * null when there is none, or another process writes it. Seals it: what is of it stays as it is.
   */
  begin(terms: ArchiveTerms): Promise<ArchiveDay | null>;
  /** The oldest day that there is anything of. Unix ms; null when there is nothing. */
  oldestDay(): Promise<number | null>;
  /** In a database that shares the archive of another one: what ended before this time stays as it is. Unix ms. */
  seal(until: number): Promise<void>;
  /** All files of a tenant are written; or none, to go on. The lease ends at `until`. False when it is another process's. */
  note(lease: number, files: readonly ArchivedFile[], until: number): Promise<boolean>;
  /** The day is in the archive, and may be deleted. False when it is another process's. */
  finish(lease: number): Promise<boolean>;
  /** Tenants that may have something, in order after one of them; empty at the end. */
  tenants(after: string): Promise<readonly TenantId[]>;
  /** What is noted of the day, by tenants in order after one of them; empty at the end. */
  files(after: string): Promise<readonly (readonly ArchivedFile[])[]>;
  /** In order, a page at a time. */
  events(day: ArchiveDay, tenant: TenantId, position: ArchivePosition | null): Promise<ArchivePage<'events'>>;
  deliveries(
    day: ArchiveDay,
    tenant: TenantId,
    position: ArchivePosition | null,
  ): Promise<ArchivePage<'deliveries'>>;
}

export interface ArchiveTerms {
  readonly now: number;
  /** A day that ended by then has expired. Unix ms. */
  readonly expiredBefore: number;
  readonly leaseMs: number;
  /** The oldest day of all databases that share the archive, when it begins; that of this one when it is not given. */
  readonly oldestDay?: number | null;
}

export interface ArchivePage<Kind extends 'events' | 'deliveries'> {
  readonly items: readonly { events: Event; deliveries: EndedDelivery }[Kind][];
  /** Null at the end. A page may be empty and not be the last. */
  readonly next: ArchivePosition | null;
  /** The number of the database that it is of, where there are several. */
  readonly place?: number;
}

export interface EndedDelivery extends Pick<
  Delivery,
  'id' | 'tenant' | 'mode' | 'endpoint' | 'event' | 'eventType' | 'orderingKey' | 'state' | 'note'
> {
  readonly endedAt: number;
  /** Oldest first, with what a transform made of the event where it is the first to carry that. */
  readonly attempts: readonly (Attempt & { readonly content: Content | null })[];
}

export interface ServerStore {
  /** Its version, its size, and who shares it. */
  describe(): Promise<DatabaseFacts>;
}

/** Notifications. Those of other processes are best-effort: a lost one delays work and loses none. */
export interface StoreListener {
  /** These endpoints have something due in the store. */
  due(endpoints: readonly EndpointId[]): void;
  /** These endpoints were changed or removed. */
  changed(endpoints: readonly EndpointId[]): void;
  /** A key of the admin API was removed, or reaches other tenants. */
  accessChanged(): void;
  /** The slot map, of which this database is the directory. */
  mapChanged?(): void;
  /**
   * Nothing that this process has claimed can be recorded: another one has declared it dead, or the file is gone. Of several
   * databases, only what it has claimed of this partition.
   */
  leasesLost(partition?: number): void;
  /** For the log. */
  noticed(notice: StoreNotice): void;
}

/** What a store notices of its database while it is open. */
export interface StoreNotice {
  readonly level: 'info' | 'warn' | 'error';
  /** Like `database.unusable`. */
  readonly event: string;
  readonly detail: string;
}

export interface StoreCounters {
  readonly commits: number;
  readonly statements: number;
}

export interface TenantStore {
  /** False when the id is taken, also by a removed tenant. */
  create(tenant: Tenant): Promise<boolean>;
  get(id: TenantId): Promise<Tenant | null>;
  /** Of all, or of these alone. */
  list(page: PageRequest, among?: readonly TenantId[]): Promise<Page<Tenant>>;
  /** Null when there is no such tenant. */
  change(id: TenantId, change: TenantChange): Promise<Tenant | null>;
  /** Removes the tenant with its credentials and endpoints, in one transaction. False when there is no such tenant. */
  remove(id: TenantId, now: number): Promise<boolean>;
}

export interface TenantChange {
  readonly name?: string;
  /** Replaces all of it. */
  readonly metadata?: Metadata;
  readonly contact?: TenantContact | null;
}

export interface CredentialStore {
  create(credential: Credential): Promise<void>;
  list(tenant: TenantId, page: PageRequest): Promise<Page<Credential>>;
  /** Finds one by what a request presents, among the tenants of this dialect. */
  find(dialect: string, lookup: string): Promise<Credential | null>;
  remove(tenant: TenantId, id: CredentialId): Promise<boolean>;
}

/** The secret of a tenant that signs for all its endpoints of a mode. */
export interface TenantSecretStore {
  get(tenant: TenantId, mode: Mode): Promise<TenantSecret | null>;
  /** Raises the revision of every endpoint of this tenant and mode, and returns their ids. */
  set(tenant: TenantId, mode: Mode, secret: TenantSecret): Promise<readonly EndpointId[]>;
  /** Returns the stored one. */
  putIfAbsent(tenant: TenantId, mode: Mode, secret: TenantSecret): Promise<TenantSecret>;
}

export interface TenantSecret {
  readonly sealed: string;
  /** What is stored beside it unsealed. */
  readonly attributes: JsonObject;
}

export interface EndpointStore {
  /** Checks `rules` and inserts in one transaction. */
  create(
    endpoint: Endpoint,
    rules: CreateRules,
  ): Promise<'created' | 'url_taken' | 'alias_taken' | 'limit_reached'>;
  /** Null also when it belongs to another tenant or mode. By alias, the live one when both modes have one. */
  get(scope: Scope, key: EndpointKey): Promise<Endpoint | null>;
  list(scope: Scope, query: EndpointQuery): Promise<Page<Endpoint> & { readonly total: number }>;
  /** Of any tenant, newest first. */
  find(scope: WideScope, filter: EndpointFilter, page: PageRequest): Promise<Page<Endpoint>>;
  /**
   * Reads the endpoint, calls `decide` for its change, and writes that with a new revision: one transaction, in which no
   * other one changes the endpoint. `decide` is pure: it may be called again; what it throws is thrown here and changes
   * nothing. `url_taken` only with `isUrlUnique`; null when there is no such endpoint.
   */
  change(scope: Scope, key: EndpointKey, decide: DecideChange): Promise<ChangedEndpoint | 'url_taken' | null>;
  /** Removed ones too, until retention deletes them; newest first. */
  listKnown(scope: Scope, page: PageRequest): Promise<Page<KnownEndpoint>>;
  /** Returns it as it was. What waits for it becomes `canceled`. */
  remove(scope: Scope, key: EndpointKey, now: number): Promise<Endpoint | null>;
  /** Endpoints of any tenant that were disabled before a time and have something waiting, by id after `after`. */
  listDisabled(before: number, after: string, limit: number): Promise<readonly Endpoint[]>;
  /** Endpoints of any tenant that need a person, by id. */
  listAttention(terms: AttentionTerms, page: PageRequest): Promise<Page<Attention>>;
  /** Endpoints of any tenant as the engine needs them, without those that are removed. */
  load(ids: readonly EndpointId[]): Promise<ReadonlyMap<EndpointId, LoadedEndpoint>>;
  /** The tenant of each of these endpoints that is not removed and that requests are made to. */
  owners(ids: readonly EndpointId[]): Promise<ReadonlyMap<EndpointId, TenantId>>;
}

export interface LoadedEndpoint {
  readonly endpoint: Endpoint;
  readonly dialect: string;
  /** The sealed secret of its tenant and mode; null for none. */
  readonly tenantSecret: string | null;
}

export interface AttentionTerms {
  /** Failures in a row from which an endpoint is failing. */
  readonly failuresMin: number;
  /** What was due before this time has waited for too long. Unix ms. */
  readonly dueBefore: number;
  /** Of these alone. */
  readonly tenants?: readonly TenantId[];
}

export interface CreateRules {
  readonly isUrlUnique: boolean;
  readonly endpointsMax: number;
}

export interface EndpointQuery extends PageRequest, EndpointFilter {
  readonly offset: number;
  readonly isWhole?: boolean;
  /** Subscribed to this type by name, by a prefix or by `*`. */
  readonly eventType?: string;
}

export type DecideChange = (current: Endpoint) => EndpointChange;

/** An endpoint before and after a change. */
export interface ChangedEndpoint {
  readonly before: Endpoint;
  readonly after: Endpoint;
}

export interface EndpointChange {
  readonly now: number;
  readonly isUrlUnique: boolean;
  readonly url?: string;
  readonly eventTypes?: readonly string[];
  readonly description?: string | null;
  readonly attributes?: JsonObject;
  /** Replaces all of it. */
  readonly metadata?: Metadata;
  readonly secrets?: readonly SealedSecret[];
  readonly settings?: EndpointSettings;
  readonly sealedSettings?: string | null;
  /** Enabling clears the reason and the health; what was held becomes due. */
  readonly enabled?: { readonly value: boolean; readonly reason: DisabledReason };
}

/** The operator's event catalogue: one for all tenants whose dialect leaves the event types to it. */
export interface EventTypeStore {
  /**
   * Creates the type, or replaces what it says and raises its version. The same content again changes nothing. Null when
   * it would be one more than `countMax`, or the catalogue would have more than `charactersMax`.
   */
  set(
    content: EventTypeContent,
    terms: { readonly now: number; readonly countMax: number; readonly charactersMax: number },
  ): Promise<EventType | null>;
  get(name: string): Promise<EventType | null>;
  /** In the order of their names. */
  list(page: PageRequest): Promise<Page<EventType>>;
  /** False when there is no such type. */
  remove(name: string): Promise<boolean>;
  /** Null when the catalogue is still at the revision `known`. */
  index(known: number | null): Promise<CatalogueIndex | null>;
}

export interface EventStore {
  /**
   * Writes events and all their deliveries in one transaction and resolves when that is on disk. Each publication is
   * accepted or refused as a whole, independent of the others. One with more deliveries than a transaction may write is
   * accepted with its events, and is certain from then on; `fanOut` writes its deliveries.
   */
  publish(publications: readonly Publication[], terms: PublishTerms): Promise<PublishOutcome>;
  /**
   * Writes the next `count` deliveries of an accepted publication and its progress in one transaction. Null when it is not this
   * process's any more.
   */
  fanOut(fanOut: FanOut, count: number, now: number): Promise<FannedOut | null>;
  /** The fan-outs that ended processes have left, from now on those of this one. */
  takeFanOuts(): Promise<readonly FanOut[]>;
  /**
   * Events after a position, oldest first, up to a bound below which no event will appear any more, whatever transactions are
   * open. `position` is that bound, behind which the feed goes on once there is no more.
   */
  feed(
    scope: WideScope,
    after: Position | null,
    bounds: { readonly limit: number; readonly bytesMax: number },
    now: number,
  ): Promise<FeedRead>;
  readonly feedCursors: FeedCursors;
  /** By the publisher's id; when `scope.mode` is null and both modes have it, the live one. */
  get(scope: Scope, id: string): Promise<StoredEvent | null>;
  /**
   * Newest first. With a filter, a page may have fewer than its limit and not be the last, because a search reads a bounded
   * number of events.
   */
  list(scope: Scope, page: PageRequest, filter?: EventFilter): Promise<Page<ListedEvent>>;
}

export interface FeedRead {
  readonly events: readonly Event[];
  /** Behind each of the events. */
  readonly positions: readonly Position[];
  readonly position: Position;
  /** There is more below the bound. */
  readonly isMore: boolean;
}

/** A position in the feed, and a time: what was published by then is not behind it. Unix ms. */
export interface FeedPosition {
  readonly position: Position;
  readonly at: number;
}

export interface FeedCursors {
  /** Fault `cursor_invalid`. */
  readCursor(cursor: string): FeedPosition;
  writeCursor(position: FeedPosition): string;
}

export interface PublishTerms {
  readonly now: number;
  readonly leaseMs: number;
  /** How many fresh deliveries of an endpoint of this tenant this process can send at once. */
  readonly capacity: (endpoint: EndpointId, tenant: TenantId) => number;
}

export interface PublishOutcome {
  /** One per publication, in order. `deferred`: nothing is written, the transaction is large enough; publish it again. */
  readonly results: readonly (PublicationResult | { readonly kind: 'deferred' })[];
  /** The accepted publications whose deliveries are still to be written, by their places among the results. */
  readonly fanOuts: ReadonlyMap<number, FanOut>;
  /** Deliveries claimed by this process, to be sent now. */
  readonly claims: readonly Claim[];
  /** Endpoints that have something due in the store. */
  readonly due: readonly EndpointId[];
}

/** The deliveries of one publication that are written in pieces. */
export interface FanOut {
  readonly id: number;
  /** In the order of the publication. */
  readonly events: readonly FannedEvent[];
  /** Which endpoints receive an event. */
  readonly lists: readonly (readonly EndpointId[])[];
  /** Deliveries that are on disk, counted in the order of the events. */
  readonly written: number;
  /** The number of the partition that it is in, where there are several. */
  readonly partition?: number;
}

export interface FannedEvent extends Pick<Event, 'seq' | 'tenant' | 'mode' | 'orderingKey'> {
  /** Index among the lists. */
  readonly list: number;
  /** The reserved ids of its deliveries; null for none. */
  readonly ids: IdRange | null;
}

export interface FannedOut {
  /** What is left; null when all of it is on disk. */
  readonly rest: FanOut | null;
  /** Endpoints that have something due in the store. */
  readonly due: readonly EndpointId[];
}

export interface DeliveryStore {
  /**
   * Newest first. One page reads a bounded number of deliveries, for a bounded time: it may have fewer than its limit, or
   * none, and go on at `nextCursor`.
   */
  list(scope: WideScope, filter: DeliveryFilter, page: PageRequest): Promise<Page<Delivery>>;
  get(scope: Scope, id: DeliveryId): Promise<DeliveryDetail | null>;
  /** Attempts of a tenant, or of one endpoint of it, newest first. */
  listAttempts(scope: Scope, endpoint: EndpointId | null, page: PageRequest): Promise<Page<LoggedAttempt>>;
  /**
   * Newest first. A page may have fewer than its limit and not be the last, because a search reads a bounded number of
   * attempts.
   */
  findAttempts(scope: WideScope, filter: AttemptFilter, page: PageRequest): Promise<Page<FoundAttempt>>;
  /**
   * What was recorded after a position, without what the caller has `seen` of the window below it; at null, the position now
   * and nothing. Nothing is left out that another process records with a lower number a moment later.
   */
  tailAttempts(
    scope: WideScope,
    filter: TailFilter,
    from: { readonly after: Position | null; readonly seen: readonly string[] },
  ): Promise<AttemptTail>;
  /** How many deliveries a list with this filter has, counted up to `max`. */
  count(scope: WideScope, filter: DeliveryFilter, max: number): Promise<number>;
  /** Attempts of one delivery, newest first; null when there is no such delivery. */
  listAttemptsOf(scope: Scope, id: DeliveryId, page: PageRequest): Promise<Page<Attempt> | null>;
  /** What a transform made of the event, as the last attempt that was the first to carry it; null for none. */
  content(id: DeliveryId): Promise<Content | null>;
  /** What is to be sent to the next `limit` endpoints with something waiting, in order of id after `after`. */
  agenda(after: EndpointId | null, limit: number): Promise<AgendaPage>;
  /** The earliest `dueAt` of each of these endpoints that has any. */
  nextDue(endpoints: readonly EndpointId[]): Promise<readonly Due[]>;
  /** Claims up to `count` due deliveries of each endpoint, raising their fencing numbers. */
  claim(wanted: readonly Wanted[], now: number, leaseMs: number): Promise<readonly Claim[]>;
  /** Claims up to `count` due deliveries of an endpoint for a client. Such claims outlive the process that made them. */
  pull(endpoint: EndpointId, count: number, now: number, leaseMs: number): Promise<readonly Claim[]>;
  /** The claims of an endpoint that are still held under these fencing numbers. */
  findClaims(endpoint: EndpointId, leases: readonly Lease[]): Promise<readonly Claim[]>;
  /** Moves the ends of leases of an endpoint that are still held to `until`. Returns those that it has moved. */
  extend(endpoint: EndpointId, leases: readonly Lease[], until: number): Promise<readonly Lease[]>;
  /** What an endpoint could have had by now: how many wait, counted up to `max`, and since when the oldest does. */
  countMissed(endpoint: EndpointId, now: number, max: number): Promise<Missed>;
  /** Releases claims unsent: the deliveries are due at once, for any process. */
  release(claims: readonly Claim[], now: number): Promise<void>;
  /**
   * Writes the results of attempts in one transaction: the attempt, the delivery's state, the endpoint's health, and the
   * notices. A delivery that is no longer claimed under the same fencing number is left alone.
   */
  record(results: readonly AttemptResult[], terms: RecordTerms): Promise<Recorded>;
  /**
   * Makes one more attempt due now. Null when there is no such delivery. Fault `redelivery_limit_reached` for one that has
   * had `attemptsMax` attempts, if that is given.
   */
  redeliver(scope: Scope, id: DeliveryId, now: number, attemptsMax?: number): Promise<Delivery | null>;
  /**
   * Ends a delivery that waits as `canceled`, also while it is in flight: its result will come too late. The next of its
   * ordering key is due. One that has ended stays as it is. Null when there is no such delivery.
   */
  cancel(scope: Scope, id: DeliveryId, now: number): Promise<Delivery | null>;
  /** The same for what waits for an endpoint, in bounded steps. Returns how many were canceled. */
  cancelWaiting(endpoint: EndpointId, filter: WaitingFilter, now: number): Promise<number>;
  /** How many deliveries wait, counted up to a bound and estimated beyond it. */
  countWaiting(): Promise<number>;
}

export interface WaitingFilter {
  /** Only what was created, or redelivered after its end, at this time or before. */
  readonly until: number;
  /** Only events of types that none of these entries selects. */
  readonly exceptTypes?: readonly string[];
  /** With `exceptTypes`: of the types that are kept, also what this filter does not match. */
  readonly exceptMatching?: Filter;
  /** Without redeliveries and test events, which a client asked for. */
  readonly isScheduledOnly: boolean;
}

export interface AgendaPage {
  /** Those of the endpoints that were looked at to which something is to be sent, with the earliest time of each. */
  readonly due: readonly Due[];
  /** The last endpoint that was looked at; null when no more have something waiting. */
  readonly reached: EndpointId | null;
}

export interface Due {
  readonly endpoint: EndpointId;
  readonly dueAt: number;
}

export interface Wanted {
  readonly endpoint: EndpointId;
  readonly count: number;
}

export interface AttemptResult {
  readonly claim: Claim;
  /** Null when nothing was to be sent. */
  readonly attempt: Attempt | null;
  readonly settlement: Settlement;
  readonly disabling: DisablingRule;
  /** What its requests have carried, this one included. */
  readonly sent: Sent;
  /** What this attempt was the first to carry in place of the published payload; otherwise null. */
  readonly content: Content | null;
}

/** The result of a claim for which an attempt was made. */
export type MadeResult = AttemptResult & { readonly attempt: Attempt };

/** It has come half way to being disabled, it is disabled, or it was half way and a request is accepted. */
export interface HealthTurn {
  readonly kind: (typeof healthKinds)[number];
  /** As it is then. */
  readonly endpoint: Endpoint;
  /** The failures that it is about. */
  readonly run: Health;
}

export interface RecordTerms {
  readonly now: number;
  /** The notices of a turn in the health of an endpoint, to the operator and to its tenant. */
  readonly noticeHealth: (turn: HealthTurn) => readonly EventDraft[];
  /** The operator's notice of an exhausted delivery; null for none. */
  readonly noticeExhausted: (result: MadeResult) => EventDraft | null;
}

export interface Recorded {
  /** Results that came too late: another process has claimed the delivery since. */
  readonly stale: number;
  /** The others. */
  readonly kept: ReadonlySet<AttemptResult>;
  readonly disabled: readonly EndpointId[];
  /** Endpoints that have something due in the store. */
  readonly due: readonly EndpointId[];
}

export interface ReplayStore {
  create(replay: Replay): Promise<void>;
  get(tenant: TenantId, id: string): Promise<Replay | null>;
  /** Newest first. */
  list(tenant: TenantId, page: PageRequest): Promise<Page<Replay>>;
  listRunning(): Promise<readonly Replay[]>;
  /** How many deliveries a replay with these terms would redeliver now. */
  count(terms: ReplayTerms): Promise<number>;
  /** How many events a backfill with these terms would deliver now. */
  countBackfill(terms: BackfillTerms): Promise<number>;
  /**
   * Redelivers the next `count` deliveries and stores how far the replay has come, in one transaction. A backfill creates
   * them, for events that were published at `keptSince` or later: retention may have deleted deliveries of older ones.
   */
  step(
    id: string,
    count: number,
    now: number,
    keptSince?: number,
  ): Promise<{ readonly redelivered: number; readonly due: readonly EndpointId[] }>;
  /** False when it is not running. */
  stop(tenant: TenantId, id: string): Promise<boolean>;
}

/** Keys of the admin API. */
export interface KeyStore {
  /** False when there are `keysMax` already. */
  create(key: AdminKey, keysMax: number): Promise<boolean>;
  list(page: PageRequest): Promise<Page<AdminKey>>;
  /** By the hash of its secret. */
  find(lookup: string): Promise<AdminKey | null>;
  /** Ends the sessions that it has opened, too. Returns it as it was; null when there is none. */
  remove(id: KeyId): Promise<AdminKey | null>;
  /** That it was used at this time. Unix ms. */
  used(id: KeyId, at: number): Promise<void>;
}

export interface ConsoleSessionStore {
  /** Deletes those that had ended at `now`. */
  start(session: ConsoleSession, now: number): Promise<void>;
  /** With the admin key that opened it; null for one that a key of the configuration opened. */
  find(lookup: string): Promise<{ readonly session: ConsoleSession; readonly key: AdminKey | null } | null>;
  end(lookup: string): Promise<void>;
}

export interface PortalSessionStore {
  /** Deletes those that had ended when it was created. False when its tenant has `sessionsMax` already. */
  create(session: PortalSession, sessionsMax: number): Promise<boolean>;
  list(tenant: TenantId, page: PageRequest): Promise<Page<PortalSession>>;
  /** Of any tenant. */
  get(id: string): Promise<PortalSession | null>;
  /** An opened one, by the hash of its token. */
  find(lookup: string): Promise<PortalSession | null>;
  /** Once, by the hash of its secret, before its end: the hash of the token takes its place. Null when it is not so. */
  open(id: string, secret: string, token: string, now: number): Promise<PortalSession | null>;
  /** One, or all of a tenant. Returns how many. */
  remove(tenant: TenantId, id: string | null): Promise<number>;
}

/** A check that this process makes until `leaseUntil` (Unix ms). */
export interface ClaimedCheck {
  readonly check: EndpointCheck;
  readonly leaseUntil: number;
  /** As of a claim. */
  readonly partition?: number;
}

export interface CheckStore {
  /** `unfinished`: the endpoint has another one, of this id. `too_many`: its tenant has started too many in a minute. */
  create(
    check: EndpointCheck,
  ): Promise<
    | { readonly kind: 'created' }
    | { readonly kind: 'unfinished'; readonly id: string }
    | { readonly kind: 'too_many' }
  >;
  /** Newest first: those that are kept. */
  list(endpoint: EndpointId): Promise<readonly EndpointCheck[]>;
  get(endpoint: EndpointId, id: string): Promise<EndpointCheck | null>;
  /** The one that has waited longest; null when none waits. */
  claim(now: number): Promise<ClaimedCheck | null>;
  /** Shows the items that are there so far. Changes nothing when another process has claimed it. */
  note(claimed: ClaimedCheck, items: EndpointCheck['items']): Promise<void>;
  /** False when the lease has ended, and another process has claimed it. */
  finish(claimed: ClaimedCheck, items: EndpointCheck['items'], now: number): Promise<boolean>;
}

/** A command whose changes are audited. */
export interface Command extends Origin {
  readonly name: string;
  /** Unix ms. */
  readonly at: number;
}

/** The audit log. It is appended to by what changes something, and by nothing changed. */
export interface AuditStore {
  /** Newest first. */
  list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>>;
  /** A change that is not in the store. Nothing in a store without a command. */
  append(change: Change): Promise<void>;
  /** Deletes up to `rowsMax` entries from before a time, oldest first. Returns how many. */
  deleteExpired(before: number, rowsMax: number): Promise<number>;
}

/** What encryption keys have sealed, wherever it is stored. */
export interface SealedStore {
  /**
   * Each value once, in a fixed order; the one that says which key the database has comes last. A page may have fewer values
   * than its limit, or none, and still not be the last.
   */
  list(page: PageRequest): Promise<Page<SealedValue>>;
  /** Writes these in one transaction, each unless it has changed since it was read. Returns how many were written. */
  replace(values: readonly ResealedValue[]): Promise<number>;
}

/** A value with one sealed text or more. */
export interface SealedValue {
  /** As `table.column`. */
  readonly column: string;
  /** Of its row. */
  readonly keys: readonly string[];
  /** As it is stored. */
  readonly text: string;
  /** What its texts are bound to. */
  readonly context: string;
}

export interface ResealedValue extends SealedValue {
  /** What takes the place of `text`. */
  readonly by: string;
}

export interface AlertStore {
  /** False when there are `alertsMax` already. */
  create(alert: Alert, alertsMax: number): Promise<boolean>;
  get(id: AlertId): Promise<AlertView | null>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<AlertView>>;
  /** What could not be sent before is tried at once. Null when there is no such alert. */
  change(id: AlertId, change: AlertChange): Promise<Alert | null>;
  /** With all that it is still to tell. Returns it as it was; null when there is none. */
  remove(id: AlertId): Promise<Alert | null>;
}

export interface AlertChange {
  readonly updatedAt: number;
  readonly name?: string;
  readonly types?: readonly AlertType[];
  readonly tenants?: readonly TenantId[] | null;
  readonly via?: AlertVia;
  readonly windowMs?: number;
  readonly enabled?: boolean;
  readonly snoozedUntil?: number | null;
}

/** What is still to be told. `record` and the steps of replays note signals in their own transactions. */
export interface AlertQueue {
  /** Nothing where there is neither an alert nor a contact. */
  note(signals: readonly AlertSignal[]): Promise<void>;
  isAskedFor(type: AlertType): Promise<boolean>;
  /** Whether there is a signal, or a message that is due. One statement. */
  hasWork(now: number): Promise<boolean>;
  /** Makes messages of some signals, in one transaction. Returns how many signals it took. */
  fold(terms: FoldTerms): Promise<number>;
  /** Claims channels for this process, each with what is due there; a claim that is not settled ends by itself. */
  claim(terms: ClaimTerms): Promise<readonly ClaimedAlerts[]>;
  /**
   * The messages of a claim were sent (`error` is null), or they are to be sent again later. Nothing when the claim has ended.
   * Returns how many were given up.
   */
  settle(claimed: ClaimedAlerts, error: string | null, now: number): Promise<number>;
}

export interface FoldTerms {
  readonly now: number;
  readonly newId: () => string;
}

export interface ClaimTerms {
  readonly now: number;
  readonly leaseMs: number;
  /** Sendings of one channel within an hour. */
  readonly perHourMax: number;
}

/** A channel with what is due there. */
export interface ClaimedAlerts {
  readonly channel: string;
  /** Fencing number. */
  readonly lease: number;
  /** Null for the contact of a tenant. */
  readonly alert: AlertId | null;
  /** Of the alert or the tenant. */
  readonly name: string;
  readonly via: AlertVia;
  readonly windowMs: number;
  readonly messages: readonly AlertMessage[];
  /** As of a claim. */
  readonly partition?: number;
}

/** Facts about the database itself. */
export interface MetadataStore {
  /** Writes the value unless the name has one; returns the stored value. */
  putIfAbsent(name: string, value: string): Promise<string>;
}

/** Attempts of one endpoint that ended in one minute. */
export interface StatsRow {
  readonly tenant: TenantId;
  readonly endpoint: EndpointId;
  /** Start of the minute. Unix ms. */
  readonly minute: number;
  readonly accepted: number;
  readonly refused: number;
  readonly unreachable: number;
  /** Counts per class of duration; see lib/histogram.ts. */
  readonly durations: readonly number[];
  /** Counts by outcome and code; see core/stats.ts. */
  readonly codes: Codes;
}

export interface StatsStore {
  /** Adds to the stored counts. */
  add(rows: readonly StatsRow[]): Promise<void>;
  /** Rows from `since` (Unix ms) to before `until`, oldest first. Without endpoints those of `allEndpoints`, see core/stats.ts. */
  read(filter: {
    tenant: TenantId | null;
    /** Where `tenant` is null: of these alone. */
    tenants?: readonly TenantId[];
    endpoints: readonly EndpointId[] | null;
    since: number;
    until: number;
  }): Promise<readonly StatsRow[]>;
}
