// The catalogue: every event type that the public documents name, with the group that it belongs to.
import { compile } from '#input/schema.ts';
import type { EventCatalogue } from '#dialects/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';

type Level = 'SUCCESS' | 'INFO' | 'WARNING'; // documented

export interface EventType {
  /** The group: what `service` says, and by what `notificationServiceTypes` subscribes to all of it. */
  readonly service: string;
  readonly level: Level;
}

// documented: the names, and INFO for INVOICE_CREATE_INVOICE and CUSTOMER_PURSE_FUNDS_RECEIVED_FOR_PURSE;
// inferred: the other levels
const groups: Readonly<Record<string, Readonly<Record<string, Level>>>> = {
  INVOICE: {
    INVOICE_CREATE_INVOICE: 'INFO',
    INVOICE_CREATE_UNLIMITED_INVOICE: 'INFO',
    INVOICE_FUNDS_RECEIVED_FOR_INVOICE: 'INFO',
    INVOICE_TRANSLATION_TO_ACCOUNT_COMPLETED: 'SUCCESS',
    INVOICE_PENDING_INTERVENTION: 'WARNING',
    INVOICE_EXPIRED: 'WARNING',
    INVOICE_PAID: 'SUCCESS',
    INVOICE_MEMPOOL_FOUND: 'INFO',
    INVOICE_PENDING_COMPLIANCE: 'INFO',
    INVOICE_COMPLIANCE_DECLINED: 'WARNING',
    INVOICE_COMPLIANCE_CHECK: 'INFO', // documented on older pages
  },
  PAYOUT: {
    PAYOUT_CHANGE_STATUS: 'INFO',
    PAYOUT_CONFIRMED: 'INFO',
    PAYOUT_VALIDATION_ERROR: 'WARNING',
    PAYOUT_HASH_RECEIVED: 'INFO', // documented on calypso.money alone
    PAYOUT_SPEEDED_UP: 'INFO', // documented on older pages
    PAYOUT_WITHDRAWALS_CREATING_VALIDATION_ERROR: 'WARNING', // documented on older pages
    PAYOUT_ETHEREUM_APPROVAL_VALIDATION_ERROR: 'WARNING', // inferred: the older page cuts the name in its third word
  },
  RECURRENT: {}, // documented as a group; no event of it is
  CUSTOMER_PURSE: {
    CUSTOMER_PURSE_EXPIRED: 'WARNING',
    CUSTOMER_PURSE_MEM_POOL_FOUND: 'INFO',
    CUSTOMER_PURSE_PENDING_COMPLIANCE: 'INFO',
    CUSTOMER_PURSE_COMPLIANCE_DECLINED: 'WARNING',
    CUSTOMER_PURSE_FUNDS_RECEIVED_FOR_PURSE: 'INFO',
    CUSTOMER_PURSE_TRANSLATION_TO_ACCOUNT_COMPLETED: 'SUCCESS',
  },
  // inferred: the name of the group, from its heading "TOP-UP" and the names of its events
  TOP_UP: {
    TOP_UP_PENDING_COMPLIANCE: 'INFO',
    TOP_UP_COMPLIANCE_DECLINED: 'WARNING',
    TOP_UP_COMPLIANCE_CHECK: 'INFO', // documented on older pages
    WALLET_FUNDS_DELIVERED_ACCOUNT: 'SUCCESS',
  },
  FIAT_DEPOSIT: {
    FIAT_DEPOSIT_ORDER_CREATED: 'INFO',
    FIAT_DEPOSIT_ORDER_CONFIRM: 'INFO', // documented in the list of events
    FIAT_DEPOSIT_ORDER_CONFIRMED: 'INFO', // documented in the heading of its payload
    FIAT_DEPOSIT_FIAT_FUNDS_RECEIVED: 'SUCCESS',
    FIAT_DEPOSIT_ORDER_EXPIRED: 'WARNING',
    FIAT_DEPOSIT_ORDER_FAILED: 'WARNING',
  },
};

const eventTypes: ReadonlyMap<string, EventType> = new Map(
  Object.entries(groups).flatMap(([service, types]) =>
    Object.entries(types).map(([name, level]): [string, EventType] => [name, { service, level }]),
  ),
);

export const serviceTypeNames: readonly string[] = Object.keys(groups);
export const eventTypeNames: readonly string[] = [...eventTypes.keys()];

/** Only for types that `checkType` accepts. */
export function findEventType(name: string): EventType {
  const found = eventTypes.get(name);
  if (found === undefined) throw new Error(`${name} is no event type of this dialect`);
  return found;
}

/** What a subscription hears: the types it names and all types of the groups it names. inferred: the union. */
export function unite(choice: Choice): readonly string[] {
  const isChosen = ([name, { service }]: readonly [string, EventType]): boolean =>
    choice.eventTypes.includes(name) || choice.serviceTypes.includes(service);
  return [...eventTypes].filter(isChosen).map(([name]) => name);
}

/** What a client subscribes to, as it says it. */
export interface Choice {
  readonly eventTypes: readonly string[];
  readonly serviceTypes: readonly string[];
}

const text = { type: ['string', 'null'] };
const number = { type: ['number', 'null'] };
const flag = { type: ['boolean', 'null'] };
const list = { type: ['array', 'null'] };
/** ours: as a text, too, since not every amount can be told by a JSON number. */
const amount = {
  type: ['number', 'string', 'null'],
  pattern: '^-?\\d+(\\.\\d+)?$',
  'x-problem': 'must be a number, or a number as text',
};

/**
 * The kinds of the documented members of `data`, wherever they occur. inferred: all may be left out or null, and
 * others may be there: the public lists differ from one another, and ask receivers to expect more.
 */
const data = compile('calypso data', {
  type: 'object',
  properties: {
    amount,
    realAmount: amount,
    cryptoAmount: amount,
    serviceFee: amount,
    // documented: an object for some events, a number or a text for others
    fiatAmount: { type: ['object', 'number', 'string', 'null'] },
    currency: text,
    fiatCurrency: text,
    message: text,
    description: text,
    parentExternalId: number,
    externalId: text,
    idempotencyKey: text,
    createdDate: text,
    paymentDate: text,
    expirationDate: text,
    senderAddress: text,
    address: text,
    hash: text,
    transactionHash: text,
    transactionIds: list,
    // documented: a list for invoices, one id for customers' addresses
    transactionId: { type: ['array', 'string', 'number', 'null'] },
    payoutStatus: text,
    approved: list,
    dealWithdrawalId: number,
    validationStatus: text,
    customerId: text,
    customerBlocked: flag,
    purseId: text,
    orderId: text,
  },
});

export const events: EventCatalogue = {
  checkType: (type) =>
    eventTypes.has(type) ? null : `Calypso has no such event type; it has ${eventTypeNames.join(', ')}.`,
  checkPayload,
  orderingKey: () => null, // inferred: no order is promised
  samples: createSamples(),
};

function checkPayload(type: string, payload: JsonValue): string | null {
  if (!isJsonObject(payload)) return 'The payload must be an object: what is delivered as "data".';
  const given = Object.hasOwn(payload, 'type') ? payload['type'] : undefined;
  if (given !== undefined && given !== type) {
    return `The member "type" of the payload must be the event type ${type}, or be left out.`;
  }
  const [problem] = data.findProblems(payload);
  return problem === undefined ? null : `The member "${problem.field}" of the payload ${problem.message}.`;
}

/** Real examples with every documented member, in the documented order. The first is the test event. */
function createSamples(): EventCatalogue['samples'] {
  const fiatAmount = { amount: 10.43, currency: 'EUR' }; // inferred: the members of the object
  const ids = {
    parentExternalId: 48_213,
    createdDate: '2026-01-02T03:04:05.909616',
    idempotencyKey: '0f6c2a1e-58d4-4b7a-9c63-2e1d7f0a4b95',
    externalId: 'order-20417',
  };
  const invoice = { amount: 10.5, message: 'Order 20417', currency: 'USDT_TRX', ...ids };
  const deposit = {
    senderAddress: 'TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE',
    paymentDate: '2026-01-02T03:09:41.5',
    transactionHash: '7c2d4206c03a883dd9066d620335dc1be272a8dc733cfa3f6d10308faa37facc',
    fiatAmount,
  };
  const received = { transactionId: ['9d1c7d8e-3a41-4f6b-8f0e-5b2a6c4d1e70'], ...deposit };
  const paid = {
    amount: 10.5,
    currency: 'USDT_TRX',
    description: 'Order 20417',
    externalId: 'order-20417',
    fiatAmount: 10.43,
    fiatCurrency: 'EUR',
    idempotencyKey: ids.idempotencyKey,
    parentExternalId: ids.parentExternalId,
    realAmount: 10.5,
  };
  const payout = {
    parentExternalId: 7_731,
    createdDate: '2026-01-02T08:15:30.12',
    idempotencyKey: 'c1b7e4d2-6a90-4f3e-8d25-9b0a7c6e5f41',
    currency: 'ETH',
  };
  const payoutHash = '0x88df016429689c079f3b2f6ad39fa052532c56795b733da78a91ebe6a713944b';
  const topUp = { amount: 250, currency: 'USDC', ...deposit };
  const purse = {
    customerId: '5b8f2f64-1f0c-4c58-9d0e-7a3b6c2d1e90',
    customerBlocked: false,
    purseId: 'e3a9c1d7-42b6-4a0f-8c5d-1f7e9b3a6d28',
    address: 'TJRabPrwbZy45sbavfcjinPJC18kjpRTv8',
  };
  const purseDeposit = {
    currency: 'USDT_TRX',
    ...purse,
    transactionId: '3fa85f64-5717-4562-b3fc-2c963f66afa6',
    amount: 99.95,
    transactionHash: deposit.transactionHash,
  };
  const order = {
    cryptoAmount: '48.71',
    fiatCurrency: 'EUR',
    fiatAmount: '50.00',
    orderId: 'b7a4f1c8-0d93-4e26-9a5b-6c8e2d7f3a10',
    externalId: 'order-20418',
    parentExternalId: 48_220,
    idempotencyKey: '1d9e6b3c-7f52-4a80-b4d6-0e8c5a2f7b31',
    currency: 'USDT_TRX',
  };
  const unlimited = { message: 'Deposits of member 77', currency: 'BTC', ...ids };
  const samples: Readonly<Record<string, JsonObject>> = {
    INVOICE_CREATE_INVOICE: invoice,
    INVOICE_CREATE_UNLIMITED_INVOICE: unlimited,
    INVOICE_FUNDS_RECEIVED_FOR_INVOICE: { ...invoice, ...received },
    INVOICE_TRANSLATION_TO_ACCOUNT_COMPLETED: {
      ...invoice,
      serviceFee: 0.05,
      fiatAmount,
      transactionIds: received.transactionId,
    },
    INVOICE_PENDING_INTERVENTION: {
      message: invoice.message,
      parentExternalId: ids.parentExternalId,
      idempotencyKey: ids.idempotencyKey,
      externalId: ids.externalId,
    },
    INVOICE_EXPIRED: { ...invoice, expirationDate: '2026-01-02T04:04:05.909616', fiatAmount },
    INVOICE_PAID: paid,
    INVOICE_MEMPOOL_FOUND: {
      ...paid,
      createdDate: ids.createdDate,
      transactionHash: deposit.transactionHash,
    },
    INVOICE_PENDING_COMPLIANCE: { ...invoice, ...received },
    INVOICE_COMPLIANCE_DECLINED: { ...invoice, ...received },
    PAYOUT_CHANGE_STATUS: {
      hash: payoutHash,
      ...payout,
      payoutStatus: 'COMPLETED',
      externalId: 'salary-2026-01',
    },
    PAYOUT_CONFIRMED: { ...payout, approved: ['owner@example.com', 'accounting@example.com'] },
    PAYOUT_VALIDATION_ERROR: {
      ...payout,
      message: 'The balance is too low for this payout',
      dealWithdrawalId: 90_411,
      validationStatus: 'INSUFFICIENT_FUNDS',
    },
    PAYOUT_HASH_RECEIVED: { hash: payoutHash, ...payout },
    TOP_UP_PENDING_COMPLIANCE: topUp,
    TOP_UP_COMPLIANCE_DECLINED: topUp,
    WALLET_FUNDS_DELIVERED_ACCOUNT: topUp,
    CUSTOMER_PURSE_EXPIRED: purse,
    CUSTOMER_PURSE_MEM_POOL_FOUND: purseDeposit,
    CUSTOMER_PURSE_PENDING_COMPLIANCE: purseDeposit,
    CUSTOMER_PURSE_COMPLIANCE_DECLINED: purseDeposit,
    CUSTOMER_PURSE_FUNDS_RECEIVED_FOR_PURSE: purseDeposit,
    CUSTOMER_PURSE_TRANSLATION_TO_ACCOUNT_COMPLETED: purseDeposit,
    FIAT_DEPOSIT_ORDER_CREATED: order,
    FIAT_DEPOSIT_ORDER_CONFIRM: order,
    FIAT_DEPOSIT_FIAT_FUNDS_RECEIVED: order,
    FIAT_DEPOSIT_ORDER_EXPIRED: order,
    FIAT_DEPOSIT_ORDER_FAILED: order,
  };
  return Object.entries(samples).map(([type, data]) => ({ type, payload: { type, ...data } }));
}
