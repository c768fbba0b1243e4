// Sample events, one of each type; the first is the test event. Members that follow from the event are left out, as a
// publisher may leave them out.
import type { EventSample } from '#dialects/dialect.ts';
import type { JsonObject } from '#lib/json.ts';

const user = '62d17d3b377dab6c1342136e'; // documented: the example
const resource = '65f0c0ffee65f0c0ffee65f0'; // documented: the example
const integratorId = '64b7f1d2c9e77c0012ab34cd';
const base = 'https://basescan.org/tx/';
const offRampHash = '0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060';
const onRampHash = '0x88df016429689c079f3b2f6ad39fa052532c56795b733da78a91ebe6a713944b';

const changed: readonly EventSample[] = [
  'payment.completed', // the event that the platform's own example shows
  'account.created',
  'account.updated',
  'account.deleted',
  'payment.created',
  'payment.updated',
  'payment.refunded',
  'verification.status.updated',
  'capabilities.updated',
  'onramp.created',
  'onramp.updated',
  'onramp.completed',
  'achDebitReturn.created',
  'achDebitReturn.updated',
].map((type) => ({ type, payload: { userId: user, id: resource } }));

const sampleDeposit = {
  id: 'dep_01K3NQ4QGM7Y5ZP0DRW1M4V8NC',
  asset: 'USDC',
  destinationAddressDisplay: '9xQeWv…wM9R',
  principalAmountUsd: '250.00',
  totalDebitAmountUsd: '252.50',
  confirmedReleasedAmountUsd: '0.00',
  debitStatus: 'authorized',
  releaseStatus: 'not_started',
  releaseDecisionMode: 'early_partial',
  instantPortionUsd: '100.00',
  settlementPortionUsd: '150.00',
  userFeeUsd: '2.50',
};

const sampleReturn = {
  id: 'dr_01K3NQ4QGM7Y5ZP0DRW1M4V8NC',
  amountUsd: '252.50',
  cryptoStateAtReturn: 'partially_confirmed',
  userAction: 'review_required',
};

function sampleDebit(
  type: string,
  sequence: number,
  more: JsonObject,
  returned: JsonObject | null = null,
): EventSample {
  const source = {
    id: 'fs_01K3NQ4QGM7Y5ZP0DRW1M4V8NC',
    institutionName: 'Example Bank',
    accountMask: '6789',
  };
  return {
    type,
    payload: {
      sequence,
      userId: user,
      deposit: { ...sampleDeposit, ...more },
      fundingSource: source,
      achReturn: returned,
    },
  };
}

const debits: readonly EventSample[] = [
  sampleDebit('achDebit.authorized', 1, {}),
  sampleDebit('achDebit.deliveryProgress', 2, {
    debitStatus: 'submitted',
    releaseStatus: 'partial',
    confirmedReleasedAmountUsd: '100.00',
  }),
  sampleDebit('achDebit.delivered', 3, {
    debitStatus: 'settled',
    releaseStatus: 'completed',
    confirmedReleasedAmountUsd: '250.00',
  }),
  sampleDebit('achDebit.refunded', 3, { debitStatus: 'failed', releaseStatus: 'failed' }),
  sampleDebit(
    'achDebit.returned',
    3,
    { debitStatus: 'returned', releaseStatus: 'partial', confirmedReleasedAmountUsd: '100.00' },
    sampleReturn,
  ),
];

function sampleOffRamp(type: string, sequence: number, status: string, more: JsonObject = {}): EventSample {
  const sent = { hash: offRampHash, explorerUrl: base + offRampHash };
  return {
    type,
    payload: {
      sequence,
      userId: user,
      integratorId,
      offRamp: {
        id: '6701a9c2f4d5e60013b7c8d9',
        quoteId: '6701a9b8f4d5e60013b7c8d0',
        status,
        input: { amount: '100.75', token: 'USDC', chain: 'base' },
        output: {
          amount: '100.00',
          currency: 'USD',
          rail: 'ach_standard',
          accountId: '66f2b4e1a3c7d80011f0e9a2',
          accountName: 'Everyday checking',
        },
        fees: { amount: '0.75', currency: 'USD' },
        transaction: sent,
        failureMessage: null,
        ...more,
      },
    },
  };
}

const offRamps: readonly EventSample[] = [
  sampleOffRamp('offramp.confirmed', 1, 'queued'),
  sampleOffRamp('offramp.inFlight', 2, 'in_flight'),
  sampleOffRamp('offramp.completed', 3, 'completed'),
  sampleOffRamp('offramp.failed', 3, 'failed', { failureMessage: 'The bank account cannot be credited.' }),
  sampleOffRamp('offramp.refunded', 4, 'refunded'),
  sampleOffRamp('offramp.reversed', 4, 'reversed'),
];

function sampleOnRamp(type: string, sequence: number, status: string, isSent: boolean): EventSample {
  const sent = { hash: onRampHash, explorerUrl: base + onRampHash };
  return {
    type,
    payload: {
      sequence,
      userId: user,
      integratorId,
      onRamp: {
        id: '6702bb10e5f6a70014c8d9e0',
        status,
        input: { amount: '500.00', currency: 'USD', rail: 'ach_push' },
        output: {
          amount: '497.50',
          token: 'USDC',
          network: 'base',
          address: '0x52908400098527886E0F7030069857D2E4169EE7',
        },
        fees: { amount: '2.50', currency: 'USD' },
        transaction: isSent ? sent : null,
      },
    },
  };
}

const onRamps: readonly EventSample[] = [
  sampleOnRamp('onrampCredit.depositDetected', 1, 'processing', false),
  sampleOnRamp('onrampCredit.completed', 2, 'completed', true),
  sampleOnRamp('onrampCredit.failed', 2, 'failed', false),
  sampleOnRamp('onrampCredit.reversed', 3, 'reversed', true),
  sampleOnRamp('onrampCredit.refunded', 3, 'refunded', false),
];

export const samples: readonly EventSample[] = [...changed, ...debits, ...offRamps, ...onRamps];
