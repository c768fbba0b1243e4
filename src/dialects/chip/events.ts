// The catalogue: the platform's event types, what their payloads must be, and a complete example of each kind.
import { isStorable } from '#input/text.ts';
import type { EventCatalogue } from '#dialects/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';

/** documented: the 21 of the older page and the 8 that came later, two of which the newest page has dropped. */
export const eventTypes: readonly string[] = [
  'purchase.created',
  'purchase.paid',
  'purchase.payment_failure',
  'purchase.pending_execute',
  'purchase.pending_charge',
  'purchase.cancelled',
  'purchase.hold',
  'purchase.captured',
  'purchase.pending_capture',
  'purchase.released',
  'purchase.pending_release',
  'purchase.preauthorized',
  'purchase.pending_recurring_token_delete',
  'purchase.recurring_token_deleted',
  'purchase.subscription_charge_failure',
  'purchase.pending_refund',
  'payment.refunded',
  'billing_template_client.subscription_billing_cancelled',
  'payout.pending',
  'payout.failed',
  'payout.success',
  'purchase.viewed',
  'purchase.settled',
  'purchase.refund_failure',
  'purchase.capture_failure',
  'purchase.release_failure',
  'payment.charged_back',
  'payment.chargeback_reversed',
  'payout.created',
];

const known: ReadonlySet<string> = new Set(eventTypes);

export function isEventType(text: string): boolean {
  return known.has(text);
}

/** documented: what `type` says in the objects of these events; of the other kinds there is no official sample. */
const typeByFamily: Readonly<Record<string, string>> = { purchase: 'purchase', payment: 'payment' };

/** ours: the platform's ids are UUIDs; any text that can be kept and compared will do. */
const idLengthMax = 200;

const noObject =
  'The payload must be the object itself (a Purchase, Payment, Payout or BillingTemplateClient).';
const noId = `The object must have its "id", a text of 1 to ${idLengthMax} characters: deliveries keep their order by it.`;
const noTestFlag = 'The "is_test" of the object must be true or false.';

function checkPayload(type: string, payload: JsonValue): string | null {
  if (!isJsonObject(payload)) return noObject;
  if (!isObjectId(own(payload, 'id'))) return noId;
  const wanted = typeByFamily[type.slice(0, type.indexOf('.'))];
  if (wanted !== undefined && own(payload, 'type') !== wanted) {
    return `The object of this event is a ${wanted}: its "type" must be "${wanted}".`;
  }
  const isTest = own(payload, 'is_test');
  if (isTest !== undefined && typeof isTest !== 'boolean') return noTestFlag;
  const eventType = own(payload, 'event_type');
  // Two names for one event: receivers would believe the one in the object.
  if (eventType !== undefined && eventType !== type) {
    return 'The "event_type" of the object must be the type of the event; leave it out, and it is added.';
  }
  return null;
}

function isObjectId(id: JsonValue | undefined): id is string {
  return typeof id === 'string' && id !== '' && id.length <= idLengthMax && isStorable(id);
}

function own(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** documented: deliveries are sequential per source object. */
function orderingKey(_type: string, payload: JsonValue): string | null {
  const id = isJsonObject(payload) ? own(payload, 'id') : undefined;
  return isObjectId(id) ? id : null;
}

// The members stand in the order of the official samples: shorter names first, then by the alphabet.

/** documented: a Purchase with all 53 top-level members, `event_type` among them. */
const paidPurchase = {
  id: '019b7cbc-3a08-7c41-b2d7-90e1f2a3b4c5',
  due: 1767325845,
  type: 'purchase',
  client: {
    cc: [],
    bcc: [],
    city: 'Kuala Lumpur',
    email: 'buyer@example.com',
    phone: '+60 300000000',
    state: '',
    country: 'MY',
    zip_code: '50450',
    bank_code: '',
    full_name: '',
    brand_name: '',
    legal_name: '',
    tax_number: '',
    client_type: null,
    bank_account: '',
    personal_code: '',
    shipping_city: '',
    shipping_state: '',
    street_address: '',
    delivery_methods: [{ method: 'email', options: {} }],
    shipping_country: '',
    shipping_zip_code: '',
    registration_number: '',
    shipping_street_address: '',
  },
  issued: '2026-01-02',
  status: 'paid',
  is_test: true,
  payment: {
    amount: 12990,
    paid_on: 1767322306,
    currency: 'MYR',
    fee_amount: 100,
    net_amount: 12890,
    description: '',
    is_outgoing: false,
    payment_type: 'purchase',
    pending_amount: 0,
    remote_paid_on: 1767322305,
    owned_bank_code: null,
    owned_bank_account: null,
    pending_unfreeze_on: null,
    owned_bank_account_id: null,
  },
  product: 'purchases',
  user_id: null,
  brand_id: '0198f0c2-5b1e-7d34-9a52-6f0e1b7c2d12',
  order_id: null,
  platform: 'api',
  purchase: {
    debt: 0,
    notes: '',
    total: 12990,
    currency: 'MYR',
    language: 'en',
    products: [
      {
        name: 'Ceramic mug',
        price: 6495,
        category: '',
        discount: 0,
        quantity: '2.0000',
        tax_percent: '0.00',
      },
    ],
    timezone: 'Asia/Kuala_Lumpur',
    due_strict: false,
    email_message: '',
    total_override: null,
    shipping_options: [],
    subtotal_override: null,
    total_tax_override: null,
    has_upsell_products: false,
    payment_method_details: {},
    request_client_details: [],
    total_discount_override: null,
  },
  client_id: '019b7cbc-2c88-7a10-8f3e-4d5c6b7a8901',
  reference: 'order-20417',
  viewed_on: 1767322265,
  company_id: '0198f0c2-5b1e-7d34-9a52-6f0e1b7c2d11',
  created_on: 1767322245,
  event_type: 'purchase.paid',
  updated_on: 1767322306,
  invoice_url: null,
  can_retrieve: false,
  checkout_url: 'https://gate.chip-in.asia/p/019b7cbc-3a08-7c41-b2d7-90e1f2a3b4c5/invoice/',
  send_receipt: false,
  skip_capture: false,
  creator_agent: '',
  referral_code: null,
  can_chargeback: false,
  issuer_details: {
    website: 'https://shop.example',
    brand_name: 'Example Shop',
    legal_city: 'Kuala Lumpur',
    legal_name: 'Example Shop Sdn. Bhd.',
    tax_number: '',
    bank_accounts: [{ bank_code: 'MBB', bank_account: '500000000000' }],
    legal_country: 'MY',
    legal_zip_code: '50450',
    registration_number: '',
    legal_street_address: '',
  },
  marked_as_paid: false,
  status_history: [
    { status: 'created', timestamp: 1767322245 },
    { status: 'viewed', timestamp: 1767322265 },
    { status: 'paid', timestamp: 1767322306 },
  ],
  cancel_redirect: '',
  created_from_ip: '203.0.113.7',
  direct_post_url: null,
  force_recurring: false,
  recurring_token: null,
  failure_redirect: '',
  success_callback: '',
  success_redirect: 'https://shop.example/thanks',
  transaction_data: {
    flow: 'payform',
    extra: {},
    country: 'MY',
    attempts: [
      {
        flow: 'payform',
        type: 'execute',
        error: null,
        extra: {},
        country: 'MY',
        client_ip: '203.0.113.7',
        fee_amount: 100,
        successful: true,
        payment_method: 'fpx',
        processing_time: 1767322306,
      },
      {
        flow: 'payform',
        type: 'execute',
        error: { code: 'insufficient_funds', message: 'Insufficient funds.' },
        extra: {},
        country: 'MY',
        client_ip: '203.0.113.7',
        fee_amount: 0,
        successful: false,
        payment_method: 'fpx',
        processing_time: 1767322280,
      },
    ],
    payment_method: 'fpx',
  },
  upsell_campaigns: [],
  refundable_amount: 12990,
  is_recurring_token: false,
  billing_template_id: null,
  currency_conversion: null,
  reference_generated: 'EX8502',
  refund_availability: 'all',
  referral_campaign_id: null,
  retain_level_details: null,
  referral_code_details: null,
  referral_code_generated: null,
  payment_method_whitelist: null,
};

/** documented: the Payment of a refund with all 23 members; the last, `event_type`, is added on the way. */
const refund = {
  id: '019b7cc3-5e10-7b02-8d44-a1b2c3d4e5f6',
  type: 'payment',
  client: {
    cc: [],
    bcc: [],
    city: 'Kuala Lumpur',
    email: 'buyer@example.com',
    phone: '+60 300000000',
    state: '',
    country: 'MY',
    zip_code: '50450',
    bank_code: '',
    client_id: '019b7cbc-2c88-7a10-8f3e-4d5c6b7a8901',
    full_name: '',
    last_name: '',
    brand_name: '',
    first_name: '',
    legal_name: '',
    tax_number: '',
    client_type: null,
    bank_account: '',
    personal_code: '',
    shipping_city: '',
    shipping_state: '',
    street_address: '',
    delivery_methods: [{ method: 'email', options: {} }],
    shipping_country: '',
    shipping_zip_code: '',
    registration_number: '',
    shipping_street_address: '',
  },
  status: 'success',
  is_test: true,
  payment: {
    amount: 6495,
    paid_on: 1767323145,
    currency: 'MYR',
    fee_amount: 0,
    net_amount: 6495,
    description: 'Refund: EX8502',
    is_outgoing: true,
    payment_type: 'refund',
    pending_amount: 0,
    remote_paid_on: 1767323145,
    owned_bank_code: null,
    owned_bank_account: null,
    pending_unfreeze_on: null,
    owned_bank_account_id: null,
  },
  user_id: null,
  reference: '',
  company_id: '0198f0c2-5b1e-7d34-9a52-6f0e1b7c2d11',
  created_on: 1767323145,
  fee_amount: 0,
  related_to: { id: '019b7cbc-3a08-7c41-b2d7-90e1f2a3b4c5', type: 'purchase', reference: 'EX8502' },
  updated_on: 1767323145,
  account_extra: {},
  account_fx_rate: null,
  transaction_data: { flow: 'payform', extra: {}, country: 'MY', payment_method: 'fpx' },
  audit_log_entries: [],
  account_fx_currency: null,
  currency_conversion: null,
  reference_generated: '146',
  refund_availability: 'none',
  account_fx_buy_amount: null,
};

/** inferred: built like a Payment; there is no official sample. */
const payout = {
  id: '019b7cd0-1f40-7e55-a6b7-c8d9e0f1a2b3',
  type: 'payout',
  client: {
    cc: [],
    bcc: [],
    city: 'Kuala Lumpur',
    email: 'buyer@example.com',
    phone: '+60 300000000',
    state: '',
    country: 'MY',
    zip_code: '50450',
    bank_code: 'MBB',
    full_name: '',
    brand_name: '',
    legal_name: '',
    tax_number: '',
    client_type: null,
    bank_account: '500000000001',
    personal_code: '',
    shipping_city: '',
    shipping_state: '',
    street_address: '',
    delivery_methods: [{ method: 'email', options: {} }],
    shipping_country: '',
    shipping_zip_code: '',
    registration_number: '',
    shipping_street_address: '',
  },
  status: 'success',
  is_test: true,
  payment: {
    amount: 250000,
    paid_on: 1767329445,
    currency: 'MYR',
    fee_amount: 100,
    net_amount: 249900,
    description: 'Payout of January',
    is_outgoing: true,
    payment_type: 'payout',
    pending_amount: 0,
    remote_paid_on: 1767329445,
    owned_bank_code: null,
    owned_bank_account: null,
    pending_unfreeze_on: null,
    owned_bank_account_id: null,
  },
  brand_id: '0198f0c2-5b1e-7d34-9a52-6f0e1b7c2d12',
  reference: 'payout-77',
  company_id: '0198f0c2-5b1e-7d34-9a52-6f0e1b7c2d11',
  created_on: 1767325845,
  updated_on: 1767329445,
  transaction_data: { flow: 'server_to_server', extra: {}, country: 'MY', attempts: [], payment_method: '' },
  reference_generated: 'PO77',
};

/** inferred: the documented fields of a subscriber; there is no official sample. */
const pausedSubscriber = {
  id: '019b7cd4-8a60-7f66-b7c8-d9e0f1a2b3c4',
  type: 'billing_template_client',
  status: 'subscription_paused',
  is_test: true,
  client_id: '019b7cbc-2c88-7a10-8f3e-4d5c6b7a8901',
  created_on: 1764730245,
  updated_on: 1767322245,
  send_receipt: true,
  payment_method_whitelist: null,
  send_invoice_on_add_subscriber: true,
  send_invoice_on_charge_failure: true,
  number_of_billing_cycles_passed: 1,
  subscription_billing_scheduled_on: 1767408645,
};

export const events: EventCatalogue = {
  checkType: (type) =>
    isEventType(type) ? null : `CHIP has no such event type; it has ${eventTypes.join(', ')}.`,
  checkPayload,
  orderingKey,
  samples: [
    { type: 'purchase.paid', payload: paidPurchase },
    { type: 'payment.refunded', payload: refund },
    { type: 'payout.success', payload: payout },
    { type: 'billing_template_client.subscription_billing_cancelled', payload: pausedSubscriber },
  ],
};
