import type { JsonObject, JsonValue } from '#lib/json.ts';
import { describe, expect, test } from 'vitest';
import { events, eventTypes } from './events.ts';

/** The 53 members of a Purchase in the official samples, in their order. */
const purchaseMembers =
  'id due type client issued status is_test payment product user_id brand_id order_id platform purchase client_id reference viewed_on company_id created_on event_type updated_on invoice_url can_retrieve checkout_url send_receipt skip_capture creator_agent referral_code can_chargeback issuer_details marked_as_paid status_history cancel_redirect created_from_ip direct_post_url force_recurring recurring_token failure_redirect success_callback success_redirect transaction_data upsell_campaigns refundable_amount is_recurring_token billing_template_id currency_conversion reference_generated refund_availability referral_campaign_id retain_level_details referral_code_details referral_code_generated payment_method_whitelist';

test('there are 29 event types, each once', () => {
  expect(eventTypes).toHaveLength(29);
  expect(new Set(eventTypes).size).toBe(29);
  for (const type of eventTypes) expect(events.checkType(type)).toBeNull();
});

test.each(['purchase.payment_failed', 'Purchase.paid', 'purchase.paid ', 'statement.generated', '*'])(
  '%s is none',
  (type) => expect(events.checkType(type)).toContain('purchase.created'),
);

describe('samples', () => {
  const byType = new Map(events.samples.map(({ type, payload }) => [type, payload]));

  test('the purchase has all 53 documented members in the documented order', () => {
    const names = Object.keys(byType.get('purchase.paid') ?? {});
    expect(names).toEqual(purchaseMembers.split(' '));
    expect(names).toHaveLength(53);
  });

  test('the refund has the 23 members of a Payment, of which the last is added on the way', () => {
    const refund = byType.get('payment.refunded');
    expect(Object.keys(refund ?? {})).toHaveLength(22);
    expect(refund).toMatchObject({
      type: 'payment',
      status: 'success',
      payment: { is_outgoing: true, payment_type: 'refund' },
      related_to: { type: 'purchase' },
    });
  });

  test('a refund keeps its order by its own id, a purchase by its', () => {
    const keys = events.samples.map(({ type, payload }) => events.orderingKey(type, payload));
    expect(keys).toEqual(events.samples.map(({ payload }) => payload['id']));
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('payloads', () => {
  const good: JsonObject = { id: 'p1', type: 'purchase' };
  test.each<[string, string, JsonValue]>([
    ['the least', 'purchase.paid', good],
    ['with its event type', 'purchase.paid', { ...good, event_type: 'purchase.paid' }],
    ['of a test', 'purchase.viewed', { ...good, is_test: true }],
    ['a payout of whatever type', 'payout.created', { id: 'p1', type: 'whatever' }],
    ['a subscriber', 'billing_template_client.subscription_billing_cancelled', { id: 'p1' }],
  ])('%s', (_name, type, payload) => {
    expect(events.checkPayload(type, payload)).toBeNull();
    expect(events.orderingKey(type, payload)).toBe('p1');
  });

  test.each<[string, string, JsonValue, string]>([
    ['a list', 'purchase.paid', [good], 'the object itself'],
    ['null', 'purchase.paid', null, 'the object itself'],
    ['no id', 'purchase.paid', { type: 'purchase' }, '"id"'],
    ['an empty id', 'purchase.paid', { ...good, id: '' }, '"id"'],
    ['a number as id', 'purchase.paid', { ...good, id: 7 }, '"id"'],
    ['a long id', 'purchase.paid', { ...good, id: 'a'.repeat(201) }, '"id"'],
    ['an id that cannot be kept', 'purchase.paid', { ...good, id: '\ud800' }, '"id"'],
    ['an inherited id', 'purchase.paid', JSON.parse('{"__proto__":{"id":"a","type":"purchase"}}'), '"id"'],
    ['an envelope', 'purchase.paid', { id: 'e1', event: 'purchase.paid', data: good }, '"purchase"'],
    ['another object', 'purchase.paid', { id: 'p1', type: 'payment' }, '"purchase"'],
    ['a purchase as payment', 'payment.refunded', good, '"payment"'],
    ['another event type', 'purchase.paid', { ...good, event_type: 'purchase.created' }, '"event_type"'],
    ['no event type', 'purchase.paid', { ...good, event_type: null }, '"event_type"'],
    ['a flag that is none', 'purchase.paid', { ...good, is_test: 'true' }, '"is_test"'],
  ])('%s is refused in a sentence', (_name, type, payload, word) => {
    expect(events.checkPayload(type, payload)).toMatch(/^[A-Z].*[.]$/);
    expect(events.checkPayload(type, payload)).toContain(word);
  });
});
