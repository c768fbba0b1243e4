// The port of a store: everything that must survive. What each member promises is a test in
// test/contracts/store.ts, which every store passes. Times are Unix ms and always passed in.
import type { Attempt } from '#core/attempt.ts';
import type { DeliveryDetail, DeliveryFilter, EndpointKey, LoggedAttempt, Page } from '#core/commands.ts';
import type { Claim, Delivery, DeliveryId } from '#core/delivery.ts';
import type { DisabledReason, DisablingRule, Endpoint, EndpointId, SealedSecret } from '#core/endpoint.ts';
import type { EventDraft, Publication, PublicationResult, StoredEvent } from '#core/event.ts';
import type { Replay, ReplayTerms } from '#core/replay.ts';
import type { Settlement } from '#core/retry.ts';
import type { Credential, CredentialId, Metadata, Mode, Scope, Tenant, TenantId } from '#core/tenant.ts';
import type { JsonObject } from '#lib/json.ts';

export interface Store {
  readonly tenants: TenantStore;
  readonly credentials: CredentialStore;
  readonly tenantSecrets: TenantSecretStore;
  readonly endpoints: EndpointStore;
  readonly events: EventStore;
  readonly deliveries: DeliveryStore;
  readonly replays: ReplayStore;
  readonly stats: StatsStore;
  readonly metadata: MetadataStore;
  /** Throws when the store can't answer; the message says what is wrong. */
  check(): Promise<void>;
  /**
   * Removes what ended before `before`, oldest slice of time first, in steps of at most `rowsMax` rows; also
   * cancels what waits for removed endpoints. Answers how many rows it touched: 0 when nothing is left to do.
   */
  sweep(before: number, now: number, rowsMax: number): Promise<number>;
  /** Work done so far, for /metrics. */
  counters(): StoreCounters;
  /** Where many processes share a store: tells what the others do, as long as the store is open. */
  listen?(listener: StoreListener): void;
  close(): Promise<void>;
}

/** What other processes have done. A word may be lost: nothing is to depend on it but the time it takes. */
export interface StoreListener {
  /** These endpoints have something due in the store. */
  woken(endpoints: readonly EndpointId[]): void;
  /** These endpoints are not what they were. */
  changed(endpoints: readonly EndpointId[]): void;
  /** Others have taken this process for dead: what it had claimed until now is due for them. */
  disowned(): void;
}

export interface StoreCounters {
  readonly commits: number;
  readonly statements: number;
}

/** Where a list goes on, and how much of it is wanted. Newest first. */
export interface PageRequest {
  readonly limit: number;
  /** Opaque; from the page before. Throws `Fault('cursor_invalid')` when it is not one of ours. */
  readonly cursor: string | null;
}

export interface TenantStore {
  /** False when the id is taken (also by a removed tenant). */
  create(tenant: Tenant): Promise<boolean>;
  get(id: TenantId): Promise<Tenant | null>;
  list(page: PageRequest): Promise<Page<Tenant>>;
  /** Null when there is no such tenant. */
  change(id: TenantId, change: TenantChange): Promise<Tenant | null>;
  /** Its keys stop working and its endpoints are removed, in one transaction. False when there is none. */
  remove(id: TenantId, now: number): Promise<boolean>;
}

export interface TenantChange {
  readonly name?: string;
  /** Replaces all of it. */
  readonly metadata?: Metadata;
}

export interface CredentialStore {
  create(credential: Credential): Promise<void>;
  list(tenant: TenantId, page: PageRequest): Promise<Page<Credential>>;
  /** Finds one by what a request presents, for tenants of this dialect alone. */
  find(dialect: string, lookup: string): Promise<Credential | null>;
  remove(tenant: TenantId, id: CredentialId): Promise<boolean>;
}

/** The secret of a tenant for all its endpoints of a mode. */
export interface TenantSecretStore {
  get(tenant: TenantId, mode: Mode): Promise<TenantSecret | null>;
  /** Raises the revision of every endpoint of this tenant and mode, and answers which they are. */
  set(tenant: TenantId, mode: Mode, secret: TenantSecret): Promise<readonly EndpointId[]>;
  /** Answers the one that is there then. */
  putIfAbsent(tenant: TenantId, mode: Mode, secret: TenantSecret): Promise<TenantSecret>;
}

export interface TenantSecret {
  readonly sealed: string;
  /** What is in the open beside it. */
  readonly attributes: JsonObject;
}

export interface EndpointStore {
  /** Checks `rules` and inserts in one transaction. */
  create(
    endpoint: Endpoint,
    rules: CreateRules,
  ): Promise<'created' | 'url_taken' | 'alias_taken' | 'limit_reached'>;
  /** Null also when it belongs to another tenant or mode. By alias, the live one where both modes have one. */
  get(scope: Scope, key: EndpointKey): Promise<Endpoint | null>;
  list(scope: Scope, query: EndpointQuery): Promise<Page<Endpoint> & { readonly total: number }>;
  /**
   * Reads the endpoint, asks `decide` what becomes of it, and writes that with a new revision: one transaction, in
   * which nobody else changes the endpoint. `decide` is pure: it may be called again, and what it throws is thrown
   * here and changes nothing. `url_taken` only with `isUrlUnique`; null when there is no such endpoint.
   */
  change(scope: Scope, key: EndpointKey, decide: DecideChange): Promise<ChangedEndpoint | 'url_taken' | null>;
  /** What waits for it becomes `canceled`. */
  remove(scope: Scope, key: EndpointKey, now: number): Promise<Endpoint | null>;
  /** An endpoint as the engine needs it, whoever owns it, with the dialect of its tenant; null when removed. */
  load(id: EndpointId): Promise<LoadedEndpoint | null>;
}

export interface LoadedEndpoint {
  readonly endpoint: Endpoint;
  readonly dialect: string;
  /** The sealed secret of its tenant and mode, where there is one. */
  readonly tenantSecret: string | null;
}

export interface CreateRules {
  readonly isUrlUnique: boolean;
  readonly endpointsMax: number;
}

export interface EndpointQuery extends PageRequest {
  readonly offset: number;
  readonly enabled?: boolean;
  /** Subscribed to this type by name or by `*`. */
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
  /** Enabling clears the reason and the health, and makes what was held due. */
  readonly enabled?: { readonly value: boolean; readonly reason: DisabledReason };
}

export interface EventStore {
  /**
   * Writes events and all their deliveries in one transaction and resolves when that is on disk. Each
   * publication stands or falls alone, whole.
   */
  publish(publications: readonly Publication[], terms: PublishTerms): Promise<PublishOutcome>;
  /** By the publisher's id; when `scope.mode` is null and both modes have it, the live one. */
  get(scope: Scope, id: string): Promise<StoredEvent | null>;
  list(scope: Scope, page: PageRequest): Promise<Page<StoredEvent>>;
}

export interface PublishTerms {
  readonly now: number;
  readonly leaseMs: number;
  /** How many more fresh deliveries of an endpoint this process can take to send at once. */
  readonly places: (endpoint: EndpointId) => number;
}

export interface PublishOutcome {
  /** One per publication, in order. */
  readonly results: readonly PublicationResult[];
  /** Deliveries leased to this process, to be sent now. */
  readonly claims: readonly Claim[];
  /** Endpoints that have something due in the store. */
  readonly woken: readonly EndpointId[];
}

export interface DeliveryStore {
  list(scope: Scope, filter: DeliveryFilter, page: PageRequest): Promise<Page<Delivery>>;
  get(scope: Scope, id: DeliveryId): Promise<DeliveryDetail | null>;
  /** Attempts of a tenant, or of one endpoint of it, newest first. */
  listAttempts(scope: Scope, endpoint: EndpointId | null, page: PageRequest): Promise<Page<LoggedAttempt>>;
  /** Endpoints with something waiting, in order of id after `after`, each with its earliest `dueAt`. */
  agenda(after: EndpointId | null, limit: number): Promise<readonly Due[]>;
  /** The earliest `dueAt` of each of these endpoints that has any. */
  nextDue(endpoints: readonly EndpointId[]): Promise<readonly Due[]>;
  /** Takes up to `count` due deliveries of each endpoint, raising their fencing numbers. */
  claim(wanted: readonly Wanted[], now: number, leaseMs: number): Promise<readonly Claim[]>;
  /** Gives claims back unsent: they are due at once, for whoever asks. */
  release(claims: readonly Claim[], now: number): Promise<void>;
  /**
   * Writes what came of attempts in one transaction: the attempt, the delivery's state, the endpoint's
   * health, and the operator's events. What is no longer claimed under the same fencing number is left alone.
   */
  record(results: readonly AttemptResult[], terms: RecordTerms): Promise<Recorded>;
  /** Orders one more attempt, now. Null when there is none. */
  redeliver(scope: Scope, id: DeliveryId, now: number): Promise<Delivery | null>;
  /** What waits now: how many, and since when the oldest is due. For /metrics; may be a little old. */
  backlog(now: number): Promise<{ readonly waiting: number; readonly oldestDueAt: number | null }>;
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
  readonly attempt: Attempt;
  readonly settlement: Settlement;
  readonly disabling: DisablingRule;
}

export interface RecordTerms {
  readonly now: number;
  /** The event that tells the operator of a disabled endpoint, or of an exhausted delivery; null for none. */
  readonly noticeDisabled: (endpoint: Endpoint, reason: DisabledReason) => EventDraft | null;
  readonly noticeExhausted: (result: AttemptResult) => EventDraft | null;
}

export interface Recorded {
  /** Results that came too late: their claim had ended. */
  readonly stale: number;
  readonly disabled: readonly EndpointId[];
  /** Endpoints that have something new due in the store. */
  readonly woken: readonly EndpointId[];
}

export interface ReplayStore {
  create(replay: Replay): Promise<void>;
  get(tenant: TenantId, id: string): Promise<Replay | null>;
  listRunning(): Promise<readonly Replay[]>;
  /** Deliveries that a replay with these terms would order now. */
  count(terms: ReplayTerms): Promise<number>;
  /** Orders the next `count` deliveries and remembers how far it came, in one transaction. */
  step(
    id: string,
    count: number,
    now: number,
  ): Promise<{ readonly ordered: number; readonly woken: readonly EndpointId[] }>;
  /** False when it is not running. */
  stop(tenant: TenantId, id: string): Promise<boolean>;
}

/** Facts about the database itself. */
export interface MetadataStore {
  /** Writes the value unless the name has one; answers the one it has then. */
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
}

export interface StatsStore {
  /** Adds to what is stored. */
  add(rows: readonly StatsRow[]): Promise<void>;
  /** Rows from `since` (Unix ms) on, oldest first. */
  read(filter: {
    tenant: TenantId | null;
    endpoint: EndpointId | null;
    since: number;
  }): Promise<readonly StatsRow[]>;
}
