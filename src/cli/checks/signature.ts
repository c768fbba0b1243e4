// Signature verification (Standard Webhooks v1), with a diagnosis of what is wrong.
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedRequest {
  readonly secret: string;
  /** The headers webhook-id, webhook-timestamp and webhook-signature. */
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  /** The body exactly as it arrived. */
  readonly payload: Uint8Array;
}

export type Verdict =
  | { readonly valid: true; readonly signedAt: number }
  | { readonly valid: false; readonly problem: string; readonly hint: string };

const secretBytes = { min: 24, max: 64 };
/** Larger timestamps are taken for milliseconds. As seconds, this is the year 5138. */
const secondsMax = 99_999_999_999;

/** `now` in Unix ms. The timestamp may be `toleranceSeconds` older or newer. */
export function checkSignature(request: SignedRequest, now: number, toleranceSeconds: number): Verdict {
  return (
    checkForm(request) ??
    checkMatch(request) ??
    checkTime(Number(request.timestamp), now, toleranceSeconds) ?? {
      valid: true,
      signedAt: Number(request.timestamp) * 1000,
    }
  );
}

function invalid(problem: string, hint: string): Verdict {
  return { valid: false, problem, hint };
}

function checkForm({ secret, id, timestamp, signature }: SignedRequest): Verdict | null {
  if (/^wh[ps]k_/.test(secret)) {
    return invalid('the secret is a v1a key (Ed25519)', 'give a v1 secret: whsec_…');
  }
  const key = decodeSecret(secret);
  if (key === null)
    return invalid('the secret is not base64', 'give the secret of the endpoint: whsec_ and base64');
  if (key.length < secretBytes.min || key.length > secretBytes.max) {
    const hint = `a secret has ${secretBytes.min} to ${secretBytes.max} bytes; check that yours is complete`;
    return invalid(`the secret has ${key.length} bytes`, hint);
  }
  if (id === '') return invalid('the id is empty', 'give the value of the header webhook-id');
  if (!/^\d{1,16}$/.test(timestamp)) {
    return invalid(
      'the timestamp is not a number',
      'give the value of the header webhook-timestamp, in seconds since 1970',
    );
  }
  if (Number(timestamp) > secondsMax) {
    return invalid(
      'the timestamp is in milliseconds',
      'give the timestamp in seconds, as in the header webhook-timestamp',
    );
  }
  return checkSignatureForm(signature);
}

function checkSignatureForm(signature: string): Verdict | null {
  const entries = signature.split(' ').filter((entry) => entry !== '');
  if (entries.some((entry) => entry.startsWith('v1,'))) return null;
  const hint = 'a signature is "v1," and base64; separate several with spaces';
  const [first] = entries;
  if (first === undefined) return invalid('the signature is empty', hint);
  if (!first.includes(',')) return invalid('the signature does not start with a version', hint);
  return invalid(`there is no v1 signature, only ${first.slice(0, first.indexOf(','))}`, hint);
}

function checkMatch(request: SignedRequest): Verdict | null {
  const key = decodeSecret(request.secret) ?? new Uint8Array(0);
  if (matches(request, key, request.payload)) return null;
  const found = explanations(request, key).find(({ isIt }) => isIt());
  if (found !== undefined) return invalid(found.problem, found.hint);
  return invalid(
    'the signature does not match this secret, id, timestamp and payload',
    'check that the secret is the current one of the endpoint, and that the payload is the exact body',
  );
}

/** The most frequent mistakes, each with a test for it. */
function explanations(request: SignedRequest, key: Uint8Array) {
  const text = Buffer.from(request.payload).toString('utf8');
  const bare = request.secret.replace(/^whsec_/, '');
  return [
    {
      isIt: () => /\s$/.test(text) && matches(request, key, Buffer.from(text.trimEnd())),
      problem: 'the payload ends with a line end or space that was not signed',
      hint: 'give the exact body; editors and echo add a line end, printf %s does not',
    },
    {
      isIt: () => !text.endsWith('\n') && matches(request, key, Buffer.from(`${text}\n`)),
      problem: 'a line end that was signed is missing at the end of the payload',
      hint: 'give the exact body',
    },
    {
      isIt: () => matches(request, key, Buffer.from(compact(text))),
      problem: 'the payload was reformatted after it was received',
      hint: 'verify the raw body, before it is parsed as JSON',
    },
    {
      isIt: () =>
        [bare, request.secret].some((secret) => matches(request, Buffer.from(secret), request.payload)),
      problem: 'the signature was made with the text of the secret',
      hint: 'decode the base64 after whsec_: the bytes are the key',
    },
  ];
}

function compact(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

function matches({ id, timestamp, signature }: SignedRequest, key: Uint8Array, payload: Uint8Array): boolean {
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(payload).digest();
  return signature
    .split(' ')
    .filter((entry) => entry.startsWith('v1,'))
    .map((entry) => Buffer.from(entry.slice(3), 'base64'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}

function checkTime(seconds: number, now: number, toleranceSeconds: number): Verdict | null {
  const ageSeconds = Math.round(now / 1000) - seconds;
  if (Math.abs(ageSeconds) <= toleranceSeconds) return null;
  const distance = formatSeconds(Math.abs(ageSeconds));
  const limit = formatSeconds(toleranceSeconds);
  return ageSeconds > 0
    ? invalid(
        `the signature matches, but is ${distance} old; the limit is ${limit}`,
        'old requests may be replayed ones; add --at <time> to verify it as of the time it arrived',
      )
    : invalid(
        `the signature matches, but its time is ${distance} ahead; the limit is ${limit}`,
        'check the clocks of both machines',
      );
}

/** `2 h 5 min`, in the two largest units. */
export function formatSeconds(seconds: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ];
  let rest = seconds;
  const parts: string[] = [];
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.slice(0, 2).join(' ') || '0 s';
}

function decodeSecret(secret: string): Uint8Array | null {
  const text = secret.replace(/^whsec_/, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null;
}
