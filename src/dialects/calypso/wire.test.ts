import type { EndpointPatch } from '#core/commands.ts';
import type { Endpoint } from '#core/endpoint.ts';
import { Fault } from '#core/fault.ts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exampleEndpoint } from '../../../test/support/examples.ts';
import { eventTypeNames, serviceTypeNames, unite } from './events.ts';
import {
  findAccountProblem,
  readAccount,
  readChange,
  readCreate,
  readList,
  readRegenerate,
  readTimestamp,
  resolveChange,
  writeSubscription,
} from './wire.ts';

const timestamp = 1_767_323_045_678;
const requestId = '123e4567-e89b-12d3-a456-426614174000';

const bytesOf = (body: unknown): Uint8Array => Buffer.from(JSON.stringify(body));
const bodyOf = (payload: object): Uint8Array => bytesOf({ account: 'acme', timestamp, payload });

const types = fc.subarray([...eventTypeNames]);
const services = fc.subarray([...serviceTypeNames]);

describe('a create', () => {
  test('subscribes to the union of both lists and keeps them as they were said', () => {
    const given = fc.tuple(types, services).filter(([a, b]) => a.length + b.length > 0);
    fc.assert(
      fc.property(fc.uuid(), given, fc.webUrl(), (id, [eventTypes, serviceTypes], url) => {
        const payload = {
          requestId: id.toUpperCase(),
          notificationEventTypes: eventTypes,
          notificationServiceTypes: serviceTypes,
          url,
        };
        expect(readCreate(bodyOf(payload))).toEqual({
          alias: id,
          url,
          eventTypes: unite({ eventTypes, serviceTypes }),
          attributes: { notificationEventTypes: eventTypes, notificationServiceTypes: serviceTypes },
        });
      }),
    );
  });

  test('is answered as it was said', () => {
    const body = bodyOf({
      requestId,
      notificationEventTypes: ['PAYOUT_CONFIRMED', 'INVOICE_PAID'],
      notificationServiceTypes: ['INVOICE'],
      url: 'https://example.com/',
    });
    const { eventTypes, attributes, url = '' } = readCreate(body);
    const endpoint = endpointWith({ eventTypes, attributes: attributes ?? {}, url });
    expect(writeSubscription({ endpoint, secrets: ['s'] })).toMatchObject({
      notificationEventTypes: ['PAYOUT_CONFIRMED', 'INVOICE_PAID'],
    });
  });
});

describe('a change of one list', () => {
  const kept = { notificationEventTypes: ['PAYOUT_CONFIRMED'], notificationServiceTypes: ['INVOICE'] };
  const current = endpointWith({
    eventTypes: unite({ eventTypes: ['PAYOUT_CONFIRMED'], serviceTypes: ['INVOICE'] }),
    attributes: { ...kept, publicKey: 'p' },
  });

  test('leaves the other one as it is', () => {
    expect(change({ notificationEventTypes: ['INVOICE_PAID'], enabled: true }, current)).toEqual({
      enabled: true,
      eventTypes: unite({ eventTypes: [], serviceTypes: ['INVOICE'] }),
      attributes: { notificationEventTypes: ['INVOICE_PAID'], notificationServiceTypes: ['INVOICE'] },
    });
    expect(change({ notificationServiceTypes: [] }, current)).toEqual({
      eventTypes: ['PAYOUT_CONFIRMED'],
      attributes: { notificationEventTypes: ['PAYOUT_CONFIRMED'], notificationServiceTypes: [] },
    });
  });

  test('is refused where nothing would be left', () => {
    const onlyTypes = endpointWith({
      eventTypes: ['INVOICE_PAID'],
      attributes: { notificationEventTypes: ['INVOICE_PAID'], notificationServiceTypes: [] },
    });
    expect(() => change({ notificationEventTypes: [] }, onlyTypes)).toThrow(Fault);
  });

  test('counts what is heard now, when that was changed in other words since', () => {
    const changed = endpointWith({ eventTypes: ['INVOICE_PAID'], attributes: kept });
    expect(change({ notificationServiceTypes: ['RECURRENT'] }, changed)).toEqual({
      eventTypes: ['INVOICE_PAID'],
      attributes: { notificationEventTypes: ['INVOICE_PAID'], notificationServiceTypes: ['RECURRENT'] },
    });
  });

  test('means the same as a change of both to what they then are', () => {
    fc.assert(
      fc.property(types, (notificationEventTypes) => {
        const one = change({ notificationEventTypes }, current);
        const both = change({ ...kept, notificationEventTypes }, current);
        expect(one).toEqual(both);
      }),
    );
  });
});

function change(fields: object, current: Endpoint): EndpointPatch {
  const { patch, change: own } = readChange(bodyOf({ requestId, ...fields }));
  return own === undefined ? patch : { ...patch, ...resolveChange(own, current) };
}

const endpointWith = (over: Partial<Endpoint>): Endpoint =>
  exampleEndpoint({ alias: requestId, url: 'https://example.com/', ...over });

describe('the account', () => {
  const hex = '0x8f2a559C1f0e4a3b6d7c9e0b5a4d3c2b1a0f9e8d';

  const problemOf = (body: unknown, tenant: string): string | null =>
    findAccountProblem(readAccount(bytesOf(body)), tenant)?.code ?? null;

  test('is the one of the API key', () => {
    expect(problemOf({ account: 'acme', timestamp }, 'acme')).toBeNull();
    for (const account of ['', 'ACME', 'acme ', 'someone', 'a'.repeat(10_000)]) {
      expect(problemOf({ account, timestamp }, 'acme')).toBe('tenant_not_found');
    }
  });

  test('may be an address in hex, in any case', () => {
    for (const account of [hex, hex.toLowerCase(), `0x${hex.slice(2).toUpperCase()}`]) {
      expect(problemOf({ account, timestamp }, hex)).toBeNull();
    }
    expect(problemOf({ account: `${hex.slice(0, -1)}0`, timestamp }, hex)).toBe('tenant_not_found');
  });

  test('need not be said when keys are regenerated', () => {
    const payload = { requestId };
    for (const account of [undefined, null, 'acme']) {
      const body = { account, timestamp, payload };
      expect(problemOf(body, 'acme')).toBeNull();
      expect(readRegenerate(bytesOf(body))).toEqual({ alias: requestId });
    }
  });

  test('is needed for a list', () => {
    expect(faultOf(() => readList(bytesOf({ timestamp })))).toBe('field_invalid');
  });
});

function faultOf(run: () => unknown): string | null {
  try {
    run();
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
  return null;
}

test('the time of a request is a whole number under its own name, or a fault that is returned', () => {
  expect(readTimestamp(bytesOf({ timestamp }))).toBe(timestamp);
  expect(readTimestamp(Buffer.from('{"timestamp":1,"timestamp":2}'))).toBe(2);
  for (const body of [
    '{}',
    '[]',
    '{"timestamp":"1"}',
    '{"__proto__":{"timestamp":1}}',
    '{"timestamp":1e300}',
  ]) {
    expect(readTimestamp(Buffer.from(body))).toBeInstanceOf(Fault);
  }
});

test('an endpoint for everything is told as every event type there is', () => {
  const answer = writeSubscription({ endpoint: endpointWith({}), secrets: [] });
  expect(answer['notificationEventTypes']).toEqual(eventTypeNames);
  expect(answer).toMatchObject({ publicKey: null, secretKey: null });
});
