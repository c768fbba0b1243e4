// Calypso: merchants of a crypto payment platform. Every request is signed over its raw body, also DELETE.
import { defaultLimits } from '#core/limits.ts';
import type { DeliveryPolicy } from '#core/retry.ts';
import type { Dialect } from '#dialects/dialect.ts';
import { idToUuid } from '#lib/ids.ts';
import { authenticate, checkSignature, issueCredential } from './auth.ts';
import { faults } from './errors.ts';
import { events } from './events.ts';
import { docs, operations } from './routes.ts';
import { checkSecret, createSecret, render, sign } from './signing.ts';
import { resolveChange } from './wire.ts';

const seconds = 1000;
const minutes = 60 * seconds;

/** documented: 19 retries from 30 s on, "30, 60, 90 …", the last after 125 430 s: 30 s times Fibonacci. */
const delaysSeconds = [
  0, 30, 30, 60, 90, 150, 240, 390, 630, 1020, 1650, 2670, 4320, 6990, 11_310, 18_300, 29_610, 47_910, 77_520,
  125_430,
];

const policy: DeliveryPolicy = {
  timeoutMs: 15 * seconds, // ours
  accepted: { from: 200, to: 200 }, // documented: 200 and nothing else
  // inferred: each delay counts from the attempt before, without jitter
  schedule: { delaysMs: delaysSeconds.map((delay) => delay * seconds), from: 'previous', jitter: 0 },
  honoursRetryAfter: false, // ours: only the schedule is documented
  disablesOnGone: false, // ours: 410 is a failure like any other
  disabling: { kind: 'failures-within', failures: 100, withinMs: 10 * minutes }, // documented
  onEnable: 'release-and-replay', // documented: unblocking sends everything again that failed
};

export const calypso: Dialect = {
  name: 'calypso',
  title: "Calypso's webhook API",
  authenticate,
  checkSignature,
  credentialKinds: ['key-pair'],
  issueCredential,
  operations,
  faults,
  // ours: the server's own length; a URL may be registered several times, the identity is the requestId
  endpointRules: {
    urlLengthMax: defaultLimits.urlLengthMax,
    isUrlUnique: false,
    // ours: the list has no pages; 200 with the longest URLs are 1 MiB
    endpointsMax: 200,
    // ours: an endpoint of the operator gets a requestId, by which clients of this wire name it
    defaultAlias: idToUuid,
  },
  resolveChange,
  createSecret,
  checkSecret,
  signsWithAll: false, // inferred: only the newest pair signs
  secretOwner: 'endpoint',
  numbersEvents: true,
  isSecretShared: true,
  events,
  render,
  sign,
  policy,
  docs,
};
