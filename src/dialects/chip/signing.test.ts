import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Event } from '#core/event.ts';
import type { WireHeaders } from '#dialects/dialect.ts';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { exampleEndpoint, exampleEvent } from '../../../test/support/examples.ts';
import { createSecret, render, sign } from './signing.ts';

const event = (payload: string | Uint8Array, type = 'purchase.paid'): Event =>
  exampleEvent({ type, payload: Buffer.from(payload) });
const endpoint = exampleEndpoint();
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const read = (file: string): string => readFileSync(`test/fixtures/chip/published-${file}`, 'utf8');

/** As the platform documents it for receivers, with nothing but node:crypto. */
function isGenuine(payload: Uint8Array, signature: string, publicKey: string): boolean {
  return verify('RSA-SHA256', payload, publicKey, Buffer.from(signature, 'base64'));
}

describe('the published vector', () => {
  const body = readFileSync('test/fixtures/chip/published-body.txt');

  test('has 2209 bytes, and holds', () => {
    expect(body).toHaveLength(2209);
    expect(isGenuine(body, read('signature.txt'), read('public-key.pem'))).toBe(true);
  });

  test('leaves us byte for byte when it is published, so that it still holds', () => {
    const payload = render(event(body, 'purchase.created'));
    expect(isGenuine(payload, read('signature.txt'), read('public-key.pem'))).toBe(true);
  });

  test('does not hold for the same object printed again', () => {
    const again = Buffer.from(JSON.stringify(JSON.parse(body.toString())));
    expect(isGenuine(again, read('signature.txt'), read('public-key.pem'))).toBe(false);
  });
});

describe('signatures', () => {
  let pair: { readonly secret: string; readonly publicKey: string };
  beforeAll(async () => {
    const { secret, attributes } = await createSecret();
    pair = { secret, publicKey: JSON.parse(JSON.stringify(attributes?.['public_key'])) };
  });
  const signed = (payload: Uint8Array, ...secrets: string[]): Promise<WireHeaders> =>
    sign({ event: event('{}'), endpoint, payload, secrets });

  test('are made with an RSA-3072 key whose public half has the form of the platform', () => {
    expect(pair.secret).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(pair.publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----\nMIIBojANBgkqhkiG9w0BAQEFAAOCAY8A/);
    const { asymmetricKeyDetails } = createPublicKey(pair.publicKey);
    expect(asymmetricKeyDetails).toMatchObject({ modulusLength: 3072, publicExponent: 65_537n });
  });

  test('verify for any bytes, and for no others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (payload) => {
        const signature = (await signed(payload, pair.secret))['X-Signature'] ?? '';
        expect(isGenuine(payload, signature, pair.publicKey)).toBe(true);
        expect(isGenuine(Buffer.concat([payload, Buffer.from(' ')]), signature, pair.publicKey)).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  test('are the same on every retry', async () => {
    const payload = Buffer.from('{"id":"1"}');
    expect(await signed(payload, pair.secret)).toEqual(await signed(payload, pair.secret));
  });

  test('are made by the newest key', async () => {
    const { secret } = await createSecret();
    const payload = Buffer.from('{"id":"1"}');
    const { 'X-Signature': signature = '' } = await signed(payload, pair.secret, secret);
    expect(isGenuine(payload, signature, pair.publicKey)).toBe(true);
  });

  test.each(['', 'whsec_abc', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'])(
    'are not made with a secret that is none (%j), which is not told',
    async (secret) => {
      await expect(signed(Buffer.from('{}'), secret)).rejects.toThrow(
        /^an endpoint has a secret that is not an RSA private key in PEM$/,
      );
    },
  );

  test('are not made without a key', async () => {
    await expect(signed(Buffer.from('{}'))).rejects.toThrow('no key');
  });

  test('leave the main thread free, as does the making of keys', async () => {
    let turns = 0;
    const ticking = setInterval(() => turns++, 5);
    await Promise.all(Array.from({ length: 4 }, () => createSecret()));
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(5);
  });
});

describe('rendering', () => {
  test('puts the event type behind the last member', () => {
    expect(text(render(event('{"id":"1"}')))).toBe('{"id":"1","event_type":"purchase.paid"}');
    expect(text(render(event('{}')))).toBe('{"event_type":"purchase.paid"}');
  });

  test('leaves an object that holds its event type as it is', () => {
    const stored = '{"id":"1","event_type":"purchase.paid","updated_on":1}';
    expect(text(render(event(stored)))).toBe(stored);
  });

  test('keeps every byte of any object, in which the event type is then found once', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom('event_typ', '"event_type"', 'id'));
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constant({ event_type: 'deeper' }),
      fc.constant('"event_type":'),
    );
    fc.assert(
      fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (object) => {
        const stored = JSON.stringify(object);
        const rendered = text(render(event(stored)));
        expect(rendered.startsWith(stored.slice(0, -1))).toBe(true);
        expect(JSON.parse(rendered)).toEqual({ ...JSON.parse(stored), event_type: 'purchase.paid' });
      }),
    );
  });

  test.each([
    ['{}', '{"event_type":"purchase.paid"}'],
    ['{ }', '{ "event_type":"purchase.paid"}'],
    ['{"id" : "1" , "n":10.50\n}', '{"id" : "1" , "n":10.50\n,"event_type":"purchase.paid"}'],
    ['{"a":{"event_type":"x"}}', '{"a":{"event_type":"x"},"event_type":"purchase.paid"}'],
    ['{"event\\u005ftype":"purchase.paid"}', '{"event\\u005ftype":"purchase.paid"}'],
  ])('keeps every byte of %s', (stored, rendered) => {
    expect(Buffer.from(render(event(stored))).toString()).toBe(rendered);
  });
});
