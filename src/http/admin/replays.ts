import {
  BackfillCount,
  CreateBackfill,
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
  createBackfill: {
    command: 'startBackfill',
    docs: {
      tag,
      summary: 'Deliver earlier events to an endpoint',
      description:
        'What was published before the endpoint existed or subscribed: events of its mode that it selects by its event ' +
        'types and filter as they are now, and has no delivery of. A job like a replay, with the kind `backfill`, also ' +
        'for a disabled endpoint. Bounded by retention. A delivery joins the end of the queue of its ordering key: it may ' +
        'come after newer events of that key. With `dryRun` it only counts.',
    },
    body: CreateBackfill,
    answers: {
      200: { description: 'The count of a dry run.', schema: BackfillCount },
      202: { description: 'It has started.', schema: StartedReplay },
    },
    faults: ['endpoint_not_found'],
    parse({ params: { tenant, id: given }, body }) {
      const since = readTime(body.since);
      const until = body.until === undefined ? null : readTime(body.until);
      if (until !== null) checkSpan(since, until);
      const { eventTypes = null, ratePerSecond = ratePerSecondDefault, dryRun: isDryRun = false } = body;
      const id = given as EndpointId;
      return { tenant, mode: null, id, eventTypes, since, until, ratePerSecond, isDryRun };
    },
    reply: ({ id, total }) =>
      id === null ? { status: 200, body: { total } } : { status: 202, body: { id, total } },
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
  checkSpan(since, until);
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

function checkSpan(since: number, until: number): void {
  if (until <= since) throw fieldFault('until', 'must be later than since');
}

function toJson(replay: Replay): ReplayJson {
  const {
    id,
    kind,
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
    kind,
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
