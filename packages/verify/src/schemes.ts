// The signature schemes of the dialects. A scheme is chosen by the receiver, never by the headers of a request: otherwise
// the sender would choose how it is checked.
import { fromBase64, fromHex, fromText } from './bytes.ts';
import { VerificationError } from './error.ts';

/** What the headers of a request say. */
export interface Signed {
  /** Any one of them must match. */
  readonly signatures: readonly Uint8Array<ArrayBuffer>[];
  /** Signed before the body. */
  readonly head: string;
  readonly id: string | null;
  /** Unix seconds; null in a scheme without a time. */
  readonly timestamp: number | null;
}

export interface Scheme {
  /** In lower case. A request must have all of them. */
  readonly headers: readonly string[];
  readonly algorithm: { readonly name: string; readonly hash: string };
  readonly keyFormat: 'raw' | 'spki';
  /** The bytes of the key. Throws `TypeError`, without the secret in its message. */
  readonly decodeSecret: (secret: string) => Uint8Array<ArrayBuffer>;
  /** Takes the values of `headers` in their order. */
  readonly read: (...values: readonly string[]) => Signed;
}

/** Each rotation adds one. A bound, so that a header cannot ask for much work. */
const signaturesMax = 10;
const secretBytes = { min: 24, max: 64 };

/** Standard Webhooks, version 1: HMAC-SHA256 of `id.timestamp.body`; several signatures during a rotation. */
const standardWebhooks: Scheme = {
  headers: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
  algorithm: { name: 'HMAC', hash: 'SHA-256' },
  keyFormat: 'raw',
  decodeSecret(secret) {
    const bytes = fromBase64(secret.replace(/^whsec_/, ''));
    if (bytes !== null && bytes.length >= secretBytes.min && bytes.length <= secretBytes.max) return bytes;
    throw new TypeError(
      'a secret must be whsec_ and 24 to 64 bytes in base64, as the endpoint was created with',
    );
  },
  read(id = '', timestamp = '', signature = '') {
    if (!/^\d{1,11}$/.test(timestamp)) throw invalid('webhook-timestamp', 'the seconds since 1970');
    const given = signature.split(' ').filter((entry) => entry.startsWith('v1,'));
    const signatures = given.map((entry) => fromBase64(entry.slice(3))).filter((bytes) => bytes !== null);
    if (signatures.length === 0) throw invalid('webhook-signature', '"v1," and base64');
    if (signatures.length > signaturesMax) {
      throw invalid('webhook-signature', `at most ${signaturesMax} signatures`);
    }
    return { signatures, head: `${id}.${timestamp}.`, id, timestamp: Number(timestamp) };
  },
};

/** HMAC of the body in hex. The key is the text of the secret as it is, with its prefix. */
function hmacOfBody(hash: 'SHA-256' | 'SHA-512', header: string, ...others: readonly string[]): Scheme {
  return {
    headers: [header, ...others],
    algorithm: { name: 'HMAC', hash },
    keyFormat: 'raw',
    decodeSecret: fromText,
    read(value = '') {
      const signature = fromHex(value, hash === 'SHA-256' ? 32 : 64);
      if (signature === null)
        throw invalid(header, `${hash === 'SHA-256' ? 64 : 128} digits in lower-case hex`);
      return { ...bodyOnly, signatures: [signature] };
    },
  };
}

/** RSA PKCS#1 v1.5 with SHA-256 of the body, in base64. The secret is the public key of the endpoint. */
const rsaOfBody: Scheme = {
  headers: ['x-signature'],
  algorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  keyFormat: 'spki',
  decodeSecret(pem) {
    // Settings often hold PEM in one line, with `\n` for the line ends.
    const text = pem.replaceAll('\\n', '\n');
    const [, base64 = ''] =
      /^\s*-----BEGIN PUBLIC KEY-----([^-]+)-----END PUBLIC KEY-----\s*$/.exec(text) ?? [];
    const bytes = fromBase64(base64.replaceAll(/\s/g, ''));
    if (bytes !== null && bytes.length > 0) return bytes;
    throw new TypeError('the secret must be the public key of the endpoint: -----BEGIN PUBLIC KEY-----');
  },
  read(value = '') {
    const signature = fromBase64(value);
    if (signature === null) throw invalid('x-signature', 'base64');
    return { ...bodyOnly, signatures: [signature] };
  },
};

const bodyOnly = { head: '', id: null, timestamp: null };

export const schemes = {
  standard: standardWebhooks,
  diddo: standardWebhooks,
  calypso: hmacOfBody('SHA-512', 'sign', 'key'),
  chip: rsaOfBody,
  spritz: hmacOfBody('SHA-256', 'signature'),
};

function invalid(header: string, expected: string): VerificationError {
  return new VerificationError('header_invalid', `the header ${header} must be ${expected}`);
}
