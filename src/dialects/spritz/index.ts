// Spritz Finance: the webhooks of an integrator, by the contract of its official client 0.18.1.
import { defaultLimits } from '#core/limits.ts';
import { type DeliveryPolicy, threeDaySchedule } from '#core/retry.ts';
import type { Dialect } from '#dialects/dialect.ts';
import { authenticate, checkSignature, issueCredential } from './auth.ts';
import { faults } from './errors.ts';
import { events } from './events.ts';
import { docs, operations } from './routes.ts';
import { checkSecret, createSecret, render, sign } from './signing.ts';

const seconds = 1000;
const minutes = 60 * seconds;
const hours = 60 * minutes;
const days = 24 * hours;

/** Documented is that retries happen, that a timeout exists, and that failures in a row may disable a webhook. */
const policy: DeliveryPolicy = {
  timeoutMs: 15 * seconds, // ours
  accepted: { from: 200, to: 299 }, // ours: only "a successful response" is documented
  // ours: the schedule that the Standard Webhooks specification proposes
  schedule: threeDaySchedule,
  honoursRetryAfter: true, // ours
  disablesOnGone: false, // ours: no route of this wire would enable it again
  disabling: { kind: 'failing-for', ms: 5 * days }, // ours
  onEnable: 'release', // ours
};

export const spritz: Dialect = {
  name: 'spritz',
  title: 'Spritz Finance: webhooks of an integrator',
  authenticate,
  checkSignature,
  credentialKinds: ['key-pair', 'bearer'],
  issueCredential,
  operations,
  faults,
  // ours: only `format: uri` is documented of a URL, and no uniqueness
  // ours: the list has no pages; 200 with the longest URLs are 1 MiB
  endpointRules: { urlLengthMax: defaultLimits.urlLengthMax, isUrlUnique: false, endpointsMax: 200 },
  createSecret,
  checkSecret,
  signsWithAll: false, // documented: one secret; a new one signs alone
  secretOwner: 'tenant', // documented: one secret per integrator, chosen by the caller, for all its webhooks
  isSecretShared: true,
  events,
  render,
  sign,
  policy,
  docs,
};
