// Checks a signature by Standard Webhooks version 1 as a receiver does, and says what is wrong.
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
/** The latest timestamp that is still told from milliseconds: the year 5138. */
const secondsMax = 99_999_999_999;

/** `now` in Unix ms; a timestamp may be off by `toleranceSeconds` to either side. */
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
    return invalid('the secret is a key of the v1a form (Ed25519)', 'this checks v1: a secret like whsec_…');
  }
  const key = decodeSecret(secret);
  if (key === null)
    return invalid('the secret is not base64', 'it is whsec_ and base64, as the endpoint was given it');
  if (key.length < secretBytes.min || key.length > secretBytes.max) {
    const hint = `it holds ${secretBytes.min} to ${secretBytes.max} bytes: check that it is whole`;
    return invalid(`the secret holds ${key.length} bytes`, hint);
  }
  if (id === '') return invalid('the id is empty', 'give the header webhook-id as it arrived');
  if (!/^\d{1,16}$/.test(timestamp)) {
    return invalid('the timestamp is not a number', 'give the header webhook-timestamp: seconds since 1970');
  }
  if (Number(timestamp) > secondsMax) {
    return invalid('the timestamp is in milliseconds', 'webhook-timestamp is in whole seconds');
  }
  return checkSignatureForm(signature);
}

function checkSignatureForm(signature: string): Verdict | null {
  const entries = signature.split(' ').filter((entry) => entry !== '');
  if (entries.some((entry) => entry.startsWith('v1,'))) return null;
  const hint = 'webhook-signature is "v1," and base64, several of them separated by spaces';
  const [first] = entries;
  if (first === undefined) return invalid('the signature is empty', hint);
  if (!first.includes(',')) return invalid('the signature has no version before it', hint);
  return invalid(`there is no signature of version v1, only ${first.slice(0, first.indexOf(','))}`, hint);
}

function checkMatch(request: SignedRequest): Verdict | null {
  const key = decodeSecret(request.secret) ?? new Uint8Array(0);
  if (matches(request, key, request.payload)) return null;
  const found = explanations(request, key).find(({ isIt }) => isIt());
  if (found !== undefined) return invalid(found.problem, found.hint);
  return invalid(
    'the signature is not of this secret, id, timestamp and payload',
    'check that the secret is the endpoint’s present one, and that the payload is the body byte for byte',
  );
}

/** The mistakes that are made most, each tried. */
function explanations(request: SignedRequest, key: Uint8Array) {
  const text = Buffer.from(request.payload).toString('utf8');
  const bare = request.secret.replace(/^whsec_/, '');
  return [
    {
      isIt: () => /\s$/.test(text) && matches(request, key, Buffer.from(text.trimEnd())),
      problem: 'the payload ends in a line end or space that was not signed',
      hint: 'give the body byte for byte; an editor or echo adds a line end (printf %s does not)',
    },
    {
      isIt: () => !text.endsWith('\n') && matches(request, key, Buffer.from(`${text}\n`)),
      problem: 'the payload lacks a line end that was signed',
      hint: 'give the body byte for byte',
    },
    {
      isIt: () => matches(request, key, Buffer.from(compact(text))),
      problem: 'the payload was formatted anew after it had arrived',
      hint: 'check the raw body, before any JSON parser has read it',
    },
    {
      isIt: () =>
        [bare, request.secret].some((secret) => matches(request, Buffer.from(secret), request.payload)),
      problem: 'the signature was made with the text of the secret',
      hint: 'the key is what the base64 after whsec_ decodes to',
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
        `the signature matches, but it is ${distance} old; at most ${limit} is accepted`,
        'an old request may be a replayed one; to check it as of when it arrived: --at <time>',
      )
    : invalid(
        `the signature matches, but its time is ${distance} ahead; at most ${limit} is accepted`,
        'compare the clocks of both machines',
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
