import * as fc from 'fast-check';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { expect, test } from 'vitest';
import { exampleEndpoint, exampleEvent } from '../../../test/support/examples.ts';
import { render, sign } from './signing.ts';

const event = exampleEvent({
  id: 'evt_01kdytp0cd0000000000000003',
  type: 'payment.completed',
  payload: Buffer.from('{"userId":"62d17d3b377dab6c1342136e","id":"65f0c0ffee65f0c0ffee65f0"}'),
  occurredAt: 1_767_323_045_678,
});
const endpoint = exampleEndpoint();

/** As the README of the official client has it. */
function verify(rawBody: string, signature: string, secret: string): boolean {
  const expected = createHmac('sha256', secret).update(rawBody).digest('hex');
  const expectedBuffer = Buffer.from(expected, 'utf8');
  const signatureBuffer = Buffer.from(signature, 'utf8');
  if (expectedBuffer.length !== signatureBuffer.length) return false;
  return timingSafeEqual(expectedBuffer, signatureBuffer);
}

function signatureOf(payload: Uint8Array, ...secrets: string[]): string | undefined {
  return sign({ event, endpoint, payload, secrets })['Signature'];
}

test('receivers of any age verify it, for any secret and payload', () => {
  const secret = fc.string({ unit: 'grapheme', minLength: 1 });
  fc.assert(
    fc.property(secret, fc.dictionary(fc.string(), fc.jsonValue()), (text, more) => {
      const members = { ...more, userId: 'u', id: 'i' };
      const payload = render({ ...event, payload: Buffer.from(JSON.stringify(members)) });
      const body = Buffer.from(payload).toString();
      const signature = signatureOf(payload, text) ?? '';
      expect(verify(body, signature, text)).toBe(true);
      expect(verify(JSON.stringify(JSON.parse(body)), signature, text)).toBe(true);
      expect(verify(`${body} `, signature, text)).toBe(false);
      expect(verify(body, signature, `${text}x`)).toBe(false);
    }),
  );
});

test('only the newest secret signs, and none leaves the header out', () => {
  const payload = render(event);
  expect(signatureOf(payload, 'new', 'old')).toBe(signatureOf(payload, 'new'));
  expect(sign({ event, endpoint, payload, secrets: [] })).toEqual({ 'Content-Type': 'application/json' });
});
