import {
  CreateReplay,
  ratePerSecondDefault,
  type Replay as ReplayJson,
  Replay as ReplaySchema,
  ReplayCount,
  ReplayPage,
  StartedReplay,
} from '#contract/replays.ts';
import { PageQuery } from '#contract/page.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { fieldFault } from '#core/fault.ts';
import type { Replay, ReplayTerms } from '#core/replay.ts';
import type { TenantId } from '#core/tenant.ts';
import { formatTime, readTime } from '#lib/rfc3339.ts';
import { type AdminTable, pageRequest, toPage } from '../operation.ts';

const tag = 'Replays';

export const replays = {
  createReplay: {
    command: 'startReplay',
    docs: {
      tag,
      summary: 'Redeliver many',
      description:
        'Durable and paced: it continues after a restart. Deliveries of disabled endpoints are left out unless ' +
        '`endpoint` or `includeDisabled` says otherwise. With `dryRun` it only counts.',
    },
    body: CreateReplay,
    answers: {
      200: { description: 'The count of a dry run.', schema: ReplayCount },
      202: { description: 'It has started.', schema: StartedReplay },
    },
    faults: ['endpoint_not_found'],
    parse: ({ params, body }) => ({ ...readTerms(params.tenant, body), isDryRun: body.dryRun === true }),
    reply: (result) =>
      result.id === null
        ? { status: 200, body: { total: result.total, leftOut: result.leftOut } }
        : { status: 202, body: { id: result.id, total: result.total } },
  },
  listReplays: {
    command: 'listReplays',
    docs: { tag, summary: 'List the replays of a tenant' },
    query: PageQuery,
    answers: { 200: { description: 'A page of replays.', schema: ReplayPage } },
    parse: ({ params: { tenant }, query }) => ({ tenant, ...pageRequest(query) }),
    reply: (page) => toPage(page, toJson),
  },
  getReplay: {
    command: 'getReplay',
    docs: { tag, summary: 'Show the progress of a replay' },
    answers: { 200: { description: 'The replay.', schema: ReplaySchema } },
    faults: ['replay_not_found'],
    parse: ({ params: { tenant, id } }) => ({ tenant, id }),
    reply: (replay) => ({ status: 200, body: toJson(replay) }),
  },
  stopReplay: {
    command: 'stopReplay',
    docs: { tag, summary: 'Stop a replay', description: 'What it has redelivered stays so.' },
    answers: { 204: { description: 'It does not run any more.' } },
    faults: ['replay_not_found'],
    parse: ({ params: { tenant, id } }) => ({ tenant, id }),
    reply: () => ({ status: 204 }),
  },
} satisfies Partial<AdminTable>;

function readTerms(tenant: TenantId, body: CreateReplay): ReplayTerms {
  const since = readTime(body.since);
  const until = readTime(body.until);
  if (until <= since) throw fieldFault('until', 'must be later than since');
  return {
    tenant,
    mode: body.mode ?? null,
    endpoint: (body.endpoint as EndpointId | undefined) ?? null,
    states: [...new Set(body.states)],
    eventTypes: body.eventTypes ?? null,
    since,
    until,
    ratePerSecond: body.ratePerSecond ?? ratePerSecondDefault,
    includeDisabled: body.includeDisabled === true,
  };
}

function toJson(replay: Replay): ReplayJson {
  const {
    id,
    mode,
    endpoint,
    states,
    eventTypes,
    ratePerSecond,
    includeDisabled,
    total,
    done,
    delivered,
    failed,
    state,
  } = replay;
  return {
    id,
    mode,
    endpoint,
    states: [...states],
    eventTypes: eventTypes === null ? null : [...eventTypes],
    since: formatTime(replay.since),
    until: formatTime(replay.until),
    ratePerSecond,
    includeDisabled,
    total,
    done,
    delivered,
    failed,
    state,
    createdAt: formatTime(replay.createdAt),
  };
}
