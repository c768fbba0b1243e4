import type { Event } from '#core/event.ts';
import type { JsonValue } from '#lib/json.ts';
import { systemRandom } from '#lib/random.ts';
import * as fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { exampleEndpoint, exampleEvent } from '../../../test/support/examples.ts';
import { calypso } from './index.ts';
import { createSecret, render, sign } from './signing.ts';

const now = 1_767_323_045_678;
const alias = '123e4567-e89b-12d3-a456-426614174000';
const endpoint = exampleEndpoint({ alias, attributes: { publicKey: 'a-public-key' } });

function eventWith(payload: string, over: Partial<Event> = {}): Event {
  return exampleEvent({
    seq: 7000,
    number: 7,
    type: 'INVOICE_PAID',
    payload: Buffer.from(payload),
    occurredAt: now,
    ...over,
  });
}

const renderText = (event: Event): string => Buffer.from(render(event, endpoint)).toString();

describe('the envelope', () => {
  test('says which event it is, when it happened, and for which subscription', () => {
    expect(renderText(eventWith('{"type":"INVOICE_PAID","amount":1}'))).toBe(
      `{"requestId":"${alias}","id":7,"createdDate":"2026-01-02T03:04:05.678","level":"SUCCESS",` +
        '"service":"INVOICE","eventType":"INVOICE_PAID","data":{"type":"INVOICE_PAID","amount":1}}',
    );
  });

  test('holds any published object as it was, with its type', () => {
    const name = fc.oneof(fc.constantFrom('type', '"type"', '__proto__', '1'), fc.string());
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue()), (object) => {
        // What stands under `type` is checked at publish.
        const data = 'type' in object ? { ...object, type: 'INVOICE_PAID' } : object;
        const payload = JSON.stringify(data);
        const text = renderText(eventWith(payload));
        const envelope: { readonly data: JsonValue } = JSON.parse(text);
        expect(envelope.data).toEqual({ ...JSON.parse(payload), type: 'INVOICE_PAID' });
        expect(text).toContain(payload.slice(1));
      }),
    );
  });

  test('tells the time without a zone and without zeros at its end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (occurredAt) => {
        const { createdDate } = JSON.parse(renderText(eventWith('{}', { occurredAt })));
        expect(createdDate).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,2}[1-9])?$/);
        expect(Date.parse(`${createdDate}Z`)).toBe(occurredAt);
      }),
    );
  });

  test('of an event type that is none is a bug', () => {
    expect(() => render(eventWith('{}', { type: 'toString' }), endpoint)).toThrow('is no event type');
  });
});

describe('the signature', () => {
  test('is that of the published example', () => {
    const payload = Buffer.from('{"timestamp":1}');
    const secrets = ['b823a6b9ea72408583cef9ec8d67fa52'];
    expect(sign({ event: eventWith('{}'), endpoint, payload, secrets })).toEqual({
      'Content-Type': 'application/json',
      Key: 'a-public-key',
      Sign:
        'b16e9d45f49f2069becbc4f108b237bee588cfc353fe9501df103e692acbc68d' +
        '482a10d34c12bea22fedde7e28e1b8e57a6a0a373b0e9a27c5257bd8b36e13b9',
    });
  });

  test('is HMAC-SHA512 of any payload, with the secret as text', async () => {
    const { secret } = await createSecret(systemRandom);
    fc.assert(
      fc.property(fc.uint8Array(), (payload) => {
        const headers = sign({ event: eventWith('{}'), endpoint, payload, secrets: [secret] });
        expect(headers['Sign']).toBe(createHmac('sha512', secret).update(payload).digest('hex'));
      }),
    );
  });

  test('without a pair is a bug', () => {
    const message = { event: eventWith('{}'), payload: new Uint8Array() };
    expect(() => sign({ ...message, endpoint, secrets: [] })).toThrow('no key pair');
    const bare = { ...endpoint, attributes: {} };
    expect(() => sign({ ...message, endpoint: bare, secrets: ['secret'] })).toThrow('no key pair');
  });
});

test('a pair is 32 lower-case hex characters twice, and they differ', async () => {
  const { secret, attributes } = await createSecret(systemRandom);
  expect(secret).toMatch(/^[0-9a-f]{32}$/);
  expect(attributes?.['publicKey']).toMatch(/^[0-9a-f]{32}$/);
  expect(attributes?.['publicKey']).not.toBe(secret);
});

test('the schedule is 30 s times Fibonacci: 19 retries, the last after 125 430 s, 3.8 days in all', () => {
  const [first, ...retries] = calypso.policy.schedule.delaysMs.map((delay) => delay / 1000);
  expect(first).toBe(0);
  expect(retries).toHaveLength(19);
  expect(retries.slice(0, 4)).toEqual([30, 30, 60, 90]);
  expect(retries.at(-1)).toBe(125_430);
  for (const [index, delay] of retries.entries()) {
    if (index >= 2) expect(delay).toBe((retries[index - 1] ?? 0) + (retries[index - 2] ?? 0));
  }
  expect(retries.reduce((sum, delay) => sum + delay)).toBe(328_350);
});
