// The catalogue: every event type in the public documents, with its group.
import { compile } from '#input/schema.ts';
import type { EventCatalogue } from '#dialects/dialect.ts';
import { isJsonObject, type JsonValue } from '#lib/json.ts';
import { samples } from './samples.ts';

type Level = 'SUCCESS' | 'INFO' | 'WARNING'; // documented

export interface EventType {
  /** The group: the `service` of a delivery, and a name in `notificationServiceTypes`, which subscribes to the group. */
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
    PAYOUT_ETHEREUM_APPROVAL_VALIDATION_ERROR: 'WARNING', // inferred: the name is cut off on the older page
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

/** The event types of a subscription: those it names and those of the groups it names. inferred: the union. */
export function unite(choice: Choice): readonly string[] {
  const isChosen = ([name, { service }]: readonly [string, EventType]): boolean =>
    choice.eventTypes.includes(name) || choice.serviceTypes.includes(service);
  return [...eventTypes].filter(isChosen).map(([name]) => name);
}

/** What a client subscribes to, as it gives it. */
export interface Choice {
  readonly eventTypes: readonly string[];
  readonly serviceTypes: readonly string[];
}

const text = { type: ['string', 'null'] };
const number = { type: ['number', 'null'] };
const flag = { type: ['boolean', 'null'] };
const list = { type: ['array', 'null'] };
/** ours: also as a text, since a JSON number cannot hold every amount. */
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
    // documented: an object in some events, a number or a text in others
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
  samples,
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
