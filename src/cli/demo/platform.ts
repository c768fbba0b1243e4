// The shape of one platform's entry in the demo: a client and a receiver of that platform, by its public rules.
// They share no code with what answers and signs.
import type { IncomingHttpHeaders } from 'node:http';
import type { IssuedCredential } from '#contract/credentials.ts';
import type { JsonObject, JsonValue } from '#lib/json.ts';

export interface DemoPlatform {
  /** The name of its dialect. */
  readonly name: string;
  /** What its receiver checks, in a few words. */
  readonly checks: string;
  /** Where its clients create an endpoint, and how they authenticate. */
  readonly route: string;
  readonly auth: string;
  /** When its first retry comes; a sample's `firstAnswer` only makes sense where that is a few seconds. */
  readonly firstRetry: string;
  /** What registering waits for when it takes long enough to be noticed. */
  readonly waitsFor?: string;
  /** The dialect's sample events that are published. No type twice: the receiver tells events apart by their types. */
  readonly samples: readonly DemoSample[];
  /** Creates the endpoint through the platform's own API, as its clients do. Answers the check of a receiver. */
  readonly register: (site: Site) => Promise<Verify>;
  /** The type of the event, by what was delivered. */
  readonly typeOf: (delivered: JsonObject) => JsonValue | undefined;
}

export interface DemoSample {
  readonly type: string;
  /** The status of the receiver's first answer; 200 when not given. */
  readonly firstAnswer?: number;
}

/** What a client of a platform knows. */
export interface Site {
  readonly serverUrl: string;
  /** The id of its tenant. */
  readonly tenant: string;
  readonly credential: IssuedCredential;
  /** Where it wants its events. */
  readonly hookUrl: string;
  /** Unix ms. */
  readonly now: () => number;
}

/** What is wrong with the signature of a request, as one sentence; null when it is right. */
export type Verify = (request: ReceivedRequest) => string | null;

/** A request as the receiver got it. */
export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  /** The body byte for byte. */
  readonly payload: Uint8Array;
  /** Unix ms. */
  readonly receivedAt: number;
}
