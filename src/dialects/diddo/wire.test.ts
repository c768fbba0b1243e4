import { Fault } from '#core/fault.ts';
import { uuidToId } from '#lib/ids.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { exampleEndpoint, exampleRequest } from '../../../test/support/examples.ts';
import { faultOf } from '../../../test/support/fault-of.ts';
import { faults } from './errors.ts';
import { eventTypes } from './events.ts';
import { operations } from './routes.ts';
import {
  readNewWebhook,
  readWebhookChange,
  readWebhookId,
  readWebhookList,
  writeDeletion,
  writeNewWebhook,
  writeWebhook,
} from './wire.ts';

const toBytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

const names = fc.array(fc.constantFrom(...eventTypes), { minLength: 1, maxLength: 40 });
const url = fc.webUrl({ validSchemes: ['https'] });
const text = fc.string({ unit: 'grapheme', maxLength: 100 }).filter((value) => !value.includes('\0'));
const description = fc.option(text);

test('a create is read as it was sent', () => {
  fc.assert(
    fc.property(url, names, fc.option(description, { nil: undefined }), (address, events, about) => {
      const read = readNewWebhook(toBytes({ url: address, events, description: about }));
      expect(read.url).toBe(address);
      expect(read.eventTypes).toEqual(events);
      expect('description' in read).toBe(about !== undefined);
      expect(read.description).toBe(about);
    }),
  );
});

test('an update names what was given and nothing else', () => {
  const change = fc.record({ url, events: names, description, active: fc.boolean() }, { requiredKeys: [] });
  const coreName = { url: 'url', events: 'eventTypes', description: 'description', active: 'enabled' };
  fc.assert(
    fc.property(change, (body) => {
      const patch = readWebhookChange(toBytes(body));
      const given = Object.keys(body) as (keyof typeof body)[];
      expect(Object.keys(patch).toSorted()).toEqual(given.map((name) => coreName[name]).toSorted());
      if (body.active !== undefined) expect(patch.enabled).toBe(body.active);
    }),
  );
});

test('any UUID names an endpoint and is printed again; nothing else is an id', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.boolean(), (uuid, isUpper) => {
      const id = readWebhookId(exampleRequest({ params: { id: isUpper ? uuid.toUpperCase() : uuid } }));
      expect(id).toBe(uuidToId('ep', uuid));
      expect(writeDeletion(exampleEndpoint({ id }))).toEqual({ id: uuid, deleted: true });
    }),
  );
  const uuidPattern = /^[0-9a-f-]{36}$/i;
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }).filter((id) => !uuidPattern.test(id)),
      (id) => {
        expect(faultOf(() => readWebhookId(exampleRequest({ params: { id } }))).code).toBe('field_invalid');
      },
    ),
  );
});

test('a page is what was asked for within its bounds, and refused outside of them', () => {
  fc.assert(
    fc.property(fc.integer({ min: -5, max: 110 }), fc.integer({ min: -5, max: 2000 }), (limit, offset) => {
      const query = new URLSearchParams({ limit: String(limit), offset: String(offset) });
      const read = (): unknown => readWebhookList(exampleRequest({ query }));
      const wrong = [...(limit >= 1 && limit <= 100 ? [] : ['limit']), ...(offset >= 0 ? [] : ['offset'])];
      if (wrong.length === 0) expect(read()).toEqual({ limit, offset });
      else expect(faultOf(read).fields.map(({ field }) => field)).toEqual(wrong);
    }),
  );
});

test('whatever is sent to any route, a refusal has a documented status and the one form', () => {
  const params = { id: '019b7dab-018d-0000-0000-000000000001' };
  const query = fc.dictionary(fc.constantFrom('limit', 'offset', 'active', 'event', 'event_type', 'x'), text);
  const body = fc.oneof(
    fc.json().map((value) => Buffer.from(value)),
    fc.uint8Array(),
    fc
      .dictionary(fc.constantFrom('url', 'events', 'active', 'description', 'id', 'x'), fc.jsonValue())
      .map(toBytes),
  );
  fc.assert(
    fc.property(fc.constantFrom(...operations), query, body, (operation, pairs, rawBody) => {
      const request = exampleRequest({ query: new URLSearchParams(pairs), rawBody, params });
      try {
        operation.parse(request);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        const response = faults[error.code](error, 'request-1');
        expect(Object.keys(operation.docs.responses)).toContain(String(response.status));
        expect(response.body).toEqual({
          error: { code: expect.stringMatching(/^[A-Z_]+$/), message: expect.stringMatching(/../) },
        });
      }
    }),
  );
});

test('a webhook that was read can be sent back whole', () => {
  const endpoint = exampleEndpoint({ description: 'orders', eventTypes: ['order.submitted'] });
  expect(readWebhookChange(toBytes(writeWebhook(endpoint)))).toEqual({
    url: endpoint.url,
    eventTypes: endpoint.eventTypes,
    description: 'orders',
    enabled: true,
  });
});

test('only a create prints a secret, and nothing prints what is sealed', () => {
  const endpoint = exampleEndpoint();
  const secrets = ['whsec_c2VjcmV0'];
  expect(writeNewWebhook({ endpoint, secrets })).toMatchObject({ secret: 'whsec_c2VjcmV0' });
  expect(JSON.stringify(writeNewWebhook({ endpoint, secrets }))).not.toContain('sealed');
  expect(writeWebhook(endpoint)).not.toHaveProperty('secret');
});
