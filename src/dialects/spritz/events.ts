// The event types of client 0.18.1 and the two forms of their payloads. Each form is a schema whose order of
// members is the order in which they are written.
import type { Schema } from '#input/keywords.ts';
import { compile, type Validator } from '#input/schema.ts';
import type { Event } from '#core/event.ts';
import type { EventCatalogue } from '#dialects/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import { formatTime, parseTime } from '#lib/rfc3339.ts';

/** Documented. `*`, which stands for all of them and those to come, is no type of an event. */
export const eventTypes = [
  'account.created',
  'account.updated',
  'account.deleted',
  'payment.created',
  'payment.updated',
  'payment.completed',
  'payment.refunded',
  'verification.status.updated',
  'capabilities.updated',
  'onramp.created',
  'onramp.updated',
  'onramp.completed',
  'achDebitReturn.created',
  'achDebitReturn.updated',
  'achDebit.authorized',
  'achDebit.deliveryProgress',
  'achDebit.delivered',
  'achDebit.refunded',
  'achDebit.returned',
  'offramp.confirmed',
  'offramp.inFlight',
  'offramp.completed',
  'offramp.failed',
  'offramp.refunded',
  'offramp.reversed',
  'onrampCredit.depositDetected',
  'onrampCredit.completed',
  'onrampCredit.failed',
  'onrampCredit.reversed',
  'onrampCredit.refunded',
] as const;

export type EventType = (typeof eventTypes)[number];
/** What a webhook may subscribe to. */
export type Subscription = EventType | '*';
export const subscriptions: readonly Subscription[] = [...eventTypes, '*'];

const subscriptionSet: ReadonlySet<string> = new Set(subscriptions);
const typeSet: ReadonlySet<string> = new Set(eventTypes);

export function isSubscription(text: string): text is Subscription {
  return subscriptionSet.has(text);
}

// ---- forms

type Members = Readonly<Record<string, Schema>>;

/** What the payload of a family of event types holds. */
interface Form {
  /** In the order of the platform's schema. */
  readonly members: Members;
  /** Checks a payload in which the derived members may be missing. */
  readonly validator: Validator<unknown>;
  /** Members that follow from the event, so that a publisher may leave them out. */
  readonly derive: (event: Facts, payload: JsonObject) => JsonObject;
  /** The derived members that nothing else may be given for. */
  readonly fixed: readonly string[];
}

/** What of an event its payload repeats. */
type Facts = Pick<Event, 'id' | 'type' | 'occurredAt'>;

const id: Schema = { type: 'string', minLength: 1 };
const text: Schema = { type: 'string' };
const textOrNull: Schema = { type: ['string', 'null'] };
const time: Schema = { type: 'string' };
/** Documented: a decimal string. */
const amount: Schema = {
  type: 'string',
  pattern: '^-?\\d+(\\.\\d+)?$',
  'x-problem': 'must be a decimal number in a string, such as "100.00"',
};

function oneOf(...choices: readonly string[]): Schema {
  return { type: 'string', enum: choices };
}

/** An object in which every member is required, as everywhere in the platform's schema. */
function object(members: Members, optional: readonly string[] = []): Schema {
  const required = Object.keys(members).filter((name) => !optional.includes(name));
  return { type: 'object', properties: members, required };
}

/** With a name in the OpenAPI document. */
function named($id: string, shape: Schema): Schema {
  return Object.assign({ $id }, shape);
}

function orNull(shape: Schema): Schema {
  return { ...shape, type: ['object', 'null'] };
}

const fees = orNull(named('Fees', object({ amount, currency: text })));
const transaction = orNull(named('Transaction', object({ hash: textOrNull, explorerUrl: textOrNull })));

const achReturn = named(
  'AchReturn',
  object({
    id, // dr_…
    amountUsd: amount,
    cryptoStateAtReturn: oneOf('not_released', 'in_flight', 'partially_confirmed', 'fully_confirmed'),
    userAction: oneOf('none', 'review_required', 'restricted', 'disabled'),
  }),
);

const deposit = object({
  id, // dep_…
  asset: oneOf('USDC'),
  destinationAddressDisplay: text,
  principalAmountUsd: amount,
  totalDebitAmountUsd: amount,
  confirmedReleasedAmountUsd: amount,
  debitStatus: oneOf('authorized', 'submitting', 'submitted', 'settled', 'returned', 'failed'),
  releaseStatus: oneOf('not_started', 'queued', 'partial', 'completed', 'failed'),
  releaseDecisionMode: oneOf('after_settlement', 'early_full', 'early_partial'),
  instantPortionUsd: amount,
  settlementPortionUsd: amount,
  userFeeUsd: amount,
});

const fundingSource = object({ id /* fs_… */, institutionName: textOrNull, accountMask: textOrNull });

const offRamp = object({
  id,
  quoteId: textOrNull,
  status: oneOf(
    'awaiting_funding',
    'queued',
    'in_flight',
    'completed',
    'canceled',
    'failed',
    'reversed',
    'refunded',
  ),
  input: orNull(named('OffRampInput', object({ amount, token: text, chain: text }))),
  output: object({ amount, currency: text, rail: textOrNull, accountId: id, accountName: textOrNull }),
  fees,
  transaction,
  failureMessage: textOrNull,
});

const onRamp = object({
  id,
  status: text,
  input: object({ amount, currency: text, rail: textOrNull }),
  output: object({ amount, token: text, network: text, address: text }),
  fees,
  transaction,
});

/** Documented: stays the same over retries and replays; `sequence` rises per deposit, off-ramp or on-ramp. */
const milestoneHead: Members = {
  schemaVersion: oneOf('1'),
  eventId: id,
  sequence: { type: 'integer', minimum: 0 },
  occurredAt: time,
  userId: id,
};
const milestoneTail: Members = { event: text, milestone: text };

function createForm(members: Members, more: Pick<Form, 'derive' | 'fixed'>): Form {
  const derived = Object.keys(more.derive({ id: '', type: '', occurredAt: 0 }, {}));
  return { members, validator: compile('spritz payload', object(members, derived)), ...more };
}

function milestone(nested: string, members: Members): Form {
  return createForm(members, {
    derive: ({ id: eventId, type, occurredAt }, payload) => ({
      schemaVersion: '1',
      eventId,
      occurredAt: formatTime(occurredAt),
      id: readNestedId(payload, nested),
      event: type,
      milestone: nameMilestone(type),
    }),
    fixed: ['id', 'event', 'milestone'],
  });
}

function achDebit(returned: Schema): Form {
  return milestone('deposit', {
    ...milestoneHead,
    id,
    deposit,
    fundingSource,
    ...milestoneTail,
    achReturn: returned,
  });
}

const resourceChange = createForm(
  { userId: id, id, eventName: text },
  { derive: ({ type }) => ({ eventName: type }), fixed: ['eventName'] },
);

const formByFamily: Readonly<Record<string, Form>> = {
  achDebit: achDebit(orNull(achReturn)),
  offramp: milestone('offRamp', {
    ...milestoneHead,
    integratorId: textOrNull,
    id,
    offRamp,
    ...milestoneTail,
  }),
  onrampCredit: milestone('onRamp', {
    ...milestoneHead,
    integratorId: textOrNull,
    id,
    onRamp,
    ...milestoneTail,
  }),
};
const achDebitReturned = achDebit(achReturn); // documented: never null here

function formOf(type: string): Form {
  if (type === 'achDebit.returned') return achDebitReturned;
  const family = type.slice(0, Math.max(0, type.indexOf('.')));
  return (Object.hasOwn(formByFamily, family) ? formByFamily[family] : undefined) ?? resourceChange;
}

/** The last part of a type in snake_case: `achDebit.deliveryProgress` is `delivery_progress`. */
function nameMilestone(type: string): string {
  const name = type.slice(type.lastIndexOf('.') + 1);
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function readNestedId(payload: JsonObject, nested: string): JsonValue {
  const inner = payload[nested];
  return (isJsonObject(inner) ? inner['id'] : undefined) ?? null;
}

// ---- checking and completing

/** Problems told of one payload; a publisher mends the first ones first. */
const problemsTold = 5;

/** What is wrong with a payload, in one sentence: members that are missing, of another kind, or contradict. */
function checkPayload(type: string, payload: JsonValue): string | null {
  if (!isJsonObject(payload)) return 'The payload must be an object.';
  const form = formOf(type);
  const facts: Facts = { id: 'evt', type, occurredAt: 0 };
  const derived = form.derive(facts, payload);
  const problems = form.validator
    .findProblems(payload)
    .map(({ field, message }) => `${field} ${message}`)
    .concat(findContradictions(form, derived, payload), findWrongTime(payload, derived));
  if (problems.length === 0) return null;
  const more = problems.length - problemsTold;
  return `${problems.slice(0, problemsTold).join('; ')}${more > 0 ? ` (and ${more} more)` : ''}.`;
}

function findContradictions(form: Form, derived: JsonObject, payload: JsonObject): string[] {
  return form.fixed.flatMap((name) => {
    const given = readOwn(payload, name);
    const right = derived[name];
    if (typeof given !== 'string' || typeof right !== 'string' || given === right) return [];
    return [`${name} must be "${right}", or left out`];
  });
}

function findWrongTime(payload: JsonObject, derived: JsonObject): string[] {
  const given = readOwn(payload, 'occurredAt');
  if (!('occurredAt' in derived) || typeof given !== 'string' || parseTime(given) !== null) return [];
  return ['occurredAt must be a time by RFC 3339, such as 2026-01-02T03:04:05.678Z'];
}

/** A payload whole and in the platform's order; what it has besides stands after that, as it came. */
export function completePayload(facts: Facts, payload: JsonValue): JsonObject {
  const given = isJsonObject(payload) ? payload : {};
  const form = formOf(facts.type);
  return arrange({ properties: form.members }, { ...form.derive(facts, given), ...given });
}

function arrange({ properties = {} }: Schema, value: JsonObject): JsonObject {
  const known = Object.entries(properties).filter(([name]) => Object.hasOwn(value, name));
  const ordered = known.map(([name, shape]): [string, JsonValue] => {
    const inner = value[name] ?? null;
    return [name, isJsonObject(inner) ? arrange(shape, inner) : inner];
  });
  const others = Object.entries(value).filter(([name]) => !Object.hasOwn(properties, name));
  return Object.fromEntries([...ordered, ...others]);
}

function readOwn(payload: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(payload, name) ? payload[name] : undefined;
}

/** Documented: what the payload of an attempt is; the last of them for types of any other version. */
export const payloadSchema = {
  anyOf: [
    named('ResourceChange', object(resourceChange.members)),
    ...Object.entries(formByFamily).map(([family, { members }]) =>
      named(`${family.charAt(0).toUpperCase()}${family.slice(1)}Milestone`, object(members)),
    ),
    named('AchDebitReturned', object(achDebitReturned.members)),
    named('OtherPayload', { type: 'object', additionalProperties: true }),
  ],
};

// ---- samples: what follows from the event is left out, as a publisher would

const user = '62d17d3b377dab6c1342136e'; // documented: the example
const resource = '65f0c0ffee65f0c0ffee65f0'; // documented: the example
const integratorId = '64b7f1d2c9e77c0012ab34cd';
const base = 'https://basescan.org/tx/';
const offRampHash = '0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060';
const onRampHash = '0x88df016429689c079f3b2f6ad39fa052532c56795b733da78a91ebe6a713944b';

interface Sample {
  readonly type: EventType;
  readonly payload: JsonObject;
}

const changed: readonly Sample[] = eventTypes
  .filter((type) => formOf(type) === resourceChange)
  .map((type) => ({ type, payload: { userId: user, id: resource } }));

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
  type: EventType,
  sequence: number,
  more: JsonObject,
  returned: JsonObject | null = null,
): Sample {
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

const debits: readonly Sample[] = [
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

function sampleOffRamp(type: EventType, sequence: number, status: string, more: JsonObject = {}): Sample {
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

const offRamps: readonly Sample[] = [
  sampleOffRamp('offramp.confirmed', 1, 'queued'),
  sampleOffRamp('offramp.inFlight', 2, 'in_flight'),
  sampleOffRamp('offramp.completed', 3, 'completed'),
  sampleOffRamp('offramp.failed', 3, 'failed', { failureMessage: 'The bank account cannot be credited.' }),
  sampleOffRamp('offramp.refunded', 4, 'refunded'),
  sampleOffRamp('offramp.reversed', 4, 'reversed'),
];

function sampleOnRamp(type: EventType, sequence: number, status: string, isSent: boolean): Sample {
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

const onRamps: readonly Sample[] = [
  sampleOnRamp('onrampCredit.depositDetected', 1, 'processing', false),
  sampleOnRamp('onrampCredit.completed', 2, 'completed', true),
  sampleOnRamp('onrampCredit.failed', 2, 'failed', false),
  sampleOnRamp('onrampCredit.reversed', 3, 'reversed', true),
  sampleOnRamp('onrampCredit.refunded', 3, 'refunded', false),
];

/** A finished payment first: the event that the platform's own example shows. */
const samples: readonly Sample[] = [
  ...changed.filter(({ type }) => type === 'payment.completed'),
  ...changed.filter(({ type }) => type !== 'payment.completed'),
  ...debits,
  ...offRamps,
  ...onRamps,
];

export const events: EventCatalogue = {
  checkType: (type) =>
    typeSet.has(type)
      ? null
      : `There is no event type "${type.slice(0, 64).toWellFormed()}"; there are ${eventTypes.join(', ')}.`,
  checkPayload,
  orderingKey: () => null, // documented: none; receivers drop a milestone whose `sequence` is not higher
  samples,
};
