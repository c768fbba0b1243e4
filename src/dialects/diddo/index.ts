// Diddo: checkouts and orders over many shops. One webhook per URL, each with a secret of its own.
import { defaultLimits } from '#core/limits.ts';
import { type DeliveryPolicy, threeDaySchedule } from '#core/retry.ts';
import { checkSymmetricSecret } from '#core/signature.ts';
import type { Dialect } from '#dialects/dialect.ts';
import { authenticate, issueCredential } from './auth.ts';
import { faults } from './errors.ts';
import { events } from './events.ts';
import { docs, operations } from './routes.ts';
import { createSecret, render, sign } from './signing.ts';

const seconds = 1000;
const minutes = 60 * seconds;
const hours = 60 * minutes;
const days = 24 * hours;

const policy: DeliveryPolicy = {
  timeoutMs: 20 * seconds, // documented
  accepted: { from: 200, to: 299 }, // documented: any 2xx
  // documented: what is not acknowledged is retried; ours: how often and when, by Standard Webhooks
  schedule: threeDaySchedule,
  honoursRetryAfter: false, // ours: not documented
  disablesOnGone: false, // ours: not documented
  disabling: { kind: 'failing-for', ms: 5 * days }, // ours: `active` becomes false
  onEnable: 'release', // ours: events while `active` is false are not documented
};

export const diddo: Dialect = {
  name: 'diddo',
  title: 'Diddo: webhooks for checkouts and orders',
  authenticate,
  credentialKinds: ['bearer'],
  issueCredential,
  operations,
  faults,
  // ours: no length is documented. inferred: one webhook per URL, from where 409 is documented
  endpointRules: { urlLengthMax: defaultLimits.urlLengthMax, isUrlUnique: true },
  createSecret,
  checkSecret: checkSymmetricSecret,
  signsWithAll: true,
  secretOwner: 'endpoint',
  isSecretShared: true,
  events,
  render,
  sign,
  policy,
  docs,
};
