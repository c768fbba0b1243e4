import {
  ExtendLeases,
  LeaseVerdicts,
  PulledPage,
  PullRequest,
  PullResults,
  ReleaseLeases,
  ResultVerdicts,
  StreamQuery,
} from '#contract/pull.ts';
import type { EndpointId } from '#core/endpoint.ts';
import {
  pulledEvents,
  readLeaseMs,
  readLeases,
  readPull,
  readResults,
  showLeases,
  showPulled,
  showResults,
} from '#core/pull-json.ts';
import type { TenantId } from '#core/tenant.ts';
import { eventStreamType } from '#lib/server-sent-events.ts';
import { type AdminTable, scopeOf } from '../operation.ts';
import { StreamText } from './streams.ts';

const tag = 'Pulling';
const faults = ['endpoint_not_found'] as const;
const waiting = ['rate_limited', 'overloaded', ...faults] as const;

export const pulls = {
  pullDeliveries: {
    command: 'pullDeliveries',
    docs: {
      tag,
      summary: 'Take deliveries of an endpoint that clients pull from',
      description:
        'Each is leased to the caller: report what came of it before the lease ends, or it is handed out again. With ' +
        '`waitMs`, an endpoint that has nothing is waited for.',
    },
    body: PullRequest,
    answers: { 200: { description: 'What there is; empty for nothing.', schema: PulledPage } },
    faults: waiting,
    parse: ({ params, body }) => ({ ...refOf(params), ...readPull(body) }),
    reply: (pulled) => ({ status: 200, body: showPulled(pulled) }),
  },
  streamDeliveries: {
    command: 'pullDeliveries',
    docs: {
      tag,
      summary: 'Take deliveries as they come',
      description:
        'Server-sent events. First `missed`, with how many deliveries wait and since when; then a `delivery` for each, ' +
        'up to `max` that are not reported. The data is that of a pull. `end` when the server ends the stream.',
    },
    query: StreamQuery,
    answers: {
      200: { description: 'A stream of events.', schema: StreamText, contentType: eventStreamType },
    },
    faults: waiting,
    parse: ({ params, query }) => ({ ...refOf(params), ...readPull(query) }),
    reply: () => ({ status: 200 }),
    stream: { isAlways: true, write: pulledEvents },
  },
  recordResults: {
    command: 'recordResults',
    docs: {
      tag,
      summary: 'Report what came of deliveries',
      description:
        'Each is recorded as an attempt, by the rules of a push: a success ends the delivery, and after a failure it is due ' +
        'again by the schedule. One whose lease is not held any more is not recorded; the others are.',
    },
    body: PullResults,
    answers: { 200: { description: 'What became of each.', schema: ResultVerdicts } },
    faults,
    parse: ({ params, body }) => ({ ...refOf(params), results: readResults(body.results) }),
    reply: (verdicts) => ({ status: 200, body: showResults(verdicts) }),
  },
  extendLeases: {
    command: 'extendLeases',
    docs: { tag, summary: 'Keep deliveries for longer', description: 'The lease lasts from now on.' },
    body: ExtendLeases,
    answers: { 200: { description: 'What became of each lease.', schema: LeaseVerdicts } },
    faults,
    parse: ({ params, body }) => ({
      ...refOf(params),
      leases: readLeases(body.leases),
      leaseMs: readLeaseMs(body.leaseMs),
    }),
    reply: (verdicts) => ({ status: 200, body: showLeases(verdicts) }),
  },
  releaseLeases: {
    command: 'releaseLeases',
    docs: { tag, summary: 'Give deliveries back untried', description: 'They are due at once. No attempt.' },
    body: ReleaseLeases,
    answers: { 200: { description: 'What became of each lease.', schema: LeaseVerdicts } },
    faults,
    parse: ({ params, body }) => ({ ...refOf(params), leases: readLeases(body.leases) }),
    reply: (verdicts) => ({ status: 200, body: showLeases(verdicts) }),
  },
} satisfies Partial<AdminTable>;

function refOf(params: { readonly tenant: TenantId; readonly id: string }) {
  return { ...scopeOf(params), id: params.id as EndpointId };
}
