import type { WireHeaders } from '#dialects/dialect.ts';
import { systemRandom } from '#lib/random.ts';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { exampleEndpoint, exampleEvent } from '../../../test/support/examples.ts';
import { createSecret, render, sign } from './signing.ts';

const now = 1_767_323_045_678;
const event = exampleEvent({
  id: 'evt_01kdytp0cd0000000000000003',
  type: 'payment.succeeded',
  payload: Buffer.from('{"id":"pay_1","note":"é 😀"}'),
  occurredAt: now - 1000,
});
const endpoint = exampleEndpoint();

function signWith(...secrets: string[]): WireHeaders {
  return sign({ event, endpoint, payload: render(event), secrets }, now);
}

function verify(secret: string, headers: WireHeaders, payload = Buffer.from(render(event))): unknown {
  return new Webhook(secret).verify(payload, { ...headers });
}

describe('the public Standard Webhooks library', () => {
  // It compares the time of the attempt with the clock of the machine.
  beforeAll(() => void vi.useFakeTimers({ now, toFake: ['Date'] }));
  afterAll(() => void vi.useRealTimers());

  test('accepts what is signed with a new secret', async () => {
    const { secret } = await createSecret(systemRandom);
    expect(verify(secret, signWith(secret))).toEqual({
      type: 'payment.succeeded',
      timestamp: '2026-01-02T03:04:04.678Z',
      data: { id: 'pay_1', note: 'é 😀' },
    });
  });

  test('accepts the old and the new secret during a rotation, and no third', async () => {
    const made = await Promise.all([1, 2, 3].map(() => createSecret(systemRandom)));
    const [newer = '', older = '', stranger = ''] = made.map(({ secret }) => secret);
    const headers = signWith(newer, older);
    expect(verify(newer, headers)).toBeTypeOf('object');
    expect(verify(older, headers)).toBeTypeOf('object');
    expect(() => verify(stranger, headers)).toThrow('No matching signature');
    expect(headers['webhook-signature']?.split(' ')[0]).toBe(signWith(newer)['webhook-signature']);
  });

  test('refuses another payload, id or time', async () => {
    const { secret } = await createSecret(systemRandom);
    const headers = signWith(secret);
    expect(() => verify(secret, headers, Buffer.from('{}'))).toThrow('No matching signature');
    expect(() => verify(secret, { ...headers, 'webhook-id': 'evt_other' })).toThrow('No matching signature');
    expect(() => verify(secret, { ...headers, 'webhook-timestamp': '1767323044' })).toThrow();
  });

  test('agrees for any payload and key', () => {
    const key = fc.uint8Array({ minLength: 24, maxLength: 64 });
    fc.assert(
      fc.property(key, fc.json(), (bytes, json) => {
        const secret = `whsec_${Buffer.from(bytes).toString('base64')}`;
        const payload = Buffer.from(json);
        const headers = sign({ event, endpoint, payload, secrets: [secret] }, now);
        expect(new Webhook(secret).verify(payload, { ...headers }, { jsonParse: false })).toBeUndefined();
      }),
    );
  });
});

test('a secret is whsec_ and 32 bytes', async () => {
  const random = { bytes: (count: number) => Buffer.alloc(count, 0xff), fraction: () => 0 };
  const { secret } = await createSecret(random);
  expect(secret).toBe('whsec_//////////////////////////////////////////8=');
});

test('the stored payload leaves as it is', () => {
  const payload = Buffer.from('{ "a" : 1.10, "a" : 12345678901234567890 }');
  expect(Buffer.from(render({ ...event, payload })).toString()).toBe(
    '{"type":"payment.succeeded","timestamp":"2026-01-02T03:04:04.678Z",' +
      '"data":{ "a" : 1.10, "a" : 12345678901234567890 }}',
  );
});

test.each([
  '',
  'whsec_',
  'whsec_c2hvcnQ=',
  `whsec_${'A'.repeat(100)}`,
  'c2VjcmV0IHdpdGhvdXQgYSBwcmVmaXggaXMgbm90IG91cnM=',
])('a secret that is not of the form (%j) signs nothing and is not told', (secret) => {
  expect(() => signWith(secret)).toThrow(/^an endpoint has a secret that is not of the form whsec_…$/);
});
