import {
  CreateReplay,
  ratePerSecondDefault,
  type Replay as ReplayJson,
  Replay as ReplaySchema,
  ReplayCount,
  ReplayParams,
  StartedReplay,
} from '#contract/replays.ts';
import { ref } from '#contract/schema.ts';
import { TenantParams } from '#contract/tenants.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { fieldFault } from '#core/fault.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Replay, ReplayTerms } from '#core/replay.ts';
import { formatTime } from '#lib/rfc3339.ts';
import type { HttpDeps } from '../deps.ts';
import { type AdminApp, readTime } from './app.ts';
import { describe } from './describe.ts';

const tag = 'Replays';
const oneFaults = ['tenant_not_found', 'replay_not_found'] as const;

export function mountReplays(app: AdminApp, { backend }: HttpDeps): void {
  app.post(
    '/tenants/:tenant/replays',
    {
      schema: {
        ...describe({
          id: 'createReplay',
          tag,
          summary: 'Deliver many again',
          description: 'Durable and paced: it goes on after a restart. With `dryRun` it only counts.',
          answers: {
            200: { description: 'The count of a dry run.', schema: ReplayCount },
            202: { description: 'It has begun.', schema: StartedReplay },
          },
          faults: ['tenant_not_found', 'endpoint_not_found'],
          hasBody: true,
        }),
        params: TenantParams,
        body: ref(CreateReplay),
      },
    },
    async ({ params, body }, reply) => {
      const wanted = readReplay(params.tenant, body);
      if (body.dryRun === true) {
        return reply
          .code(200)
          .send({ total: await backend.run('countReplay', wanted) } satisfies ReplayCount);
      }
      const { id, total } = await backend.run('createReplay', wanted);
      return reply.code(202).send({ id, total } satisfies StartedReplay);
    },
  );

  app.get(
    '/tenants/:tenant/replays/:id',
    {
      schema: {
        ...describe({
          id: 'getReplay',
          tag,
          summary: 'Show how far a replay has come',
          answers: { 200: { description: 'The replay.', schema: ReplaySchema } },
          faults: oneFaults,
        }),
        params: ReplayParams,
      },
    },
    async ({ params }) => {
      const tenant = params.tenant as TenantId;
      return toJson(await backend.run('getReplay', { tenant, id: params.id }));
    },
  );

  app.delete(
    '/tenants/:tenant/replays/:id',
    {
      schema: {
        ...describe({
          id: 'stopReplay',
          tag,
          summary: 'Stop a replay',
          description: 'What it has ordered stays ordered.',
          answers: { 204: { description: 'It does not run any more.' } },
          faults: oneFaults,
        }),
        params: ReplayParams,
      },
    },
    async ({ params }, reply) => {
      const tenant = params.tenant as TenantId;
      await backend.run('stopReplay', { tenant, id: params.id });
      return reply.code(204).send();
    },
  );
}

function readReplay(tenant: string, body: CreateReplay): ReplayTerms {
  const since = readTime(body.since);
  const until = readTime(body.until);
  if (until <= since) throw fieldFault('until', 'must be later than since');
  return {
    tenant: tenant as TenantId,
    mode: body.mode ?? null,
    endpoint: (body.endpoint as EndpointId | undefined) ?? null,
    states: [...new Set(body.states)],
    eventTypes: body.eventTypes ?? null,
    since,
    until,
    ratePerSecond: body.ratePerSecond ?? ratePerSecondDefault,
  };
}

function toJson(replay: Replay): ReplayJson {
  const { id, mode, endpoint, states, eventTypes, ratePerSecond, total, done, state } = replay;
  return {
    id,
    mode,
    endpoint,
    states: [...states],
    eventTypes: eventTypes === null ? null : [...eventTypes],
    since: formatTime(replay.since),
    until: formatTime(replay.until),
    ratePerSecond,
    total,
    done,
    state,
    createdAt: formatTime(replay.createdAt),
  };
}
