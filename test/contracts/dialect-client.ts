// A client of a dialect, as the dialect contract needs it: written from the platform's public rules and not from this
// server's code. It says what requests look like, how they are authorized, where an answer has what, and how refusals
// read.
import type { IssuedCredential } from '#core/caller.ts';
import type { JsonObject } from '#lib/json.ts';

/** A request as it goes over the wire. */
export interface WireCall {
  readonly method: string;
  /** Path and query, as on the request line. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null for no body at all. */
  readonly body: Buffer | null;
}

/** What a request may have to repeat. */
export interface Scene {
  readonly tenant: string;
  /** Unix ms. */
  readonly now: number;
  /** Where deliveries go; no other endpoint has it. */
  readonly url: string;
  /** The endpoint that the request is about, or the client's own id of the one that it creates. */
  readonly id: string;
}

/** `METHOD /path/{id}`, as in the served document. */
export type OperationName = string;

/** The status of a refusal and its stable code. */
export type Refusal = readonly [status: number, code: string];

export interface DialectClient {
  /** The name of the dialect. */
  readonly name: string;
  /** Adds the credential to a request. The headers that it adds are fuzzed. */
  readonly authorize: (call: WireCall, credential: IssuedCredential, now: number) => WireCall;
  readonly roles: {
    readonly create: OperationName;
    readonly list: OperationName;
    /** Null where one endpoint is only seen in the list. */
    readonly read: OperationName | null;
    /** Null where an endpoint is never changed. */
    readonly change: OperationName | null;
    /** Null where an endpoint is never removed. */
    readonly remove: OperationName | null;
    /** Creates or replaces the endpoint whose id, the client's own, is in the path. May be the same as `create`. */
    readonly upsert: OperationName | null;
  };
  /** A right body of each operation that has one. */
  readonly bodies: Readonly<Record<OperationName, (scene: Scene) => JsonObject>>;
  /** Operations whose body names an endpoint that exists. */
  readonly namedInBody: readonly OperationName[];
  /** Operations whose path names a delivery instead of an endpoint. */
  readonly namingDelivery: readonly OperationName[];
  /** The same for an event. */
  readonly namingEvent?: readonly OperationName[];
  /** The same for a check, besides its endpoint. */
  readonly namingCheck?: readonly OperationName[];
  /** Operations about endpoints that clients pull from. */
  readonly pulling?: readonly OperationName[];
  /** Operations whose answer goes on for as long as the client stays; see test/e2e. */
  readonly streaming?: readonly OperationName[];
  /** Whether an operation is only another path of an operation that is tested in full. */
  readonly isMirror?: (operation: OperationName) => boolean;
  /** Makes an id for a new endpoint. Null where the server chooses the ids. */
  readonly newId: (() => string) | null;
  /** The headers of a delivery but for the sender's own, in the platform's spelling and the order of this server. */
  readonly deliveryHeaders: readonly string[];
  /** Sets the secret that deliveries are signed with, where the client chooses it. */
  readonly setSecret?: OperationName;
  /** A delivered payload without what is decided on the server, to compare it with a fixture. */
  readonly comparable?: (payload: string) => string;
  /** Statuses of a creation, of an upsert that replaces, and of a removal. */
  readonly created: number;
  readonly replaced?: number;
  readonly removed: number;
  /** What reads differently after `bodies[roles.change]`; nothing where there is no change. */
  readonly changed: JsonObject;
  /** The member of a request that holds the URL. */
  readonly urlMember: string;
  /** Each text of a request that the answer repeats, by its member, and where it stands in the item; the URL is one. */
  readonly repeated: Readonly<Record<string, (item: any) => unknown>>;
  /** The endpoint in the answer to a creation, a reading or a change: `(answer) => answer` where nothing wraps it. */
  readonly itemOf: (answer: any) => JsonObject;
  readonly itemsOf: (list: any) => readonly JsonObject[];
  readonly idOf: (item: any) => string;
  /** Well-formed, and of no endpoint. */
  readonly unknownId: string;
  /** What becomes of a member that no document names. */
  readonly unknownMembers: 'refused' | 'ignored';
  readonly unknownPaths: readonly string[];
  readonly codeOf: (body: any) => unknown;
  readonly errorType: 'application/json' | 'application/problem+json';
  /** The JSON Schema of every refusal's body. */
  readonly errorForm: object;
  /** Status of a request that is JSON and has a wrong value in a member, a parameter or its Host header. */
  readonly invalid: number;
  readonly refusals: {
    readonly keyMissing: Refusal;
    readonly keyUnknown: Refusal;
    /** Null where requests are not signed. */
    readonly signatureWrong: Refusal | null;
    readonly notFound: Refusal;
    readonly idMalformed: Refusal;
    readonly bodyTooLong: Refusal;
    readonly bodyNoJson: Refusal;
    readonly methodUnknown: Refusal;
    readonly pathUnknown: Refusal;
  };
}

// ---- parts of clients

export function withHeaders(call: WireCall, headers: WireCall['headers']): WireCall {
  return { ...call, headers: { ...call.headers, ...headers } };
}

export function withBearer(call: WireCall, credential: IssuedCredential): WireCall {
  return withHeaders(call, { authorization: `Bearer ${tokenOf(credential)}` });
}

/** The secret half of a pair where a token is needed: for credentials of another dialect. */
export function tokenOf(credential: IssuedCredential): string {
  return credential.kind === 'bearer' ? credential.token : credential.secret;
}

/** The token as both halves where a pair is needed: for credentials of another dialect. */
export function pairOf(credential: IssuedCredential): { readonly key: string; readonly secret: string } {
  return credential.kind === 'key-pair' ? credential : { key: credential.token, secret: credential.token };
}

/** For error forms. */
export const text = { type: 'string' };

/** The body of problem details (RFC 9457). */
export const problemForm = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: { type: text, title: text, status: { type: 'integer' }, detail: text },
};
