// Sample events with every documented member, in the documented order; the first is the test event.
import type { EventSample } from '#dialects/dialect.ts';
import type { JsonObject } from '#lib/json.ts';

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
const payloads: Readonly<Record<string, JsonObject>> = {
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

export const samples: readonly EventSample[] = Object.entries(payloads).map(([type, data]) => ({
  type,
  payload: { type, ...data },
}));
