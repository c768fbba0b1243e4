// What the check of a signature finds.

/** A request as its receiver got it. */
export interface ReceivedRequest {
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** The body exactly as it arrived. */
  readonly payload: Uint8Array;
  /** The secret that signed it, or the public key where receivers verify with one. */
  readonly secret: string;
}

export type Verdict =
  { readonly valid: true; readonly scheme: string; readonly signedAt: number | null } | Invalid;

export interface Invalid {
  readonly valid: false;
  readonly problem: string;
  readonly hint: string;
}

export function invalid(problem: string, hint: string): Invalid {
  return { valid: false, problem, hint };
}

/** One way to sign a request. */
export interface Scheme {
  /** For people: the algorithm, and the headers. */
  readonly name: string;
  /** In lower case. A request with all of them is signed this way. */
  readonly headers: readonly string[];
  /** What is wrong with the form of the headers or the secret; null when they can be compared. */
  readonly checkForm: (request: ReceivedRequest) => Invalid | null;
  /** Whether the signature is over this payload. Called when the form is right. */
  readonly matches: (request: ReceivedRequest, payload: Uint8Array) => boolean;
  /** A frequent mistake with the secret that explains why the signature does not match; null for none. */
  readonly explain: (request: ReceivedRequest) => Invalid | null;
  /** The time in the signature in Unix ms; null for a scheme without one. */
  readonly signedAt: (request: ReceivedRequest) => number | null;
}
