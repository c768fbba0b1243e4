// CHIP Collect (docs.chip-in.asia): its public API for webhooks, and what it delivers.
import type { DeliveryPolicy } from '#core/retry.ts';
import type { Dialect } from '#dialects/dialect.ts';
import { authenticate, issueCredential } from './auth.ts';
import { faults } from './errors.ts';
import { events } from './events.ts';
import { docs, operations } from './routes.ts';
import { checkSecret, createSecret, render, sign } from './signing.ts';
import { callbackLengthMax, resolveChange } from './wire.ts';

const seconds = 1000;
const minutes = 60 * seconds;

const policy: DeliveryPolicy = {
  timeoutMs: 20 * seconds, // ours: "no response in time", without a number
  accepted: { from: 200, to: 299 }, // documented
  schedule: {
    // documented: attempt n at 3^(n−1) − 1 minutes after the first was scheduled; an older page says up to 8 more
    delaysMs: [0, 2, 8, 26, 80, 242, 728, 2186].map((delay) => delay * minutes),
    from: 'first',
    jitter: 0,
  },
  honoursRetryAfter: false, // inferred: the documented schedule does not mention it
  disablesOnGone: false, // inferred: any failure is retried
  disabling: { kind: 'never' }, // inferred: nothing of the kind is documented
  onEnable: 'release', // ours
};

export const chip: Dialect = {
  name: 'chip',
  title: 'CHIP Collect: webhooks of its public API, signed with RSA',
  authenticate,
  credentialKinds: ['bearer'],
  issueCredential,
  operations,
  // inferred: the framework redirects GET to the path with its slash, and fails for others; ours: the route itself
  isEndSlashOptional: true,
  faults,
  endpointRules: { urlLengthMax: callbackLengthMax, isUrlUnique: false }, // inferred: no uniqueness is documented
  resolveChange,
  createSecret,
  checkSecret,
  signsWithAll: false,
  secretsAhead: 8, // ours: a key pair takes 0.2 s of a core
  secretOwner: 'endpoint',
  isSecretShared: false,
  events,
  render,
  sign,
  policy,
  docs,
};
