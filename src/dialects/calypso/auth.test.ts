import { Fault } from '#core/fault.ts';
import type { WireRequest } from '#dialects/dialect.ts';
import * as fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { exampleRequest } from '../../../test/support/examples.ts';
import { authenticate, checkSignature, issueCredential } from './auth.ts';

const now = 1_767_323_045_678;
const minutes = 60_000;
const key = 'c529e14832b34b74972365cf7bf02430';
const secret = 'b823a6b9ea72408583cef9ec8d67fa52';

function requestWith(rawBody: Uint8Array, headers: Record<string, string> = {}): WireRequest {
  const sign = createHmac('sha512', secret).update(rawBody).digest('hex');
  return exampleRequest({ headers: { key, sign, ...headers }, rawBody });
}

function check(request: WireRequest, at = now): string | null {
  const proof = authenticate(request);
  if (proof.kind !== 'signed') throw new Error('a proof of this dialect is signed');
  return checkSignature(proof.evidence, { tenant: 'acme', secret }, at)?.code ?? null;
}

describe('a signed request', () => {
  test('is accepted however its JSON is printed', () => {
    const spaces = fc.constantFrom(undefined, 1, 2, '\t');
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), spaces, (more, space) => {
        const rawBody = Buffer.from(JSON.stringify({ ...more, timestamp: now }, null, space));
        expect(check(requestWith(rawBody))).toBeNull();
      }),
    );
  });

  test('is refused when any one byte of its body is another', () => {
    const rawBody = Buffer.from(JSON.stringify({ account: 'text', timestamp: now }));
    const request = requestWith(rawBody);
    const place = fc.nat(rawBody.length - 1);
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 255 }), (index, difference) => {
        const tampered = Buffer.from(rawBody);
        tampered[index] = (tampered[index] ?? 0) ^ difference;
        expect(check({ ...request, rawBody: tampered })).toBe('signature_invalid');
      }),
    );
  });

  test('is accepted from 3 minutes before to 3 minutes after its time, both included', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10 * minutes, max: 10 * minutes }), (difference) => {
        const rawBody = Buffer.from(JSON.stringify({ timestamp: now + difference }));
        const expected = Math.abs(difference) <= 3 * minutes ? null : 'timestamp_invalid';
        expect(check(requestWith(rawBody))).toBe(expected);
      }),
    );
  });

  test('of any bytes at all is accepted or refused, with a fault that is returned and not thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (rawBody) => {
        expect(['json_invalid', 'timestamp_invalid']).toContain(check(requestWith(rawBody)));
      }),
    );
  });

  test.each([
    ['Key alone', { sign: undefined }, 'signature_missing'],
    ['an empty Sign', { sign: '' }, 'signature_invalid'],
    ['a Sign that is too long', { sign: 'a'.repeat(100_000) }, 'signature_invalid'],
  ])('with %s is refused', (_name, headers, code) => {
    const request = requestWith(Buffer.from(`{"timestamp":${now}}`));
    expect(check({ ...request, headers: { ...request.headers, ...headers } })).toBe(code);
  });
});

test.each([undefined, '', 'text', key.toUpperCase(), `${key}0`, `${key}\n`])(
  'the key %j is refused before anything else is looked at',
  (wrong) => {
    const request = { headers: { key: wrong }, rawBody: new Uint8Array() } as unknown as WireRequest;
    expect(() => authenticate(request)).toThrow(Fault);
  },
);

test('an API key pair is 32 lower-case hex characters twice', () => {
  const random = { bytes: (count: number) => Buffer.alloc(count, 0xab), fraction: () => 0 };
  expect(issueCredential('live', random)).toEqual({
    kind: 'key-pair',
    key: 'ab'.repeat(16),
    secret: 'ab'.repeat(16),
  });
});
