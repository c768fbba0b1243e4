// The interface of a dialect: one platform's wire form as data and pure functions, without a store, a clock or a network.
import type { CredentialKind, Evidence, IssuedCredential, Proof } from '#core/caller.ts';
import type { ClientCommandName, CommandResult, EndpointPatch, Unscoped } from '#core/commands.ts';
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import type { Fault, FaultCode } from '#core/fault.ts';
import type { Limits } from '#core/limits.ts';
import type { DeliveryPolicy } from '#core/retry.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import type { ContentRules } from '#core/transform.ts';
import type { JsonObject, JsonValue } from '#lib/json.ts';
import type { Random } from '#lib/random.ts';
import type { ServerSentEvent } from '#lib/server-sent-events.ts';

export interface Dialect {
  /** Lower case; names the folder, the tenants' `dialect` and the OpenAPI document. */
  readonly name: string;
  /** One line for people: the platform, and what the wire form is for. */
  readonly title: string;
  /** Reads the credential of a request. Throws `Fault` when there is none, or a malformed one. */
  readonly authenticate: (request: WireRequest) => Proof;
  /** What is wrong with the signature of a request at `now` (Unix ms); null when it is right. */
  readonly checkSignature?: (
    evidence: Evidence,
    holder: { readonly tenant: TenantId; readonly secret: string },
    now: number,
  ) => Fault | null;
  /** The kinds of credentials; the first is the default. */
  readonly credentialKinds: readonly CredentialKind[];
  /** Makes a credential in the dialect's own form. */
  readonly issueCredential: (mode: Mode, random: Random, kind: CredentialKind) => IssuedCredential;
  readonly operations: readonly Operation[];
  /** Whether a path that ends in a slash is served without it, too. */
  readonly isEndSlashOptional?: boolean;
  /** How each refusal looks on this wire. `requestId` is the `x-request-id` of the answer. */
  readonly faults: Readonly<Record<FaultCode, (fault: Fault, requestId: string) => WireResponse>>;
  readonly endpointRules: EndpointRules;
  /** The patch that a `change`, in the dialect's own terms, means for the current endpoint. Pure; may throw `Fault`. */
  readonly resolveChange?: (change: JsonObject, current: Endpoint) => EndpointPatch;
  /** Makes a signing secret. May take seconds (key pairs) and does not block the thread. */
  readonly createSecret: (random: Random) => Promise<NewSecret>;
  /** What is wrong with a secret that a client brings, as a part of a sentence; null when deliveries can be signed with it. */
  readonly checkSecret: (secret: string) => string | null;
  /** Whether all valid secrets sign, so that the old one can for some time after a rotation. If not, the newest one alone. */
  readonly signsWithAll: boolean;
  /** How many secrets the server makes ahead, for a dialect whose secrets take long to make. None if left out. */
  readonly secretsAhead?: number;
  /** Each endpoint has a secret of its own, or the tenant has one for all endpoints of a mode, once it has set one. */
  readonly secretOwner: 'endpoint' | 'tenant';
  /** Whether receivers verify with the secret itself. If not, no answer has it: its public half is an attribute. */
  readonly isSecretShared: boolean;
  readonly events: EventCatalogue;
  /** Whether a tenant can subscribe to notices about its own endpoints: these event types are ours, not a platform's. */
  readonly noticesToTenant?: boolean;
  /** Whether the events of a tenant are numbered from 1, for a dialect whose deliveries carry such a number. */
  readonly numbersEvents?: boolean;
  /** The payload bytes of a delivery: the same bytes each time for the same event and endpoint. */
  readonly render: (event: Event, endpoint: Endpoint) => Uint8Array;
  /**
   * The headers of an attempt at `now` (Unix ms), signed with `secrets` (newest first). Names leave in this spelling: use
   * the documented one, because some receivers look a name up exactly.
   */
  readonly sign: (message: Message, now: number) => WireHeaders | Promise<WireHeaders>;
  readonly policy: DeliveryPolicy;
  readonly docs: DialectDocs;
}

/** The dialects of a server by their names. */
export type Dialects = ReadonlyMap<string, Dialect>;

export function byName(dialects: readonly Dialect[]): Dialects {
  return new Map(dialects.map((dialect) => [dialect.name, dialect]));
}

/** The dialect of a tenant. Throws when this server does not have it: the database is from another version. */
export function dialectNamed(dialects: Dialects, name: string): Dialect {
  const dialect = dialects.get(name);
  if (dialect === undefined) throw new Error(`the database has tenants of the unknown dialect ${name}`);
  return dialect;
}

/** What a transform of an endpoint must keep to, for events of a type. */
export function contentRules(
  { dialect, endpoint }: { readonly dialect: Dialect; readonly endpoint: Pick<Endpoint, 'url'> },
  eventType: string,
  { urlLengthMax, payloadBytesMax }: Pick<Limits, 'urlLengthMax' | 'payloadBytesMax'>,
): ContentRules {
  return {
    url: endpoint.url,
    urlLengthMax: Math.min(urlLengthMax, dialect.endpointRules.urlLengthMax),
    payloadBytesMax,
    signatureNames: Object.keys(dialect.docs.deliveries.headers),
    checkPayload: (payload) => dialect.events.checkPayload(eventType, payload),
  };
}

export type WireHeaders = Readonly<Record<string, string>>;

/** A request as it came over the wire. */
export interface WireRequest {
  readonly method: string;
  /** The path as sent, percent-encoding kept, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Parts of the path that the route names, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The exact bytes of the body; signatures are over them. */
  readonly rawBody: Uint8Array;
  /** What absolute links begin with, as the client sees the server: `https://host` or `https://host/prefix`. */
  readonly origin: string;
}

/** An answer. A `body` of undefined is an empty one. */
export interface WireResponse {
  readonly status: number;
  readonly body?: JsonValue;
  /** In place of `body`: the exact text. */
  readonly text?: string;
  readonly headers?: WireHeaders;
  /** `application/json` by default. */
  readonly contentType?: string;
}

/** A route of the wire, the command it means, and two translations. */
export type Operation = {
  readonly [C in ClientCommandName]: {
    readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
    /** With parameters as `{name}`. */
    readonly path: string;
    readonly command: C;
    /** The command's input but for tenant and mode, which the credential decides. Throws `Fault` when the request is wrong. */
    readonly parse: (request: WireRequest) => Unscoped<C>;
    readonly reply: (result: CommandResult<C>, request: WireRequest) => WireResponse;
    /** Server-sent events in place of the reply: always, or to a client that accepts them. */
    readonly stream?: {
      readonly isAlways: boolean;
      readonly write: (result: CommandResult<C>) => readonly ServerSentEvent[];
    };
    readonly docs: OperationDocs;
  };
}[ClientCommandName];

/** An operation in the served OpenAPI document. */
export interface OperationDocs {
  /** The `operationId`: a verb and a noun in the words of the platform, as generated clients name their functions. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string | undefined;
  /** Schemas of the parameters of the path, by name; a string where there is none. */
  readonly params?: Readonly<Record<string, JsonSchema>> | undefined;
  readonly query?: JsonSchema | undefined;
  /** Schemas of headers that a request may have, by name. */
  readonly headers?: Readonly<Record<string, JsonSchema>> | undefined;
  readonly body?: JsonSchema | undefined;
  /** True when the server accepts the request without a body. */
  readonly isBodyOptional?: boolean;
  readonly responses: Readonly<Record<number, ResponseDocs>>;
}

export interface ResponseDocs {
  readonly description: string;
  readonly schema?: JsonSchema;
  /** When absent, that of the API: `application/json`, and for refusals that of the faults. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, JsonSchema>>;
}

/** What the served OpenAPI document says of a dialect as a whole. */
export interface DialectDocs {
  /** How clients authenticate: OpenAPI security schemes by name. Those of one entry go together, entries are alternatives. */
  readonly security: readonly Readonly<Record<string, object>>[];
  readonly deliveries: {
    /** The event types; those of the samples when the platform does not name its own. */
    readonly types?: readonly string[];
    /** The headers by which a receiver verifies a delivery, each with its meaning. */
    readonly headers: Readonly<Record<string, string>>;
    readonly body: JsonSchema;
  };
}

/**
 * JSON Schema as plain data; schemas built with typebox are that too. One with an `$id` becomes a component of that name,
 * wherever it is used.
 */
export type JsonSchema = object;

/** Limits of an endpoint of this dialect. */
export interface EndpointRules {
  /** The platform's limit; the server's own limit also applies. */
  readonly urlLengthMax: number;
  /** Endpoints per tenant and mode, where it must be fewer than the server's own limit: lists without pages. */
  readonly endpointsMax?: number;
  /** One endpoint per URL, tenant and mode. */
  readonly isUrlUnique: boolean;
  /** Whether its wire shows endpoints without a URL, which clients pull from. Others know only those that the operator makes. */
  readonly hasPull?: boolean;
  /** The alias of an endpoint that the operator created, for wires on which clients name endpoints by their own ids. */
  readonly defaultAlias?: (id: EndpointId) => string;
}

/** The event types of a platform, and what their payloads must be. */
export interface EventCatalogue {
  /** True when the operator chooses the types, in the catalogue of the server (core/catalogue.ts). */
  readonly isOpen?: true;
  /** What is wrong with an event type, as one sentence; null when it exists. */
  readonly checkType: (type: string) => string | null;
  /** What is wrong with a payload, as one sentence; null when the platform's form can carry it. */
  readonly checkPayload: (type: string, payload: JsonValue) => string | null;
  /** The key within which deliveries keep their order, where the platform promises one. */
  readonly orderingKey: (type: string, payload: JsonValue) => string | null;
  /** From `samples.ts`; the first is what a test event sends. */
  readonly samples: readonly EventSample[];
}

/** An event with a realistic payload: for test events, documentation and the demo. */
export interface EventSample {
  readonly type: string;
  readonly payload: JsonObject;
}

export interface NewSecret {
  readonly secret: string;
  /** What the endpoint stores unencrypted with it, such as a public key. */
  readonly attributes?: JsonObject;
}

/** What is signed: the payload of one delivery, with what the headers may contain. */
export interface Message {
  readonly event: Event;
  readonly endpoint: Endpoint;
  readonly payload: Uint8Array;
  /** Valid at the time of signing, newest first; empty while the tenant's secret is not set. */
  readonly secrets: readonly string[];
}
