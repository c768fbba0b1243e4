// The server's own dialect: the default for a platform that has no existing wire form.
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

/** The schedule that the Standard Webhooks specification proposes. */
const policy: DeliveryPolicy = {
  timeoutMs: 20 * seconds, // documented: 15 to 30 s
  accepted: { from: 200, to: 299 }, // documented
  schedule: threeDaySchedule,
  honoursRetryAfter: true,
  disablesOnGone: true, // documented
  disabling: { kind: 'failing-for', ms: 5 * days }, // ours
  onEnable: 'release',
};

export const standard: Dialect = {
  name: 'standard',
  title: "Carillon's own wire form, signing by Standard Webhooks",
  authenticate,
  credentialKinds: ['bearer'],
  issueCredential,
  operations,
  faults,
  endpointRules: { urlLengthMax: defaultLimits.urlLengthMax, isUrlUnique: false, hasPull: true },
  createSecret,
  checkSecret: checkSymmetricSecret,
  signsWithAll: true,
  secretOwner: 'endpoint',
  isSecretShared: true,
  noticesToTenant: true,
  events,
  render,
  sign,
  policy,
  docs,
};
