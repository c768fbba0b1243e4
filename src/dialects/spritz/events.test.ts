import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { objectText } from '../../../test/support/json-text.ts';
import { completePayload, events, eventTypes, isSubscription } from './events.ts';

const facts = { id: 'evt_01kdytp0cd0000000000000003', occurredAt: 1_767_323_045_678 };
/** What a publisher may leave out. */
const derived = ['schemaVersion', 'eventId', 'occurredAt', 'event', 'milestone', 'eventName'];

const complete = (type: string, json: string): string =>
  Buffer.from(completePayload({ ...facts, type }, Buffer.from(json))).toString();

const whole = events.samples.map(({ type, payload }) => ({
  type,
  payload: JSON.parse(complete(type, JSON.stringify(payload))) as JsonObject,
}));

function sampleOf(type: string): JsonObject {
  const found = whole.find((sample) => sample.type === type);
  if (found === undefined) throw new Error(`no sample of ${type}`);
  return found.payload;
}

/** Every member of an object at any depth, as a path. */
function pathsOf(value: JsonObject, before: readonly string[] = []): string[][] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = [...before, name];
    return isJsonObject(inner) ? [path, ...pathsOf(inner, path)] : [path];
  });
}

/** The same with something else, or nothing, at a path. */
function replaceAt(value: JsonObject, path: readonly string[], by: JsonValue | undefined): JsonObject {
  const [name = '', ...rest] = path;
  const { [name]: inner, ...others } = value;
  if (rest.length > 0 && isJsonObject(inner)) return { ...others, [name]: replaceAt(inner, rest, by) };
  return by === undefined ? others : { ...others, [name]: by };
}

test('there is a sample of each type', () => {
  expect(events.samples.map(({ type }) => type).toSorted()).toEqual(eventTypes.toSorted());
  for (const { type, payload } of whole) expect(events.checkPayload(type, payload), type).toBeNull();
});

test('a type is exactly one of the list; the wildcard is a subscription alone', () => {
  expect(events.checkType('payment.failed')).toContain('payment.refunded');
  expect(events.checkType('toString')).not.toBeNull();
  expect(events.checkType('*')).not.toBeNull();
  expect(isSubscription('*')).toBe(true);
  expect(isSubscription('Payment.created')).toBe(false);
});

describe('a payload', () => {
  test.each(whole)('of $type lacks none of its members', ({ type, payload }) => {
    for (const path of pathsOf(payload)) {
      const [name = ''] = path;
      const problem = events.checkPayload(type, replaceAt(payload, path, undefined));
      const mayLack = path.length === 1 && (derived.includes(name) || (name === 'id' && 'event' in payload));
      if (mayLack) expect(problem, path.join('.')).toBeNull();
      else expect(problem, path.join('.')).toContain(`${path.join('.')} is required`);
    }
  });

  test.each(whole)('of $type has members of the right kind', ({ type, payload }) => {
    for (const path of pathsOf(payload)) {
      const problem = events.checkPayload(type, replaceAt(payload, path, [true]));
      expect(problem, path.join('.')).toContain(`${path.join('.')} must be`);
    }
  });

  test.each<[string, string[], JsonValue, string]>([
    [
      'payment.created',
      ['eventName'],
      'payment.updated',
      'eventName must be "payment.created", or left out.',
    ],
    ['offramp.inFlight', ['milestone'], 'inFlight', 'milestone must be "in_flight", or left out.'],
    ['offramp.inFlight', ['event'], 'offramp.failed', 'event must be "offramp.inFlight", or left out.'],
    ['achDebit.returned', ['id'], 'dep_2', 'id must be "dep_01K3NQ4QGM7Y5ZP0DRW1M4V8NC", or left out.'],
    ['achDebit.returned', ['achReturn'], null, 'achReturn must be an object.'],
    ['achDebit.delivered', ['schemaVersion'], '2', 'schemaVersion must be one of 1.'],
    ['achDebit.delivered', ['sequence'], 1.5, 'sequence must be a whole number.'],
    ['achDebit.delivered', ['sequence'], -1, 'sequence must be at least 0.'],
    ['achDebit.delivered', ['deposit', 'asset'], 'USDT', 'deposit.asset must be one of USDC.'],
    ['achDebit.delivered', ['deposit', 'userFeeUsd'], 2.5, 'deposit.userFeeUsd must be a string.'],
    [
      'offramp.completed',
      ['offRamp', 'output', 'amount'],
      '1,000.00',
      'offRamp.output.amount must be a decimal number in a string, such as "100.00".',
    ],
    [
      'offramp.completed',
      ['occurredAt'],
      '2026-02-30T00:00:00Z',
      'occurredAt must be a time by RFC 3339, such as 2026-01-02T03:04:05.678Z.',
    ],
    ['onrampCredit.failed', ['onRamp', 'input'], null, 'onRamp.input must be an object.'],
  ])('of %s with %j as %j is refused', (type, path, by, problem) => {
    expect(events.checkPayload(type, replaceAt(sampleOf(type), path, by))).toBe(problem);
  });

  test.each<[string, string[]]>([
    ['achDebit.authorized', ['achReturn']],
    ['achDebit.authorized', ['fundingSource', 'institutionName']],
    ['offramp.completed', ['integratorId']],
    ['offramp.completed', ['offRamp', 'input']],
    ['offramp.completed', ['offRamp', 'fees']],
    ['offramp.completed', ['offRamp', 'transaction']],
    ['offramp.completed', ['offRamp', 'transaction', 'hash']],
    ['onrampCredit.completed', ['onRamp', 'input', 'rail']],
    ['onrampCredit.completed', ['onRamp', 'fees']],
  ])('of %s may have null as %j', (type, path) => {
    expect(events.checkPayload(type, replaceAt(sampleOf(type), path, null))).toBeNull();
  });

  test('that lacks a lot is told the first of it', () => {
    expect(events.checkPayload('achDebit.authorized', {})).toBe(
      'sequence is required; userId is required; deposit is required; fundingSource is required; ' +
        'achReturn is required.',
    );
    const problem = events.checkPayload('achDebit.authorized', { deposit: {}, achReturn: {} });
    expect(problem).toMatch(/ \(and \d+ more\)\.$/);
    expect(events.checkPayload('payment.created', [])).toBe('The payload must be an object.');
  });
});

describe('a completed payload', () => {
  test.each(whole)('of $type has what was left out in the documented order', ({ type, payload }) => {
    const given = Object.fromEntries(Object.entries(payload).filter(([name]) => !derived.includes(name)));
    expect(complete(type, JSON.stringify(given))).toBe(JSON.stringify(payload));
  });

  test('keeps every byte that is given', () => {
    expect(
      complete(
        'account.created',
        '{ "toString" : 2.50,\n"id":"i\\u00fc" , "userId":"u","__proto__":{"x":1e5} }',
      ),
    ).toBe(
      '{ "toString" : 2.50,\n"id":"i\\u00fc" , "userId":"u","__proto__":{"x":1e5} ,"eventName":"account.created"}',
    );
    const written = '{"eventName":"account.created", "id":"i","userId":"u"}';
    expect(complete('account.created', written)).toBe(written);
  });

  test('is the same when it is completed again, for any object', () => {
    fc.assert(
      fc.property(fc.constantFrom(...eventTypes), objectText(), (type, json) => {
        const once = complete(type, json);
        expect(complete(type, once)).toBe(once);
        expect(JSON.parse(once)).toMatchObject(JSON.parse(json));
      }),
    );
  });
});
