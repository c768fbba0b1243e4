// The port of a dialect: one platform's wire form as data and pure functions. No store, clock or network.
import type { CredentialKind, Evidence, IssuedCredential, Proof } from '#core/caller.ts';
import type { ClientCommandName, CommandResult, EndpointPatch, Unscoped } from '#core/commands.ts';
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import type { Fault, FaultCode } from '#core/fault.ts';
import type { DeliveryPolicy } from '#core/retry.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import type { JsonObject, JsonValue } from '#lib/json.ts';
import type { Random } from '#lib/random.ts';

export interface Dialect {
  /** Lower case; names the folder, the tenants' `dialect` and the OpenAPI document. */
  readonly name: string;
  /** For people: one line saying whose wire form this is. */
  readonly title: string;
  /** Reads who is calling. Throws `Fault` when nothing usable is there. */
  readonly authenticate: (request: WireRequest) => Proof;
  /** What is wrong with a signed request of this credential at `now` (Unix ms), or null. */
  readonly checkSignature?: (
    evidence: Evidence,
    holder: { readonly tenant: TenantId; readonly secret: string },
    now: number,
  ) => Fault | null;
  /** What clients can authenticate with; the first is what they get unless asked otherwise. */
  readonly credentialKinds: readonly CredentialKind[];
  /** Makes what a client authenticates with, in the dialect's own form. */
  readonly issueCredential: (mode: Mode, random: Random, kind: CredentialKind) => IssuedCredential;
  readonly operations: readonly Operation[];
  /** How each refusal looks on this wire. */
  readonly faults: Readonly<Record<FaultCode, (fault: Fault) => WireResponse>>;
  readonly endpointRules: EndpointRules;
  /** The patch that a `change` in the dialect's own words means for an endpoint as it is. Pure; may throw `Fault`. */
  readonly resolveChange?: (change: JsonObject, current: Endpoint) => EndpointPatch;
  /** Makes a signing secret. May take long (key pairs), never blocks. */
  readonly createSecret: (random: Random) => Promise<NewSecret>;
  /** Whose secret signs: each endpoint has its own, or the tenant has one for all of a mode, when it set one. */
  readonly secretOwner: 'endpoint' | 'tenant';
  /** Receivers verify with the secret itself. Otherwise it is never answered: its public half is an attribute. */
  readonly isSecretShared: boolean;
  readonly events: EventCatalogue;
  /** The payload bytes of a delivery: the same bytes each time for the same event and endpoint. */
  readonly render: (event: Event, endpoint: Endpoint) => Uint8Array;
  /** The headers of an attempt at `now` (Unix ms), signed with `secrets` (newest first). */
  readonly sign: (message: Message, now: number) => WireHeaders | Promise<WireHeaders>;
  readonly policy: DeliveryPolicy;
  readonly docs: DialectDocs;
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
  /** Scheme and host that the client used, for absolute links: `https://host`. */
  readonly origin: string;
}

/** An answer. A `body` of undefined is an empty one. */
export interface WireResponse {
  readonly status: number;
  readonly body?: JsonValue;
  readonly headers?: WireHeaders;
  /** `application/json` unless said otherwise. */
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
    readonly docs: OperationDocs;
  };
}[ClientCommandName];

/** What the served OpenAPI document says of an operation. */
export interface OperationDocs {
  /** The `operationId`: a verb and a noun in the words of the platform, as generated clients name their functions. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string | undefined;
  /** Schemas of the parameters of the path, by name; a string where there is none. */
  readonly params?: Readonly<Record<string, JsonSchema>> | undefined;
  readonly query?: JsonSchema | undefined;
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

/** What an endpoint of this dialect may be. */
export interface EndpointRules {
  /** Stricter than the server's own limit where the platform's is. */
  readonly urlLengthMax: number;
  /** One endpoint per URL, tenant and mode. */
  readonly isUrlUnique: boolean;
  /** The client's own id of an endpoint that was made without one (by the operator), where a wire can't do without. */
  readonly defaultAlias?: (id: EndpointId) => string;
}

/** The event types of a platform, and what their payloads must be. */
export interface EventCatalogue {
  /** What is wrong with an event type, as one sentence; null when it exists. */
  readonly checkType: (type: string) => string | null;
  /** What is wrong with a payload, as one sentence; null when the platform's form can carry it. */
  readonly checkPayload: (type: string, payload: JsonValue) => string | null;
  /** The key within which deliveries keep their order, where the platform promises one. */
  readonly orderingKey: (type: string, payload: JsonValue) => string | null;
  /** Real examples; the first is what a test event sends. */
  readonly samples: readonly { readonly type: string; readonly payload: JsonObject }[];
}

export interface NewSecret {
  readonly secret: string;
  /** What the endpoint keeps in the open beside it (a public key). */
  readonly attributes?: JsonObject;
}

/** What is signed: one delivery's payload with the facts that headers may carry. */
export interface Message {
  readonly event: Event;
  readonly endpoint: Endpoint;
  readonly payload: Uint8Array;
  /** Valid at the time of signing, newest first; empty where a dialect allows none. */
  readonly secrets: readonly string[];
}
