// A payload is delivered as it was published, byte for byte, in every dialect, to the receiver's socket.
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dialects } from '#dialects/index.ts';
import { boot, type Harness } from '../support/harness.ts';
import { jsonText, objectText } from '../support/json-text.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

let harness: Harness;
let receiver: Receiver;
beforeEach(async () => {
  [harness, receiver] = [await boot(), await startReceiver()];
});
afterEach(async () => {
  await harness.close();
  await receiver.close();
});

interface Case {
  readonly type: string;
  /** Any payload that the platform accepts, as text. */
  readonly payload: fc.Arbitrary<string>;
  /** What is delivered for it: the text and what may stand around it. */
  readonly isDelivered: (body: string, payload: string) => boolean;
}

/** The text with its last brace, and with members that may be inserted before it. */
const isWithin = (body: string, payload: string): boolean => body.includes(payload.slice(0, -1));
const member = (name: string, text: string): string => ` "${name}" :${text}`;
const amounts = ['10.50', '0.123456789012345678', '9007199254740993', '1e21', '-0'];

const cases: Readonly<Record<string, Case>> = {
  standard: {
    type: 'order.paid',
    payload: jsonText,
    isDelivered: (body, text) => body.endsWith(`"data":${text}}`),
  },
  diddo: {
    type: 'payment.succeeded',
    payload: objectText(),
    isDelivered: (body, text) => body.endsWith(`"data":${text}}`),
  },
  calypso: {
    type: 'INVOICE_PAID',
    payload: objectText(...amounts.map((amount, index) => member(`amount${index}`, amount))),
    // The first member is `type`, and the rest follows as it was.
    isDelivered: (body, text) => body.endsWith(`${text.slice(1).trimStart()}}`),
  },
  chip: {
    type: 'purchase.paid',
    payload: objectText(member('id', '"019b7cbc-3a08-7c41-b2d7-90e1f2a3b4c5"'), member('type', '"purchase"')),
    isDelivered: isWithin,
  },
  spritz: {
    type: 'payment.completed',
    payload: objectText(member('userId', '"u\\u00fc"'), member('id', '"i"')),
    isDelivered: isWithin,
  },
};

test('there is a case for every dialect', () => {
  expect(Object.keys(cases).toSorted()).toEqual(dialects.map(({ name }) => name).toSorted());
});

test.each(Object.entries(cases))('%s', async (dialect, { type, payload, isDelivered }) => {
  const sample = dialects.find(({ name }) => name === dialect)?.events.samples.map((one) => one.type);
  const published = sample?.includes(type) === true ? type : (sample?.[0] ?? type);
  await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect });
  const endpoint = { url: `${receiver.url}/hook`, eventTypes: ['*'] };
  expect((await harness.admin('POST', '/tenants/acme/endpoints', endpoint)).status).toBe(201);
  await fc.assert(
    fc.asyncProperty(payload, async (text) => {
      const body = `{"payload":${text},"type":${JSON.stringify(published)}}`;
      const answer = await harness.admin('POST', '/tenants/acme/events', body);
      expect(answer, text).toMatchObject({ status: 202 });
      await harness.turn();
      const delivered = receiver.requests.at(-1)?.body ?? '';
      expect(isDelivered(delivered, text), `${text} -> ${delivered}`).toBe(true);
      expect(() => JSON.parse(delivered) as unknown).not.toThrow();
    }),
    { numRuns: 60 },
  );
  // A redelivery sends the same bytes.
  const { body } = await harness.admin('GET', '/tenants/acme/deliveries?limit=1');
  const before = receiver.requests.at(-1)?.body;
  await harness.admin('POST', `/tenants/acme/deliveries/${body.data[0].id}/redeliver`);
  await harness.turn();
  expect(receiver.requests.at(-1)?.body).toBe(before);
  // The log shows them.
  const shown = await harness.admin('GET', `/tenants/acme/deliveries/${body.data[0].id}/request-body`);
  expect(shown).toMatchObject({ status: 200, body: { body: before } });
});
