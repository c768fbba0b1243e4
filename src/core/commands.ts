// Commands: everything that the domain can be asked, as plain data in and plain data out. They are what crosses from
// the API thread to the engine thread (core/backend.ts); each has one handler, in commands/.
import type { JsonObject, JsonValue } from '#lib/json.ts';
import type { AdminKey, ConsoleSession, KeyFacts, KeyId, KeyScope } from './access.ts';
import type { AlertId, AlertType, AlertView } from './alert.ts';
import type { ArchiveDay, ArchivedFile, ArchiveKind, ArchivePosition } from './archive.ts';
import type { Attempt, Outcome } from './attempt.ts';
import type { AuditEntry, AuditFilter } from './audit.ts';
import type { Attention, EndpointCounts } from './attention.ts';
import type { EndpointCheck } from './check.ts';
import type { CatalogueEntry, CatalogueIndex, EventType, EventTypeContent } from './catalogue.ts';
import type { Caller, Client, CredentialKind, IssuedCredential } from './caller.ts';
import type { Delivery, DeliveryId, DeliveryState } from './delivery.ts';
import type { Endpoint, EndpointId, EndpointKind } from './endpoint.ts';
import type { AttemptEnding } from './ending.ts';
import type { Event, ListedEvent, PublishedEvent, StoredEvent } from './event.ts';
import type { Explanation } from './explanation.ts';
import type { FeedPage, FeedRequest } from './feed.ts';
import type { Reason } from './filter/conditions.ts';
import type { Filter } from './filter/filter.ts';
import type { PortalFacts } from './portal.ts';
import type { Position } from './position.ts';
import type { GivenResult, Lease, LeaseVerdict, PullDelivery, Pulled, ResultVerdict } from './pull.ts';
import type { BackfillTerms, Replay, ReplayForecast, ReplayTerms } from './replay.ts';
import type { DatabaseFacts } from './server.ts';
import type { SettingsPatch } from './settings.ts';
import type { StatsBucket, StatsQuery } from './stats.ts';
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
} from './tenant.ts';
import type { ScriptProblem } from './transform.ts';

/** An endpoint with its secrets opened, newest first; empty unless the command gives them. */
export interface OpenEndpoint {
  readonly endpoint: Endpoint;
  readonly secrets: readonly string[];
}

/** Where a list goes on, and how much of it is wanted. Newest first. */
export interface PageRequest {
  readonly limit: number;
  /** Opaque; from the page before. Fault `cursor_invalid` when it is not one of ours. */
  readonly cursor: string | null;
}

/** One page of a list, newest first. `nextCursor` is null on the last. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/**
 * `alias` is the client's own id. An endpoint that has it already is answered as it is when its content is the same.
 * Otherwise fault `endpoint_exists`, or with `onTaken: 'replace'` (an upsert) its content becomes the one given here:
 * its secret and its state stay, and `attributes` and `settings` are merged over those it has. Metadata is not compared;
 * what is given replaces what it has.
 */
export interface CreateEndpoint {
  readonly tenant: TenantId;
  readonly mode: Mode;
  /** `push` when absent. */
  readonly kind?: EndpointKind;
  /** Absent for one of kind `pull`, and only there. */
  readonly url?: string;
  readonly eventTypes: readonly string[];
  readonly description?: string | null;
  readonly alias?: string | null;
  readonly onTaken?: 'replace';
  readonly attributes?: JsonObject;
  readonly metadata?: Metadata;
  readonly settings?: SettingsPatch;
  /** The client's own; the server makes one if left out. */
  readonly secret?: string;
}

/** With the secrets of the endpoint, also when it existed before. */
export interface CreatedEndpoint extends OpenEndpoint {
  readonly isNew: boolean;
}

export interface ListEndpoints extends Scope, EndpointFilter {
  readonly limit: number;
  readonly cursor?: string | null;
  /** The page is not cut by its size: for wires that cannot go on behind its last entry. So with `offset`. */
  readonly isWhole?: boolean;
  /** Places to skip, for dialects that page by number instead of by cursor. */
  readonly offset?: number;
  readonly eventType?: string;
  readonly withSecrets?: boolean;
}

export interface EndpointFilter {
  readonly enabled?: boolean;
  /** What its URL begins with. */
  readonly url?: string;
  /** An id by which its owner knows it: its own, that as a UUID, or the one that the client chose. */
  readonly knownAs?: string;
}

/** The endpoints of every tenant, or of one. */
export interface FindEndpoints extends WideScope, PageRequest {
  readonly filter: EndpointFilter;
}

export interface FilterTrial {
  /** In place of that of the endpoint; null for none. */
  readonly filter?: Filter | null;
  readonly payload: JsonValue;
  readonly type: string | null;
  readonly orderingKey: string | null;
}

export interface FilterVerdict {
  readonly matches: boolean;
  /** Why it does not match; empty when it does. */
  readonly reasons: readonly Reason[];
}

export interface TransformTrial {
  /** In place of that of the endpoint; null for none. */
  readonly transform?: string | null;
  readonly payload: JsonValue;
  readonly type: string | null;
  readonly orderingKey: string | null;
}

/** What would be sent, or that nothing would, or why it fails. */
export interface TransformVerdict {
  readonly canceled: boolean;
  readonly payload: JsonValue;
  readonly headers: Readonly<Record<string, string>>;
  readonly url: string | null;
  readonly error: ScriptProblem | null;
  readonly durationMs: number;
}

/** Which endpoint: by its id, or by the id that the client chose for it. */
export type EndpointKey = { readonly id: EndpointId } | { readonly alias: string };

/** What changes of an endpoint; what is not given stays. */
export interface EndpointPatch {
  readonly url?: string;
  readonly eventTypes?: readonly string[];
  readonly description?: string | null;
  readonly enabled?: boolean;
  /** Merged over the attributes that the endpoint has. */
  readonly attributes?: JsonObject;
  /** Replaces all of it. */
  readonly metadata?: Metadata;
  readonly settings?: SettingsPatch;
}

/** What a change says. */
export interface GivenChange {
  readonly patch: EndpointPatch;
  /**
   * A change that depends on the endpoint as it is, in the dialect's own words: `Dialect.resolveChange` makes a patch
   * of it inside the transaction. Its members take precedence over those of `patch`.
   */
  readonly change?: JsonObject;
}

export type ChangeEndpoint = EndpointRef & GivenChange & { readonly withSecrets?: boolean };

/** `status` and `error` are those of the last attempt. Failures are searched among what is not delivered, unless `state` is given. */
export interface DeliveryFilter extends AttemptEnding {
  readonly state?: DeliveryState;
  readonly endpoint?: EndpointId;
  readonly event?: string;
  readonly eventType?: string;
  /** An id that a receiver was shown: that of the event or of the delivery, or the number of the event. */
  readonly wireId?: string;
  /** Created at or after, and before. Unix ms. */
  readonly since?: number;
  readonly until?: number;
}

export interface ListDeliveries extends Scope {
  readonly filter: DeliveryFilter;
  readonly limit: number;
  readonly cursor?: string | null;
}

/** An attempt with the delivery and the event that it was made for. */
export interface LoggedAttempt {
  readonly attempt: Attempt;
  readonly delivery: Delivery;
  readonly event: Event;
}

export interface EventFilter {
  readonly type?: string;
  readonly orderingKey?: string;
  /** Published at or after, and before. Unix ms. */
  readonly since?: number;
  readonly until?: number;
  /** Only events that no endpoint received. */
  readonly isWithoutDeliveries?: boolean;
}

/** The deliveries of every tenant, or of one. */
export interface FindDeliveries extends WideScope, PageRequest {
  readonly filter: DeliveryFilter;
}

export interface AttemptFilter extends AttemptEnding {
  readonly endpoint?: EndpointId;
  readonly outcome?: Outcome;
  readonly eventType?: string;
  /** Started at or after, and before. Unix ms. */
  readonly since?: number;
  readonly until?: number;
}

/** An attempt without headers and body, and what it was made for. */
export interface FoundAttempt extends Omit<Attempt, 'requestHeaders' | 'responseHeaders' | 'responseBody'> {
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly endpoint: EndpointId;
  /** The id of the event. */
  readonly event: string;
  readonly eventType: string;
}

/** Which attempts a tail shows. */
export type TailFilter = Pick<AttemptFilter, 'endpoint' | 'outcome' | 'eventType'>;

/** Attempts that were recorded since a position, oldest first. */
export interface AttemptTail {
  readonly items: readonly FoundAttempt[];
  readonly position: Position;
  /** The ids of what may be read again at this position. */
  readonly seen: readonly string[];
  /** There were more. */
  readonly isCut: boolean;
}

/** The attempts of every tenant, or of one. */
export interface FindAttempts extends WideScope, PageRequest {
  readonly filter: AttemptFilter;
}

export interface ListAttempts extends Scope {
  /** All of the tenant's when null. */
  readonly endpoint: EndpointId | null;
  readonly limit: number;
  readonly cursor?: string | null;
}

export interface ExplainEvent extends Scope {
  /** The publisher's id. */
  readonly id: string;
  readonly isAnyMode: boolean;
  readonly limit: number;
  readonly cursor?: string | null;
}

export interface ExplainedEvent extends Page<Explanation> {
  readonly stored: StoredEvent;
}

export type EndpointRef = Scope & EndpointKey;
interface AlertRef {
  readonly id: AlertId;
}
interface AlertInput {
  readonly tenants?: readonly TenantId[] | null;
  readonly windowMs?: number;
  readonly enabled?: boolean;
}
/** Where an alert goes, as it was asked for. */
export type AlertViaInput =
  | { readonly kind: 'webhook'; readonly url: string }
  | { readonly kind: 'email'; readonly to: readonly string[] }
  | { readonly kind: 'chat'; readonly url: string };
interface TenantRef {
  readonly tenant: TenantId;
}
export interface TenantMode extends TenantRef {
  readonly mode: Mode;
}
interface DeliveryRef extends Scope {
  readonly id: DeliveryId;
}
/** A list of the operator's of these tenants alone. */
interface AmongTenants {
  readonly tenants?: readonly TenantId[];
}
/** What is found by the hash of its secret. */
interface Lookup {
  readonly lookup: string;
}
/** What an endpoint has never got, up to now when `until` is null. */
export type BackfillOrder = EndpointRef &
  Pick<BackfillTerms, 'eventTypes' | 'since'> & { readonly until: number | null };

interface ReplayRef extends TenantRef {
  readonly id: string;
}

/** A credential as it may be shown: without its secret part. */
export type CredentialFacts = Omit<Credential, 'sealedSecret'>;

/** Every command: what goes in and what comes out. Refusals are thrown as `Fault`. */
export interface Commands {
  /** Faults: `field_invalid`, `dialect_unknown`, `tenant_exists`. */
  createTenant: {
    input: {
      readonly id?: string;
      readonly name: string;
      readonly dialect: string;
      readonly metadata?: Metadata;
      readonly contact?: TenantContact | null;
    };
    result: Tenant;
  };
  listTenants: { input: PageRequest & AmongTenants; result: Page<Tenant> };
  /** Every command below that names a tenant: fault `tenant_not_found`. */
  getTenant: { input: TenantRef; result: Tenant };
  changeTenant: {
    input: TenantRef & {
      readonly name?: string;
      readonly metadata?: Metadata;
      readonly contact?: TenantContact | null;
    };
    result: Tenant;
  };
  /** Its credentials stop working, its endpoints are removed, its backlog is canceled. */
  removeTenant: { input: TenantRef; result: null };

  /** The only time that the secret part is answered. Fault `field_invalid` for a kind the dialect does not have. */
  createCredential: {
    input: TenantMode & { readonly kind?: CredentialKind };
    result: { readonly credential: CredentialFacts; readonly issued: IssuedCredential };
  };
  listCredentials: { input: TenantRef & PageRequest; result: Page<CredentialFacts> };
  removeCredential: { input: TenantRef & { readonly id: CredentialId }; result: null };
  /** Whose request it is. Faults: `key_unknown`, and what the dialect says of a wrong signature. */
  authenticate: { input: Client; result: Caller };

  createEndpoint: { input: CreateEndpoint; result: CreatedEndpoint };
  listEndpoints: {
    input: ListEndpoints;
    /** `total` counts all that match. */
    result: Page<OpenEndpoint> & { readonly total: number };
  };
  findEndpoints: { input: FindEndpoints; result: Page<Endpoint> };
  getEndpoint: { input: EndpointRef & { readonly withSecrets?: boolean }; result: OpenEndpoint };
  changeEndpoint: { input: ChangeEndpoint; result: OpenEndpoint };
  removeEndpoint: { input: EndpointRef; result: Endpoint };
  /** Cancels all that waits for the endpoint, also what is in flight. Returns how many deliveries it was. */
  purgeEndpoint: { input: EndpointRef; result: number };
  /**
   * The new secret is made by the server, or `secret`. The old one signs beside it for `overlapMs`, in dialects whose requests can
   * carry two signatures.
   */
  rotateSecret: {
    input: EndpointRef & { readonly overlapMs: number; readonly secret?: string };
    result: OpenEndpoint;
  };
  /** The secret that signs. Changes nothing, and is carried out by the engine: it is an act of its own, not a part of a list. */
  revealSecret: { input: EndpointRef; result: OpenEndpoint };
  /**
   * Publishes a test event to this endpoint alone: the dialect's first sample, the sample of a type, or any payload.
   * Faults `endpoint_disabled`, `event_type_unknown`, `payload_refused`.
   */
  sendTest: {
    input: EndpointRef & { readonly type?: string; readonly payload?: JsonValue };
    result: PublishedEvent;
  };
  /**
   * Takes in a check of the receiver, with the test event or one of a type. Faults `rate_limited` while the endpoint has one
   * that is not finished, `event_type_unknown`.
   */
  checkEndpoint: { input: EndpointRef & { readonly type?: string }; result: EndpointCheck };
  /** Newest first: the last ones. */
  listChecks: { input: EndpointRef; result: Page<EndpointCheck> };
  /** Fault `check_not_found`. */
  getCheck: { input: EndpointRef & { readonly check: string }; result: EndpointCheck };
  /** Whether the filter of an endpoint, or another one, matches a sample. Fault `field_invalid` for a wrong filter. */
  testFilter: { input: EndpointRef & FilterTrial; result: FilterVerdict };
  /** What the transform of an endpoint, or another one, makes of a sample. Fault `unavailable` when too many wait. */
  testTransform: { input: EndpointRef & TransformTrial; result: TransformVerdict };
  /** The tenant's own secret, for dialects whose endpoints share one. It signs alone from now on. */
  setTenantSecret: { input: TenantMode & { readonly secret: string }; result: null };
  /** The same by the operator: `secret`, or one that the server makes. Fault `field_invalid` where each endpoint has its own. */
  rotateTenantSecret: { input: TenantMode & { readonly secret?: string }; result: string };
  /** Null when none is set. Fault `field_invalid` where each endpoint has its own. */
  revealTenantSecret: { input: TenantMode; result: string | null };
  /** What is in the open of the tenant's own secret; one is made when there is none. */
  getTenantSecret: { input: TenantMode; result: JsonObject };

  /**
   * What was published after a cursor, in order; answers at once, the API thread waits for `waitMs` where there is nothing.
   * Faults `cursor_invalid`, and `cursor_expired` when what followed it may be deleted.
   */
  readFeed: { input: Scope & FeedRequest; result: FeedPage };
  /** The same of every tenant. */
  findFeed: { input: WideScope & FeedRequest; result: FeedPage };
  /** By the publisher's id; when both modes have it and `mode` is null, the live one. */
  getEvent: { input: Scope & { readonly id: string }; result: StoredEvent };
  /** With a filter, a page may have fewer events than its limit, or none, and still not be the last. */
  listEvents: { input: Scope & PageRequest & { readonly filter?: EventFilter }; result: Page<ListedEvent> };

  /** For each endpoint of the tenant, in pages, what became of the event; with `isAnyMode`, also of those of the other mode. */
  explainEvent: { input: ExplainEvent; result: ExplainedEvent };

  /** Creates the type, or replaces what it says. Faults `field_invalid` for its name, `event_type_limit_reached`. */
  setEventType: { input: EventTypeContent; result: CatalogueEntry };
  removeEventType: { input: { readonly name: string }; result: null };
  /** Of the catalogue of a dialect, or of the operator's own. Faults `dialect_unknown`, `event_type_not_found`. */
  getEventType: { input: { readonly name: string; readonly dialect: string | null }; result: CatalogueEntry };
  /** In the order of their names. */
  listEventTypes: { input: PageRequest & { readonly dialect: string | null }; result: Page<CatalogueEntry> };
  /** The same for a client: those of its dialect. */
  listTenantEventTypes: {
    input: Scope & { readonly limit: number; readonly cursor?: string | null };
    result: Page<CatalogueEntry>;
  };
  /** Of the operator's catalogue; null when it is gone. */
  readEventType: { input: { readonly name: string }; result: EventType | null };
  /** The operator's catalogue in short; null when it is still at the revision `known`. */
  readCatalogue: { input: { readonly known: number | null }; result: CatalogueIndex | null };

  listDeliveries: { input: ListDeliveries; result: Page<Delivery> };
  listAttempts: { input: ListAttempts; result: Page<LoggedAttempt> };
  findDeliveries: { input: FindDeliveries; result: Page<Delivery> };
  /** A page may have fewer attempts than its limit, or none, and still not be the last. */
  findAttempts: { input: FindAttempts; result: Page<FoundAttempt> };
  /** What was recorded after a position; at null, the position now and nothing. `seen` is left out. */
  tailAttempts: {
    input: WideScope & {
      readonly filter: TailFilter;
      readonly after: Position | null;
      readonly seen: readonly string[];
    };
    result: AttemptTail;
  };
  getDelivery: { input: DeliveryRef; result: ShownDelivery };
  /** The bytes that every attempt sends. */
  getRequestBody: { input: DeliveryRef; result: Uint8Array };
  /** All attempts of one delivery. */
  listDeliveryAttempts: {
    input: DeliveryRef & { readonly limit: number; readonly cursor?: string | null };
    result: Page<Attempt>;
  };
  /** One extra attempt, now. Fault `redelivery_limit_reached`. */
  redeliver: { input: DeliveryRef; result: Delivery };
  /** The next of its ordering key is due. A delivery that has ended stays as it is. */
  cancelDelivery: { input: DeliveryRef; result: Delivery };

  /**
   * Takes due deliveries of an endpoint without a URL, up to `max` less those of `held` that are still leased. Answers at
   * once; the API thread waits for `waitMs` where there is nothing. This and the next three: fault `field_invalid` for an endpoint with a URL.
   */
  pullDeliveries: {
    input: EndpointRef &
      Pick<PullDelivery, 'max' | 'leaseMs'> &
      Partial<PullDelivery> & {
        readonly waitMs?: number;
        /** For the API thread: how many deliveries a stream holds. */
        readonly streamMax?: number;
      };
    result: Pulled;
  };
  /** Records attempts that a client has made, each if its lease is still held. In the order of the results. */
  recordResults: {
    input: EndpointRef & { readonly results: readonly GivenResult[] };
    result: readonly ResultVerdict[];
  };
  /** Leases last for `leaseMs` from now on. */
  extendLeases: {
    input: EndpointRef & { readonly leases: readonly Lease[]; readonly leaseMs: number };
    result: readonly LeaseVerdict[];
  };
  /** Gives deliveries back untried: they are due at once. */
  releaseLeases: {
    input: EndpointRef & { readonly leases: readonly Lease[] };
    result: readonly LeaseVerdict[];
  };

  createReplay: { input: ReplayTerms; result: Replay };
  countReplay: { input: ReplayTerms; result: ReplayForecast };
  /** Listed, shown and stopped as the replays are. */
  createBackfill: { input: BackfillOrder & Pick<ReplayTerms, 'ratePerSecond'>; result: Replay };
  countBackfill: { input: BackfillOrder; result: { readonly total: number } };
  listReplays: { input: TenantRef & PageRequest; result: Page<Replay> };
  getReplay: { input: ReplayRef; result: Replay };
  /** What it has redelivered stays so. */
  stopReplay: { input: ReplayRef; result: null };

  /** Endpoints of all tenants, by id. */
  listAttention: {
    input: PageRequest &
      AmongTenants & {
        /** Failures in a row from which an endpoint is failing. */
        readonly failuresMin: number;
        /** How long what is due may wait, in ms. */
        readonly waitMsMax: number;
      };
    result: Page<Attention>;
  };
  countDeliveries: { input: EndpointRef & { readonly since: number }; result: EndpointCounts };

  /** The only time that the key itself is answered. Faults `field_invalid`, `too_many`. */
  createKey: {
    input: {
      readonly name: string;
      readonly scopes: readonly KeyScope[];
      readonly tenants: readonly TenantId[] | null;
      readonly expiresAt: number | null;
      /** What the key that asks may do: the new one may not do more. */
      readonly by: { readonly scopes: readonly KeyScope[]; readonly tenants: readonly TenantId[] | null };
    };
    result: { readonly key: KeyFacts; readonly secret: string };
  };
  listKeys: { input: PageRequest; result: Page<KeyFacts> };
  /** Fault `key_not_found`. */
  removeKey: { input: { readonly id: KeyId }; result: null };
  findKey: { input: Lookup; result: AdminKey | null };
  noteKeyUse: { input: { readonly id: KeyId; readonly at: number }; result: null };
  startConsoleSession: { input: ConsoleSession; result: null };
  /** With the admin key that opened it; null for one that a key of the configuration opened. */
  findConsoleSession: {
    input: Lookup;
    result: { readonly session: ConsoleSession; readonly key: AdminKey | null } | null;
  };
  endConsoleSession: { input: Lookup; result: null };

  /** The only time that the secret of its link is answered. Fault `too_many`. */
  createPortalSession: {
    input: Omit<PortalFacts, 'id' | 'createdAt' | 'openedAt' | 'expiresAt'> & {
      readonly expiresInMs: number;
    };
    result: { readonly session: PortalFacts; readonly secret: string };
  };
  listPortalSessions: { input: TenantRef & PageRequest; result: Page<PortalFacts> };
  /** Once. The token finds the session from then on. Fault `key_unknown`. */
  openPortalSession: {
    input: { readonly id: string; readonly secret: string };
    result: { readonly session: PortalFacts; readonly token: string };
  };
  /** An opened one that has not ended, by the hash of its token. */
  findPortalSession: { input: Lookup; result: PortalFacts | null };
  /** One that has not ended. */
  getPortalSession: { input: { readonly id: string }; result: PortalFacts | null };
  /** Fault `session_not_found`. */
  removePortalSession: { input: TenantRef & { readonly id: string }; result: null };
  /** Returns how many. */
  removePortalSessions: { input: TenantRef; result: number };
  /**
   * One step of the rotation of the encryption key: seals anew what older keys sealed, from a cursor on. `remaining`: values that
   * no key opens, and at the end, values that older keys have sealed meanwhile.
   */
  rotateEncryption: {
    input: { readonly cursor: string | null };
    result: {
      readonly examined: number;
      readonly resealed: number;
      readonly remaining: number;
      readonly nextCursor: string | null;
    };
  };
  /** With the secret that signs, of a webhook. Faults `field_invalid`, `url_refused`, `too_many`. */
  createAlert: {
    input: AlertInput & {
      readonly name: string;
      readonly types: readonly AlertType[];
      readonly via: AlertViaInput;
    };
    result: { readonly view: AlertView; readonly secret: string | null };
  };
  /** Newest first. */
  listAlerts: { input: PageRequest; result: Page<AlertView> };
  /** These four: fault `alert_not_found`. */
  getAlert: { input: AlertRef; result: AlertView };
  changeAlert: {
    input: AlertRef &
      AlertInput & {
        readonly name?: string;
        readonly types?: readonly AlertType[];
        readonly via?: AlertViaInput;
      };
    result: AlertView;
  };
  removeAlert: { input: AlertRef; result: null };
  /** Until a time; null ends it. */
  snoozeAlert: { input: AlertRef & { readonly until: number | null }; result: AlertView };
  /** Sends a sample at once, also while it is snoozed or disabled. Null when it was sent, else why not. */
  testAlert: { input: AlertRef; result: { readonly error: string | null } };

  /** Newest first. */
  listAudit: { input: PageRequest & { readonly filter: AuditFilter }; result: Page<AuditEntry> };

  /** Ends the pause of this process (CARILLON_PAUSED). False when it was not paused. */
  resume: { input: Readonly<Record<string, never>>; result: boolean };

  /** Its version and size, and the processes that share it. */
  describeDatabase: { input: Readonly<Record<string, never>>; result: DatabaseFacts };

  /**
   * The archive, which this process writes: the oldest day that expired by a time, and whose archive it belongs to; null when there
   * is none, or another process writes it. These are of no client.
   */
  beginArchive: {
    input: { readonly expiredBefore: number; readonly leaseMs: number };
    result: { readonly day: ArchiveDay; readonly database: string } | null;
  };
  /** All files of a tenant are written; or none, to go on for so long. False when another process writes the day. */
  noteArchived: {
    input: { readonly lease: number; readonly files: readonly ArchivedFile[]; readonly leaseMs: number };
    result: boolean;
  };
  finishArchive: { input: { readonly lease: number }; result: boolean };
  /** Lines of JSON of a tenant, in order, a page at a time: of events, or of deliveries and their attempts. */
  readArchive: {
    input: {
      readonly day: ArchiveDay;
      readonly tenant: TenantId;
      readonly of: 'events' | 'deliveries';
      readonly position: ArchivePosition | null;
    };
    result: {
      readonly parts: readonly {
        readonly kind: ArchiveKind;
        readonly rows: number;
        readonly text: Uint8Array;
      }[];
      readonly next: ArchivePosition | null;
      /** The number of the database that it was read from; 0 where there is one. */
      readonly place: number;
    };
  };
  /** In order after one; empty at the end. */
  listArchiveTenants: { input: { readonly after: string }; result: readonly TenantId[] };
  /** What is noted of the day that is being written, by tenants. */
  listArchivedFiles: { input: { readonly after: string }; result: readonly (readonly ArchivedFile[])[] };

  /** Oldest first; buckets in which no attempt ended are left out. */
  readStats: { input: StatsQuery; result: readonly StatsBucket[] };
}

export type CommandName = keyof Commands;
export type CommandInput<C extends CommandName> = Commands[C]['input'];
export type CommandResult<C extends CommandName> = Commands[C]['result'];

/** The commands that change nothing. They are carried out beside the engine, on connections of their own. */
const readCommands = [
  'listTenants',
  'getTenant',
  'listCredentials',
  'listEndpoints',
  'findEndpoints',
  'getEndpoint',
  'readFeed',
  'findFeed',
  'getEvent',
  'listEvents',
  'explainEvent',
  'getEventType',
  'listChecks',
  'getCheck',
  'listEventTypes',
  'listTenantEventTypes',
  'readEventType',
  'readCatalogue',
  'listDeliveries',
  'listAttempts',
  'findDeliveries',
  'findAttempts',
  'tailAttempts',
  'getDelivery',
  'getRequestBody',
  'listDeliveryAttempts',
  'countReplay',
  'countBackfill',
  'listReplays',
  'getReplay',
  'listAttention',
  'countDeliveries',
  'readStats',
  'listKeys',
  'findKey',
  'findConsoleSession',
  'listAlerts',
  'getAlert',
  'describeDatabase',
  'listAudit',
  'listPortalSessions',
  'findPortalSession',
  'getPortalSession',
  'readArchive',
  'listArchiveTenants',
  'listArchivedFiles',
] as const satisfies readonly CommandName[];
export type ReadCommandName = (typeof readCommands)[number];

const readNames: ReadonlySet<CommandName> = new Set(readCommands);

export function isRead(command: CommandName): boolean {
  return readNames.has(command);
}

/** The others that are no entries of the audit log, with the reason. */
const unauditedCommands = {
  authenticate: 'changes nothing',
  testFilter: 'changes nothing',
  testTransform: 'changes nothing',
  testAlert: 'changes nothing: sends a sample',
  sendTest: 'publishes: the event is its own record',
  pullDeliveries: 'is work: the log of attempts has it',
  recordResults: 'is work: the log of attempts has it',
  extendLeases: 'is work: the log of attempts has it',
  releaseLeases: 'is work: the log of attempts has it',
  beginArchive: 'is work of the server: the manifest of the day has it',
  noteArchived: 'is work of the server: the manifest of the day has it',
  finishArchive: 'is work of the server: the manifest of the day has it',
  noteKeyUse: 'comes with each use of a key: the list of keys shows the last one',
} as const satisfies Partial<Record<Exclude<CommandName, ReadCommandName>, string>>;

/** A command that changes something, or shows a secret: what it does is in the audit log. */
export type AuditedCommandName = Exclude<CommandName, ReadCommandName | keyof typeof unauditedCommands>;

export function isAudited(command: CommandName): command is AuditedCommandName {
  return !isRead(command) && !(command in unauditedCommands);
}

/** Whose request it is, before its command takes a turn. */
const lookups: ReadonlySet<CommandName> = new Set([
  'findKey',
  'findConsoleSession',
  'findPortalSession',
  'getPortalSession',
]);

export function isLookup(command: CommandName): boolean {
  return lookups.has(command);
}

/** What nobody waits for: it takes turns of its own, and a bounded part of the time. */
export function isBackground(command: CommandName): boolean {
  return ofArchive.has(command);
}

const ofArchive: ReadonlySet<CommandName> = new Set([
  'readArchive',
  'listArchiveTenants',
  'listArchivedFiles',
]);

/** The handlers of all commands. */
export type CommandHandlers = {
  readonly [C in CommandName]: (input: CommandInput<C>) => Promise<CommandResult<C>>;
};

export type ReadHandlers = Pick<CommandHandlers, ReadCommandName>;
export type EngineHandlers = Omit<CommandHandlers, ReadCommandName>;

/** What a client of a dialect can ask: commands about one tenant and mode, which its credential decides. */
export type ClientCommandName = {
  [C in CommandName]: CommandInput<C> extends { readonly tenant: TenantId; readonly mode: Mode | null }
    ? C
    : never;
}[CommandName];

/** The input of a client's command before its tenant and mode are known. */
export type Unscoped<C extends ClientCommandName> = WithoutScope<CommandInput<C>>;
type WithoutScope<Input> = Input extends unknown ? Omit<Input, 'tenant' | 'mode'> : never;

/** Attempts that a detail has: as many as the longest schedule makes. */
export const attemptsShown = 20;

/** A delivery with the event it owes and its attempts, oldest first: the first, and the newest up to `attemptsShown`. */
export interface DeliveryDetail {
  readonly delivery: Delivery;
  readonly event: Event;
  readonly attempts: readonly Attempt[];
  /** The delivery of its ordering key that it waits for; null when it waits for none. */
  readonly behind: DeliveryId | null;
}

export interface ShownDelivery extends DeliveryDetail {
  /** Null when it has been removed. */
  readonly endpoint: Endpoint | null;
  /** How many attempts the retry schedule has. */
  readonly attemptsMax: number;
}

/** An event as it arrives at publish, before the dialect of its tenant has looked at it. */
export interface PublishEvent {
  readonly id?: string;
  readonly type: string;
  readonly payload: JsonValue;
  /** The payload as it was written: what is stored and delivered. UTF-8. */
  readonly source: Uint8Array;
  readonly mode?: Mode;
  readonly orderingKey?: string;
  /** Unix ms. */
  readonly occurredAt?: number;
  readonly metadata?: Metadata;
}
