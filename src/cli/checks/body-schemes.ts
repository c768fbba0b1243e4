// The schemes that sign the exact body alone, in one header, without a time.
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { equalsConstantTime, hmac } from '#lib/hmac.ts';
import { type Invalid, invalid, type ReceivedRequest, type Scheme } from './verdict.ts';

/** HMAC in hex, keyed with the text of the secret as it is. `others` are headers that come with the signature. */
export function hmacOfBody(
  algorithm: 'sha256' | 'sha512',
  header: string,
  others: readonly string[] = [],
): Scheme {
  const name = header.toLowerCase();
  const hexLength = algorithm === 'sha256' ? 64 : 128;
  const signatureOf = ({ headers }: ReceivedRequest): string => headers.get(name) ?? '';
  const isMadeWith = (request: ReceivedRequest, key: string | Uint8Array, payload: Uint8Array): boolean =>
    equalsConstantTime(hmac(algorithm, key, 'hex', payload), signatureOf(request).toLowerCase());
  return {
    name: `HMAC-${algorithm.replace('sha', 'SHA')} in ${header}`,
    headers: [name, ...others],
    checkForm: (request) =>
      new RegExp(`^[0-9a-f]{${hexLength}}$`, 'i').test(signatureOf(request))
        ? null
        : invalid(`${header} is not ${hexLength} hexadecimal digits`, 'give the header as it arrived'),
    matches: (request, payload) => isMadeWith(request, request.secret, payload),
    explain: (request) => explainKey(request, (key) => isMadeWith(request, key, request.payload)),
    signedAt: () => null,
  };
}

/** Mistakes of code that signs or verifies with what it made of the secret. */
function explainKey({ secret }: ReceivedRequest, isMadeWith: (key: Uint8Array) => boolean): Invalid | null {
  const decoded = [Buffer.from(secret, 'hex'), Buffer.from(secret.replace(/^whsec_/, ''), 'base64')];
  if (decoded.some(isMadeWith)) {
    const hint = 'use the text of the secret itself as the key, with its prefix';
    return invalid('the signature was made with the decoded secret', hint);
  }
  if (!isMadeWith(Buffer.from(`${secret}\n`))) return null;
  return invalid('the signature was made with the secret and a line end', 'remove the line end');
}

/** RSA PKCS#1 v1.5 with SHA-256 in base64; the secret is the public key of the endpoint in PEM. */
export function rsaOfBody(header: string): Scheme {
  const name = header.toLowerCase();
  const signatureOf = ({ headers }: ReceivedRequest): Buffer =>
    Buffer.from(headers.get(name) ?? '', 'base64');
  return {
    name: `RSA-SHA256 in ${header}`,
    headers: [name],
    checkForm(request) {
      const key = readPublicKey(request.secret);
      if (key === null) {
        const hint = 'give the public key of the endpoint in PEM: -----BEGIN PUBLIC KEY-----';
        return invalid('the file holds no RSA public key', hint);
      }
      const bytes = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
      if (signatureOf(request).length === bytes) return null;
      return invalid(`${header} is not ${bytes} bytes in base64, as a signature of this key is`, keyHint);
    },
    matches(request, payload) {
      const key = readPublicKey(request.secret);
      return key !== null && verify('RSA-SHA256', payload, key, signatureOf(request));
    },
    explain: () => null,
    signedAt: () => null,
  };
}

const keyHint = 'check that the key is that of this endpoint, and the header as it arrived';

/** PEM, or PEM as a JSON string, as some APIs answer it. Not a private key: it has no place at a receiver. */
function readPublicKey(text: string): KeyObject | null {
  try {
    const pem: unknown = text.startsWith('"') ? JSON.parse(text) : text;
    if (typeof pem !== 'string' || !pem.includes('PUBLIC KEY')) return null;
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'rsa' ? key : null;
  } catch {
    return null;
  }
}
