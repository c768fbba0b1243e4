// One platform in the demo: a client and a receiver, written from the platform's public documentation. They share no
// code with the server.
import type { IncomingHttpHeaders } from 'node:http';
import type { IssuedCredential } from '#contract/credentials.ts';
import type { JsonObject, JsonValue } from '#lib/json.ts';

export interface DemoPlatform {
  /** The name of its dialect. */
  readonly name: string;
  /** What its receiver verifies, in a few words. */
  readonly checks: string;
  /** The route on which clients create an endpoint, and their authentication. */
  readonly route: string;
  readonly auth: string;
  /** Delay of the first retry. A sample has a `firstAnswer` only where this is a few seconds. */
  readonly firstRetry: string;
  /** What registering waits for, if it takes long. */
  readonly waitsFor?: string;
  /** The dialect's sample events that are published. No type twice: the receiver tells events apart by their types. */
  readonly samples: readonly DemoSample[];
  /** Creates the endpoint through the platform's own API, as its clients do. Answers the check of a receiver. */
  readonly register: (site: Site) => Promise<Verify>;
  /** The event type in a delivered body. */
  readonly typeOf: (delivered: JsonObject) => JsonValue | undefined;
}

export interface DemoSample {
  readonly type: string;
  /** The status of the receiver's first answer; 200 when not given. */
  readonly firstAnswer?: number;
}

/** What a client of the platform is configured with. */
export interface Site {
  readonly serverUrl: string;
  /** The id of its tenant. */
  readonly tenant: string;
  readonly credential: IssuedCredential;
  /** The URL for its deliveries. */
  readonly hookUrl: string;
  /** Unix ms. */
  readonly now: () => number;
}

/** Returns what is wrong with the signature of a request, as one sentence; null if it is valid. */
export type Verify = (request: ReceivedRequest) => string | null;

/** A request as the receiver got it. */
export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  /** The body byte for byte. */
  readonly payload: Uint8Array;
  /** Unix ms. */
  readonly receivedAt: number;
}
