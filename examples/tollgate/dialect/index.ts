// Tollgate: tolls on motorways. Three attempts; each endpoint has a secret of its own and a name that the customer chose.
import { defaultLimits } from '#core/limits.ts';
import type { DeliveryPolicy } from '#core/retry.ts';
import type { Dialect } from '#dialects/dialect.ts';
import { authenticate, issueCredential } from './auth.ts';
import { faults } from './errors.ts';
import { events } from './events.ts';
import { docs, operations } from './routes.ts';
import { checkSecret, createSecret, render, sign } from './signing.ts';

const seconds = 1000;
const minutes = 60 * seconds;
const hours = 60 * minutes;

const policy: DeliveryPolicy = {
  timeoutMs: 10 * seconds, // documented
  accepted: { from: 200, to: 299 }, // documented
  schedule: { delaysMs: [0, 1 * minutes, 1 * hours], from: 'previous', jitter: 0 }, // documented
  honoursRetryAfter: false, // ours: not documented
  disablesOnGone: false, // ours: not documented
  disabling: { kind: 'never' }, // ours: no route of this wire would enable an endpoint again
  onEnable: 'release', // ours: only the operator can disable and enable
};

export const tollgate: Dialect = {
  name: 'tollgate',
  title: 'Tollgate: hooks for tolls',
  authenticate,
  credentialKinds: ['bearer'],
  issueCredential,
  operations,
  faults,
  endpointRules: {
    urlLengthMax: defaultLimits.urlLengthMax, // ours: no length is documented
    isUrlUnique: false, // ours: not documented
    defaultAlias: (id) => id.replace('ep_', 'hook-'), // ours: the name of a hook that the operator creates
  },
  createSecret,
  checkSecret,
  signsWithAll: true,
  secretOwner: 'endpoint',
  isSecretShared: true,
  events,
  render,
  sign,
  policy,
  docs,
};
