// The catalogue: the event types of client 0.18.1 and the two forms of their payloads. Each form is a schema whose order
// of members is the order in which they are written.
import { insertMembers } from '#lib/json-source.ts';
import type { Schema } from '#input/keywords.ts';
import { compile, type Validator } from '#input/schema.ts';
import type { Event } from '#core/event.ts';
import type { EventCatalogue } from '#dialects/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import { formatTime, parseTime } from '#lib/rfc3339.ts';
import { samples } from './samples.ts';

/** Documented. `*`, a subscription to all present and future types, is not an event type. */
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
/** What a webhook can subscribe to. */
export type Subscription = EventType | '*';
export const subscriptions: readonly Subscription[] = [...eventTypes, '*'];

const subscriptionSet: ReadonlySet<string> = new Set(subscriptions);
const typeSet: ReadonlySet<string> = new Set(eventTypes);

export function isSubscription(text: string): text is Subscription {
  return subscriptionSet.has(text);
}

// ---- forms

type Members = Readonly<Record<string, Schema>>;

/** The payload of a family of event types. */
interface Form {
  /** In the order of the platform's schema. */
  readonly members: Members;
  /** Checks a payload in which the derived members may be missing. */
  readonly validator: Validator<unknown>;
  /** Members that follow from the event: a publisher may leave them out. */
  readonly derive: (event: Facts, payload: JsonObject) => JsonObject;
  /** The derived members that must have the derived value when they are given. */
  readonly fixed: readonly string[];
}

/** The facts of an event that its payload repeats. */
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

/** Problems reported for one payload. */
const problemsReported = 5;

/** What is wrong with a payload, in one sentence: members that are missing, of a wrong type, or contradictory. */
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
  const more = problems.length - problemsReported;
  return `${problems.slice(0, problemsReported).join('; ')}${more > 0 ? ` (and ${more} more)` : ''}.`;
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

/**
 * The payload with the derived members inserted that it lacks, each before the first given member that the platform's
 * schema has after it. The bytes that are given stay as they are.
 */
export function completePayload(facts: Facts, payload: Buffer): Uint8Array {
  const value: JsonValue = JSON.parse(payload.toString('utf8'));
  const given = isJsonObject(value) ? value : {};
  const form = formOf(facts.type);
  const order = Object.keys(form.members);
  const insertions = Object.entries(form.derive(facts, given))
    .filter(([name]) => !Object.hasOwn(given, name))
    .map(([name, derived]) => ({ name, place: order.indexOf(name), json: JSON.stringify(derived) }))
    .sort((a, b) => a.place - b.place)
    .map(({ name, place, json }) => ({
      name,
      json,
      before: Object.keys(given).find((member) => order.indexOf(member) > place) ?? null,
    }));
  return insertMembers(payload, insertions);
}

function readOwn(payload: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(payload, name) ? payload[name] : undefined;
}

/** Documented: the payload of an attempt; the last alternative is for event types of other versions. */
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

export const events: EventCatalogue = {
  checkType: (type) =>
    typeSet.has(type)
      ? null
      : `There is no event type "${type.slice(0, 64).toWellFormed()}"; there are ${eventTypes.join(', ')}.`,
  checkPayload,
  orderingKey: () => null, // documented: none; receivers drop a milestone whose `sequence` is not higher
  samples,
};
