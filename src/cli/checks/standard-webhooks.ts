// The scheme of the Standard Webhooks specification, version 1 with a shared secret.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Invalid, invalid, type ReceivedRequest, type Scheme } from './verdict.ts';

const secretBytes = { min: 24, max: 64 };
/** Larger timestamps are taken for milliseconds. As seconds, this is the year 5138. */
const secondsMax = 99_999_999_999;

export const standardWebhooks: Scheme = {
  name: 'HMAC-SHA256 in webhook-signature (Standard Webhooks v1)',
  headers: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
  checkForm: (request) => checkSecret(request.secret) ?? checkHeaders(request),
  matches: (request, payload) => matches(request, decodeSecret(request.secret), payload),
  explain(request) {
    const texts = [request.secret.replace(/^whsec_/, ''), request.secret];
    return texts.some((text) => matches(request, Buffer.from(text), request.payload))
      ? invalid(
          'the signature was made with the text of the secret',
          'decode the base64 after whsec_: the bytes are the key',
        )
      : null;
  },
  signedAt: (request) => Number(timestampOf(request)) * 1000,
};

const timestampOf = ({ headers }: ReceivedRequest): string => headers.get('webhook-timestamp') ?? '';

function checkSecret(secret: string): Invalid | null {
  if (/^wh[ps]k_/.test(secret)) {
    return invalid('the secret is a v1a key (Ed25519)', 'give a v1 secret: whsec_…');
  }
  if (!isBase64(secret)) {
    return invalid('the secret is not base64', 'give the secret of the endpoint: whsec_ and base64');
  }
  const { length } = decodeSecret(secret);
  if (length >= secretBytes.min && length <= secretBytes.max) return null;
  const hint = `a secret has ${secretBytes.min} to ${secretBytes.max} bytes; check that yours is complete`;
  return invalid(`the secret has ${length} bytes`, hint);
}

function checkHeaders(request: ReceivedRequest): Invalid | null {
  const timestamp = timestampOf(request);
  if (request.headers.get('webhook-id') === '') {
    return invalid('webhook-id is empty', 'give the headers as they arrived');
  }
  if (!/^\d{1,16}$/.test(timestamp)) {
    return invalid('webhook-timestamp is not a number', 'it has the seconds since 1970');
  }
  if (Number(timestamp) > secondsMax) {
    return invalid('webhook-timestamp is in milliseconds', 'it has the seconds since 1970');
  }
  return checkSignatureForm(request.headers.get('webhook-signature') ?? '');
}

function checkSignatureForm(signature: string): Invalid | null {
  const entries = signature.split(' ').filter((entry) => entry !== '');
  if (entries.some((entry) => entry.startsWith('v1,'))) return null;
  const hint = 'a signature is "v1," and base64; several are separated by spaces';
  const [first] = entries;
  if (first === undefined) return invalid('webhook-signature is empty', hint);
  if (!first.includes(',')) return invalid('the signature does not start with a version', hint);
  return invalid(`there is no v1 signature, only ${first.slice(0, first.indexOf(','))}`, hint);
}

function matches({ headers }: ReceivedRequest, key: Uint8Array, payload: Uint8Array): boolean {
  const head = `${headers.get('webhook-id')}.${headers.get('webhook-timestamp')}.`;
  const expected = createHmac('sha256', key).update(head).update(payload).digest();
  return (headers.get('webhook-signature') ?? '')
    .split(' ')
    .filter((entry) => entry.startsWith('v1,'))
    .map((entry) => Buffer.from(entry.slice(3), 'base64'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}

function isBase64(secret: string): boolean {
  return /^(whsec_)?[A-Za-z0-9+/]+={0,2}$/.test(secret);
}

function decodeSecret(secret: string): Uint8Array {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
}
