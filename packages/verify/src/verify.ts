// Verifies deliveries of a Carillon server, in the signature scheme of each of its dialects. Web Crypto only: Node 20 or
// later, Bun, Deno, workers.
import { type RawBody, rawBytes, requireSize } from './body.ts';
import { concat } from './bytes.ts';
import { VerificationError } from './error.ts';
import { readHeader, type RequestHeaders } from './headers.ts';
import { type Scheme, schemes } from './schemes.ts';

export { rawBytes } from './body.ts';
export { type Reason, VerificationError } from './error.ts';
export type { RequestHeaders } from './headers.ts';

export type Dialect = keyof typeof schemes;

export interface VerifierOptions {
  /** That of the tenant that owns the endpoint. `standard` is Standard Webhooks. */
  readonly dialect: Dialect;
  /**
   * What the endpoint was created with; in `chip`, its public key in PEM. During a rotation several, of which any may have
   * signed.
   */
  readonly secret: string | readonly string[];
  /** How far the time of a signature may be from now. Only `standard` and `diddo` have one. Default: 300. */
  readonly toleranceSeconds?: number;
  /** Default: 2 MiB. Carillon takes payloads of at most 1 MiB. */
  readonly bodyBytesMax?: number;
  /** Unix ms. Default: `Date.now`. */
  readonly now?: () => number;
}

export interface ReceivedRequest {
  readonly headers: RequestHeaders;
  /** As it arrived, before anything has parsed it. */
  readonly body: RawBody;
}

/** A request that was signed with the secret. */
export interface Delivery<Body = unknown> {
  /** The same for every attempt: keep it to recognise a repetition. Null in a dialect that does not sign it. */
  readonly id: string | null;
  /** When it was signed; null in a dialect without a time. */
  readonly signedAt: Date | null;
  /** The bytes that arrived. */
  readonly body: Uint8Array;
  text(): string;
  /** The parsed body. */
  json<T = Body>(): T;
}

/** `Body`: the type of the parsed body, such as the `DeliveryBody` that `carillon types` prints. */
export interface Verifier<Body = unknown> {
  readonly bodyBytesMax: number;
  /** Throws `VerificationError` for a request that is not shown to be a delivery. */
  verify(request: ReceivedRequest): Promise<Delivery<Body>>;
}

/** Throws `TypeError` for a secret that is not of the form of the dialect. */
export function createVerifier<Body = unknown>(options: VerifierOptions): Verifier<Body> {
  const { dialect, secret, toleranceSeconds = 300, bodyBytesMax = 2 * 1024 * 1024, now = Date.now } = options;
  const scheme: Scheme | undefined = schemes[dialect];
  if (scheme === undefined)
    throw new TypeError(`the dialect must be one of ${Object.keys(schemes).join(', ')}`);
  const secrets = readSecrets(secret).map((text) => scheme.decodeSecret(text));
  let keys: Promise<readonly Key[]> | null = null;
  return {
    bodyBytesMax,
    async verify({ headers, body: given }) {
      const body = rawBytes(given);
      requireSize(body.length, bodyBytesMax);
      const { signatures, head, id, timestamp } = scheme.read(...readHeaders(headers, scheme.headers));
      keys ??= Promise.all(secrets.map((bytes) => importKey(scheme, bytes)));
      const signed = concat(head, body);
      if (!(await isSigned(scheme, await keys, signatures, signed))) throw mismatch();
      if (timestamp !== null) requireRecent(timestamp, now() / 1000, toleranceSeconds);
      const text = (): string => new TextDecoder().decode(body);
      return {
        id,
        signedAt: timestamp === null ? null : new Date(timestamp * 1000),
        body,
        text,
        json: <T = Body>() => JSON.parse(text()) as T,
      };
    },
  };
}

/** `CryptoKey`, which not every platform declares as a type. */
type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

function readSecrets(secret: string | readonly string[]): readonly string[] {
  const secrets = typeof secret === 'string' ? [secret] : secret;
  // An unset variable must not become a secret that everybody knows.
  if (
    !Array.isArray(secrets) ||
    secrets.length === 0 ||
    secrets.some((text) => typeof text !== 'string' || text === '')
  ) {
    throw new TypeError('the secret is missing: give that of the endpoint, as a string or a list of strings');
  }
  return secrets as readonly string[];
}

function readHeaders(headers: RequestHeaders, names: readonly string[]): readonly string[] {
  return names.map((name) => {
    const value = readHeader(headers, name);
    if (value !== undefined && value !== '') return value;
    const reason = 'the request is not a delivery of this dialect, or a proxy removed it';
    throw new VerificationError('header_missing', `the header ${name} is missing: ${reason}`);
  });
}

function importKey(scheme: Scheme, bytes: Uint8Array<ArrayBuffer>): Promise<Key> {
  return crypto.subtle.importKey(scheme.keyFormat, bytes, scheme.algorithm, false, ['verify']);
}

/** `crypto.subtle.verify` compares in constant time. */
async function isSigned(
  { algorithm }: Scheme,
  keys: readonly Key[],
  signatures: readonly Uint8Array<ArrayBuffer>[],
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const pairs = keys.flatMap((key) => signatures.map((signature) => ({ key, signature })));
  for (const { key, signature } of pairs) {
    if (await crypto.subtle.verify(algorithm.name, key, signature, signed)) return true;
  }
  return false;
}

function mismatch(): VerificationError {
  return new VerificationError(
    'signature_mismatch',
    'no signature matches: the secret is not that of this endpoint, or the body is not exactly what arrived ' +
      '(verify the raw bytes, before anything parses them)',
  );
}

function requireRecent(timestamp: number, now: number, toleranceSeconds: number): void {
  const age = Math.floor(now) - timestamp;
  const limit = `the limit is ${toleranceSeconds} s`;
  if (age > toleranceSeconds) {
    const text = `the signature matches, but was made ${age} s ago; ${limit}: it may be a request that somebody recorded`;
    throw new VerificationError('timestamp_too_old', text);
  }
  if (-age > toleranceSeconds) {
    const text = `the signature matches, but its time is ${-age} s ahead; ${limit}: check the clock of this machine`;
    throw new VerificationError('timestamp_too_new', text);
  }
}
