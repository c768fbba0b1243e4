// What a developer has edited is signed as the server would: the library for receivers accepts it, in every scheme with a secret.
import { expect, test } from 'vitest';
import type { PulledDelivery } from '#contract/pull.ts';
import { createVerifier, type Dialect } from '#packages/verify/src/verify.ts';
import { signAgain } from './sign-again.ts';

const now = 1_767_323_045_678;
const edited = Buffer.from('{"amount":"99.00"}');

/** As the server writes the headers of a delivery; each signature is that of another body. */
const cases: readonly (readonly [Dialect, string, Record<string, string>])[] = [
  [
    'standard',
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    { 'webhook-id': 'evt_1', 'webhook-timestamp': '1767300000', 'webhook-signature': 'v1,AAAA' },
  ],
  [
    'diddo',
    'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    { 'Webhook-Id': 'evt_1', 'Webhook-Timestamp': '1767300000', 'Webhook-Signature': 'v1,AAAA' },
  ],
  ['calypso', 'a secret', { Key: 'k', Sign: 'aa' }],
  ['spritz', 'whsec_text', { Signature: 'aa' }],
];

const deliveryWith = (headers: Record<string, string>) => ({ headers }) as unknown as PulledDelivery;

test.each(cases)(
  '%s: an edited body is verified, its headers keep their names',
  async (dialect, secret, headers) => {
    const delivery = deliveryWith({ 'X-Other': 'stays', ...headers });
    const signed = signAgain(delivery, edited, secret, now);
    expect(signed.isSigned).toBe(true);
    expect(Object.keys(signed.headers)).toEqual(['X-Other', ...Object.keys(headers)]);
    const verifier = createVerifier({ dialect, secret, now: () => now });
    const { body } = await verifier.verify({ headers: signed.headers, body: edited });
    expect(Buffer.from(body)).toEqual(edited);
    await expect(verifier.verify({ headers: delivery.headers, body: edited })).rejects.toThrow();
  },
);

test('without a secret, and in the scheme with a private key, the headers stay as they were', () => {
  const rsa = { 'X-Signature': 'AAAA' };
  expect(signAgain(deliveryWith(rsa), edited, 'a secret', now)).toEqual({ headers: rsa, isSigned: false });
  const [, , headers] = cases[0] as (typeof cases)[0];
  expect(signAgain(deliveryWith(headers), edited, null, now)).toEqual({ headers, isSigned: false });
});
