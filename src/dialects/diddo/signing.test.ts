import type { WireHeaders } from '#dialects/dialect.ts';
import { systemRandom } from '#lib/random.ts';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { exampleEndpoint, exampleEvent } from '../../../test/support/examples.ts';
import { createSecret, render, sign } from './signing.ts';

const now = 1_767_323_045_678;
const event = exampleEvent({
  id: 'b0a7a4f0-3a0e-4c39-8a57-2f4f6b0c9d10',
  type: 'checkout.succeeded',
  payload: Buffer.from('{"cart_id":"é 😀"}'),
  occurredAt: now - 1000,
});
const endpoint = exampleEndpoint();

function signWith(...secrets: string[]): WireHeaders {
  return sign({ event, endpoint, payload: render(event), secrets }, now);
}

describe('the public Standard Webhooks library', () => {
  // It compares the time of the attempt with the clock of the machine.
  beforeAll(() => void vi.useFakeTimers({ now, toFake: ['Date'] }));
  afterAll(() => void vi.useRealTimers());

  test('accepts what is signed with a new secret, and the id is that of the payload', async () => {
    const { secret } = await createSecret(systemRandom);
    const headers = signWith(secret);
    expect(new Webhook(secret).verify(Buffer.from(render(event)), { ...headers })).toEqual({
      id: headers['webhook-id'],
      type: 'checkout.succeeded',
      created_at: '2026-01-02T03:04:04.678Z',
      data: { cart_id: 'é 😀' },
    });
  });

  test('refuses another secret, payload, id or time', async () => {
    const made = await Promise.all([createSecret(systemRandom), createSecret(systemRandom)]);
    const [secret = '', stranger = ''] = made.map((each) => each.secret);
    const headers = signWith(secret);
    const payload = Buffer.from(render(event));
    const other = { ...headers, 'webhook-id': 'other' };
    expect(() => new Webhook(stranger).verify(payload, { ...headers })).toThrow('No matching signature');
    expect(() => new Webhook(secret).verify('{}', { ...headers })).toThrow('No matching signature');
    expect(() => new Webhook(secret).verify(payload, other)).toThrow('No matching signature');
    expect(() =>
      new Webhook(secret).verify(payload, { ...headers, 'webhook-timestamp': '1767323044' }),
    ).toThrow('No matching signature');
  });

  test('agrees for any payload', async () => {
    const { secret } = await createSecret(systemRandom);
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 0, max: 4e12 }), (json, occurredAt) => {
        const published = { ...event, occurredAt, payload: Buffer.from(json) };
        const payload = render(published);
        const headers = sign({ event: published, endpoint, payload, secrets: [secret] }, now);
        const verified = new Webhook(secret).verify(Buffer.from(payload), { ...headers });
        expect(verified).toMatchObject({ created_at: new Date(occurredAt).toISOString() });
      }),
    );
  });
});

test('an attempt at another time carries another signature over the same payload', async () => {
  const { secret } = await createSecret(systemRandom);
  const later = sign({ event, endpoint, payload: render(event), secrets: [secret] }, now + 5000);
  expect(later['webhook-signature']).not.toBe(signWith(secret)['webhook-signature']);
  expect(later['webhook-id']).toBe(event.id);
});
