// Authentication: a request signed with the integrator's secret (documented for all webhook routes), or an API key as a
// bearer token.
import { Fault } from '#core/fault.ts';
import type { Mode } from '#core/tenant.ts';
import type { CredentialKind, Evidence, IssuedCredential, Proof } from '#core/caller.ts';
import type { WireRequest } from '#dialects/dialect.ts';
import { readBearer } from '#input/bearer.ts';
import { equalsConstantTime, hmac, sha256Hex } from '#lib/hmac.ts';
import type { Random } from '#lib/random.ts';

const toleranceMs = 5 * 60 * 1000; // documented: either way
const keyBytes = 18; // ours
const secretBytes = 32; // ours

const keyPattern = /^[\x21-\x7e]{1,128}$/; // inferred: examples show int_… and ik_…, so it is opaque
const signaturePattern = /^sha256=[0-9a-f]{64}$/; // documented
const timestampPattern = /^\d{1,16}$/; // documented: Unix ms
const tokenPattern = /^sk_(?:live|test)_[A-Za-z0-9_-]{43}$/; // documented prefix; ours: what follows

/** A signature takes precedence over a bearer token: the official client sends `Bearer undefined` with it. */
export function authenticate(request: WireRequest): Proof {
  const { headers } = request;
  const isSigned = headers['x-integrator-key'] !== undefined || headers['x-signature'] !== undefined;
  return isSigned ? readSigned(request) : readToken(headers['authorization']);
}

/** `int_…` with `sk_live_…` or `sk_test_…`, or such a token alone. */
export function issueCredential(mode: Mode, random: Random, kind: CredentialKind): IssuedCredential {
  const secret = `sk_${mode}_${makeText(random, secretBytes)}`; // documented prefix
  if (kind === 'bearer') return { kind, token: secret };
  return { kind: 'key-pair', key: `int_${makeText(random, keyBytes)}`, secret }; // documented prefix
}

function makeText(random: Random, bytes: number): string {
  return Buffer.from(random.bytes(bytes)).toString('base64url');
}

function readToken(header: string | undefined): Proof {
  if (header === undefined) {
    throw new Fault(
      'key_missing',
      'Sign the request (X-Integrator-Key, X-Signature, X-Timestamp), or send an API key as a bearer token.',
    );
  }
  const token = readBearer(header);
  if (token === null) {
    throw new Fault('key_missing', 'The Authorization header must have the form "Bearer sk_…".');
  }
  // Reject malformed keys without a database lookup.
  if (!tokenPattern.test(token)) throw new Fault('key_unknown', 'The API key is not known.');
  return { kind: 'bearer', token };
}

function readSigned(request: WireRequest): Proof {
  const { headers } = request;
  const key = headers['x-integrator-key'];
  const signature = headers['x-signature'];
  const timestamp = headers['x-timestamp'];
  if (key === undefined) {
    throw new Fault('key_missing', 'A signed request names its key in X-Integrator-Key.');
  }
  if (!keyPattern.test(key)) throw new Fault('key_unknown', 'The integrator key is not known.');
  if (signature === undefined) throw new Fault('signature_missing', 'X-Signature is missing.');
  if (!signaturePattern.test(signature)) {
    throw new Fault('signature_invalid', 'X-Signature must be "sha256=" and 64 lower-case hex digits.');
  }
  if (timestamp === undefined || !timestampPattern.test(timestamp)) {
    throw new Fault('timestamp_invalid', 'X-Timestamp must be the time of the request in Unix milliseconds.');
  }
  const evidence: SpritzEvidence = { signature, timestamp, texts: textsToSign(request, timestamp) };
  return { kind: 'signed', key, evidence };
}

/** The evidence of a proof; `texts` are the forms that a correct client may have signed. */
type SpritzEvidence = {
  readonly signature: string;
  readonly timestamp: string;
  readonly texts: readonly string[];
};

export function checkSignature(
  evidence: Evidence,
  { secret }: { readonly secret: string },
  now: number,
): Fault | null {
  const { signature, timestamp, texts } = evidence as SpritzEvidence;
  if (Math.abs(now - Number(timestamp)) > toleranceMs) {
    return new Fault('timestamp_invalid', 'X-Timestamp is more than 5 minutes from the time of the server.');
  }
  const isRight = texts.some((text) =>
    equalsConstantTime(signature, `sha256=${hmac('sha256', secret, 'hex', text)}`),
  );
  return isRight ? null : new Fault('signature_invalid', 'X-Signature does not match the request.');
}

/** `timestamp.METHOD.path.bodyHash`, in each form that a correct client may have signed. */
function textsToSign(request: WireRequest, timestamp: string): readonly string[] {
  const { method, rawBody } = request;
  const head = `${timestamp}.${method.toUpperCase()}.`;
  return pathsToSign(request).flatMap((path) =>
    bodyHashes(rawBody).map((bodyHash) => `${head}${path}.${bodyHash}`),
  );
}

/**
 * Documented twice: for an empty body, OpenAPI and client use the empty text, the guide the hash of no bytes. Both are
 * accepted.
 */
function bodyHashes(rawBody: Uint8Array): readonly string[] {
  const hash = sha256Hex(rawBody);
  return rawBody.length === 0 ? ['', hash] : [hash];
}

/** The client also signs the query: parsed, sorted by name (equal names keep their order) and encoded again. */
function pathsToSign({ path, query }: WireRequest): readonly string[] {
  const sorted = new URLSearchParams(query);
  sorted.sort();
  const text = [...sorted]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  if (text === '') return [path];
  // Client 0.18.1 encodes the apostrophe, 0.11.0 does not.
  const variants = text.includes("'") ? [text.replaceAll("'", '%27'), text] : [text];
  return variants.map((variant) => `${path}?${variant}`);
}
