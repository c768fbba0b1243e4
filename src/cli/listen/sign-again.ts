// Signs an edited body anew with the secret of the endpoint, in the scheme that the headers of the delivery show. Not by a
// private key (RSA), which stays in the server.
import { createSecretKey } from 'node:crypto';
import type { PulledDelivery } from '#contract/pull.ts';
import { hmac } from '#lib/hmac.ts';

export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** False: the headers are those of the original, and match no other body. */
  readonly isSigned: boolean;
}

export function signAgain(
  { headers }: PulledDelivery,
  body: Uint8Array,
  secret: string | null,
  now: number,
): SignedRequest {
  const names = new Map(Object.keys(headers).map((name) => [name.toLowerCase(), name]));
  const valueOf = (name: string): string => headers[names.get(name) ?? ''] ?? '';
  const scheme = Object.entries(schemes).find(([name]) => names.has(name));
  if (scheme === undefined || secret === null) return { headers, isSigned: false };
  const signed = scheme[1]({ secret, body, now, id: valueOf('webhook-id') });
  const replaced = Object.entries(signed).map(([name, value]) => [names.get(name) ?? name, value]);
  return { headers: { ...headers, ...Object.fromEntries(replaced) }, isSigned: true };
}

interface Signable {
  readonly secret: string;
  readonly body: Uint8Array;
  readonly now: number;
  readonly id: string;
}

/** By the header that has the signature. */
const schemes: Readonly<Record<string, (signable: Signable) => Readonly<Record<string, string>>>> = {
  'webhook-signature'({ secret, body, now, id }) {
    const timestamp = String(Math.floor(now / 1000));
    const key = createSecretKey(Buffer.from(secret.replace(/^whsec_/, ''), 'base64'));
    const signature = `v1,${hmac('sha256', key, 'base64', `${id}.${timestamp}.`, body)}`;
    return { 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  },
  sign: ({ secret, body }) => ({ sign: hmac('sha512', secret, 'hex', body) }),
  signature: ({ secret, body }) => ({ signature: hmac('sha256', secret, 'hex', body) }),
};
