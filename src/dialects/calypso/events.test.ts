import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { events, eventTypeNames, findEventType, serviceTypeNames, unite } from './events.ts';

const { checkPayload, checkType } = events;

test('no event type stands twice, and none is named like a group', () => {
  expect(eventTypeNames).toEqual([...new Set(eventTypeNames)]);
  expect(eventTypeNames.filter((name) => serviceTypeNames.includes(name))).toEqual([]);
});

test.each(['constructor', '__proto__', 'toString', 'INVOICE', 'invoice_paid', 'INVOICE_PAID '])(
  '%j is no event type',
  (name) => {
    expect(checkType(name)).toMatch(/^Calypso has no such event type; it has INVOICE_CREATE_INVOICE, /);
    expect(() => findEventType(name)).toThrow('is no event type');
  },
);

describe('what a subscription hears', () => {
  const types = fc.subarray([...eventTypeNames], { minLength: 0 });
  const services = fc.subarray([...serviceTypeNames]);

  test('is the union of its types and of the types of its groups, each once', () => {
    fc.assert(
      fc.property(types, services, (eventTypes, serviceTypes) => {
        const heard = unite({ eventTypes: [...eventTypes, ...eventTypes], serviceTypes });
        expect(heard).toEqual([...new Set(heard)]);
        for (const name of eventTypeNames) {
          const isWanted = eventTypes.includes(name) || serviceTypes.includes(findEventType(name).service);
          expect(heard.includes(name)).toBe(isWanted);
        }
      }),
    );
  });

  test('does not depend on the order in which it is said', () => {
    fc.assert(
      fc.property(types, services, (eventTypes, serviceTypes) => {
        const reversed = {
          eventTypes: eventTypes.toReversed(),
          serviceTypes: serviceTypes.toReversed(),
        };
        expect(unite(reversed)).toEqual(unite({ eventTypes, serviceTypes }));
      }),
    );
  });

  test('a group stands for its own types alone', () => {
    const heard = unite({ eventTypes: [], serviceTypes: ['PAYOUT'] });
    expect(heard).toContain('PAYOUT_CHANGE_STATUS');
    expect(heard.every((name) => name.startsWith('PAYOUT_'))).toBe(true);
  });
});

describe('a payload', () => {
  test.each([null, [], 'text', 7, true])('%j is none', (payload) => {
    expect(checkPayload('INVOICE_PAID', payload)).toMatch(/^The payload must be an object/);
  });

  test('may name its type, and no other one', () => {
    expect(checkPayload('INVOICE_PAID', { type: 'INVOICE_PAID' })).toBeNull();
    for (const type of ['INVOICE_EXPIRED', null, 7, 'invoice_paid']) {
      expect(checkPayload('INVOICE_PAID', { type })).toMatch(/must be the event type INVOICE_PAID/);
    }
  });

  test.each([
    [{}],
    [{ amount: 10.5 }],
    [{ amount: '0.000000000000000001', realAmount: null }],
    [{ fiatAmount: { amount: 1, currency: 'EUR' } }],
    [{ fiatAmount: 10 }],
    [{ fiatAmount: '50.00' }],
    [{ transactionId: ['a'], transactionIds: ['a'], approved: [] }],
    [{ transactionId: 'a' }],
    [{ somethingNew: { at: ['all'] } }],
    [JSON.parse('{"__proto__":{"amount":"many"}}')],
  ])('%j can be carried', (payload) => {
    expect(checkPayload('INVOICE_PAID', payload)).toBeNull();
  });

  test.each([
    [{ amount: 'many' }, 'The member "amount" of the payload must be a number, or a number as text.'],
    [{ amount: [10] }, 'The member "amount" of the payload must be a number or a string or null.'],
    [{ parentExternalId: '42' }, 'The member "parentExternalId" of the payload must be a number or null.'],
    [{ customerBlocked: 'no' }, 'The member "customerBlocked" of the payload must be true or false or null.'],
    [{ transactionIds: 'a' }, 'The member "transactionIds" of the payload must be a list or null.'],
    [{ message: {} }, 'The member "message" of the payload must be a string or null.'],
  ])('%j is refused', (payload, problem) => {
    expect(checkPayload('INVOICE_PAID', payload)).toBe(problem);
  });
});

test('there is a sample of every event type of the current lists, and it names its type first', () => {
  const older = [
    'INVOICE_COMPLIANCE_CHECK',
    'PAYOUT_SPEEDED_UP',
    'PAYOUT_WITHDRAWALS_CREATING_VALIDATION_ERROR',
    'PAYOUT_ETHEREUM_APPROVAL_VALIDATION_ERROR',
    'TOP_UP_COMPLIANCE_CHECK',
    'FIAT_DEPOSIT_ORDER_CONFIRMED',
  ];
  const shown = events.samples.map(({ type }) => type);
  expect(shown.toSorted()).toEqual(eventTypeNames.filter((name) => !older.includes(name)).toSorted());
  for (const { type, payload } of events.samples) expect(Object.entries(payload)[0]).toEqual(['type', type]);
});
