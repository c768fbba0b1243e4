import type { WireRequest } from '#dialects/dialect.ts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exampleRequest } from '../../../test/support/examples.ts';
import { faultOf } from '../../../test/support/fault-of.ts';
import { ownCpuMs } from '../../../test/support/machine.ts';
import { subscriptions } from './events.ts';
import { readNewWebhook, readSecret, readWebhookChange, readWebhookId } from './wire.ts';

const form = 'application/x-www-form-urlencoded';

function request(body: string | Uint8Array, contentType?: string, webhookId = ''): WireRequest {
  return exampleRequest({
    method: 'POST',
    params: { webhookId },
    headers: contentType === undefined ? {} : { 'content-type': contentType },
    rawBody: Buffer.from(body),
  });
}

describe('a form', () => {
  const url = fc.webUrl({ withQueryParameters: true });
  const events = fc.array(fc.constantFrom(...subscriptions), { minLength: 1, maxLength: 40 });
  const name = fc.constantFrom('events', 'events[]', 'events[0]', 'events[12]');

  test('says the same as JSON', () => {
    fc.assert(
      fc.property(url, events, name, (hook, list, key) => {
        const pairs: [string, string][] = [
          ['url', hook],
          ...list.map((type): [string, string] => [key, type]),
        ];
        const asForm = readNewWebhook(request(new URLSearchParams(pairs).toString(), form));
        const asJson = readNewWebhook(request(JSON.stringify({ url: hook, events: list })));
        expect(asForm).toEqual(asJson);
        expect(new Set(asForm.eventTypes).size).toBe(asForm.eventTypes.length);
      }),
    );
  });

  test('carries any secret', () => {
    const secret = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 });
    const isKept = (text: string): boolean => !text.includes('\0') && text.length <= 1024;
    fc.assert(
      fc.property(secret.filter(isKept), (text) => {
        const body = new URLSearchParams({ secret: text }).toString();
        expect(readSecret(request(body, form))).toEqual({ secret: text });
        expect(readSecret(request(JSON.stringify({ secret: text })))).toEqual({ secret: text });
      }),
    );
  });

  test('of any bytes is read or refused with a fault', () => {
    const type = fc.constantFrom(form, `${form};charset=utf-8`, ' Application/X-WWW-Form-UrlEncoded ');
    fc.assert(
      fc.property(fc.uint8Array(), type, (bytes, contentType) => {
        for (const read of [readNewWebhook, readWebhookChange, readSecret]) {
          expect(faultOf(() => read(request(bytes, contentType))).code).toBe('field_invalid');
        }
      }),
    );
  });

  test('with far too many events is refused soon', () => {
    const startedAt = ownCpuMs();
    const body = `url=https://a.example/&${'events=*&'.repeat(29_000)}`;
    expect(faultOf(() => readNewWebhook(request(body, form))).fields).toEqual([
      { field: 'events', message: 'must have at most 200 entries', rule: 'too_many' },
    ]);
    expect(ownCpuMs() - startedAt).toBeLessThan(500);
  });
});

test.each(['multipart/form-data', 'Multipart/Form-Data; boundary=x'])('%s is refused', (contentType) => {
  const fault = faultOf(() => readSecret(request('{"secret":"x"}', contentType)));
  expect(fault.code).toBe('media_type_unsupported');
});

test.each([
  '',
  'deliveries',
  '65f0c0ffee65f0c0ffee65f0',
  'ep_',
  'EP_01KDYTP0CD0000000000000001',
  '\0',
  '\ud800',
])('the id %j is not found', (webhookId) => {
  expect(faultOf(() => readWebhookId(request('', undefined, webhookId))).code).toBe('endpoint_not_found');
});
