import { type EndpointId, goodHealth, type Endpoint } from '#core/endpoint.ts';
import { Fault } from '#core/fault.ts';
import type { TenantId } from '#core/tenant.ts';
import type { WireRequest } from '#dialects/dialect.ts';
import { uuidToId } from '#lib/ids.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
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

const caller = { tenant: 'ten_01kdytp0cd0000000000000000' as TenantId, mode: 'live' as const };

function toRequest(over: Partial<WireRequest>): WireRequest {
  const rawBody = new Uint8Array(0);
  return {
    method: 'GET',
    path: '/webhook',
    query: new URLSearchParams(),
    params: {},
    headers: {},
    rawBody,
    origin: 'https://carillon.example',
    ...over,
  };
}

const toBytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** The fault that `run` throws. */
function faultOf(run: () => unknown): Fault {
  try {
    run();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  return expect.fail('should have been refused');
}

const names = fc.array(fc.constantFrom(...eventTypes), { minLength: 1, maxLength: 40 });
const url = fc.webUrl({ validSchemes: ['https'] });
const text = fc.string({ unit: 'grapheme', maxLength: 100 }).filter((value) => !value.includes('\0'));
const description = fc.option(text);

test('a create is read as it was sent, without repeated names', () => {
  fc.assert(
    fc.property(url, names, fc.option(description, { nil: undefined }), (address, events, about) => {
      const read = readNewWebhook(toBytes({ url: address, events, description: about }));
      expect(read.url).toBe(address);
      expect(read.eventTypes).toEqual([...new Set(events)]);
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
      const id = readWebhookId(toRequest({ params: { id: isUpper ? uuid.toUpperCase() : uuid } }));
      expect(id).toBe(uuidToId('ep', uuid));
      expect(writeDeletion(endpointWith({ id }))).toEqual({ id: uuid, deleted: true });
    }),
  );
  const uuidPattern = /^[0-9a-f-]{36}$/i;
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }).filter((id) => !uuidPattern.test(id)),
      (id) => {
        expect(faultOf(() => readWebhookId(toRequest({ params: { id } }))).code).toBe('field_invalid');
      },
    ),
  );
});

test('a page is what was asked for within its bounds, and refused outside of them', () => {
  fc.assert(
    fc.property(fc.integer({ min: -5, max: 110 }), fc.integer({ min: -5, max: 2000 }), (limit, offset) => {
      const query = new URLSearchParams({ limit: String(limit), offset: String(offset) });
      const read = (): unknown => readWebhookList(toRequest({ query }));
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
      const request = toRequest({ query: new URLSearchParams(pairs), rawBody, params });
      try {
        operation.parse(request, caller);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        const response = faults[error.code](error);
        expect(Object.keys(operation.docs.responses)).toContain(String(response.status));
        expect(response.body).toEqual({
          error: { code: expect.stringMatching(/^[A-Z_]+$/), message: expect.stringMatching(/../) },
        });
      }
    }),
  );
});

test('a webhook that was read can be sent back whole', () => {
  const endpoint = endpointWith({ description: 'orders', eventTypes: ['order.submitted'] });
  expect(readWebhookChange(toBytes(writeWebhook(endpoint)))).toEqual({
    url: endpoint.url,
    eventTypes: endpoint.eventTypes,
    description: 'orders',
    enabled: true,
  });
});

test('only a create prints a secret, and nothing prints what is sealed', () => {
  const endpoint = endpointWith({});
  const secrets = ['whsec_c2VjcmV0'];
  expect(writeNewWebhook({ endpoint, secrets })).toMatchObject({ secret: 'whsec_c2VjcmV0' });
  expect(JSON.stringify(writeNewWebhook({ endpoint, secrets }))).not.toContain('sealed');
  expect(writeWebhook(endpoint)).not.toHaveProperty('secret');
});

function endpointWith(over: Partial<Endpoint>): Endpoint {
  return {
    id: 'ep_01kdytp0cd0000000000000001' as EndpointId,
    tenant: caller.tenant,
    mode: 'live',
    url: 'https://example.com/hooks/diddo',
    eventTypes: ['*'],
    description: null,
    enabled: true,
    disabledReason: null,
    disabledAt: null,
    health: goodHealth,
    secrets: [{ sealed: 'sealed', expiresAt: null }],
    alias: null,
    attributes: {},
    metadata: {},
    createdAt: 0,
    updatedAt: 0,
    revision: 1,
    ...over,
  };
}
