import {
  type Attempt as AttemptJson,
  type Delivery as DeliveryJson,
  Delivery as DeliverySchema,
  DeliveryPage,
  DeliveryParams,
  DeliveryQuery,
  DeliveryWithAttempts,
} from '#contract/deliveries.ts';
import { TenantParams } from '#contract/tenants.ts';
import type { Attempt } from '#core/attempt.ts';
import type { DeliveryFilter } from '#core/commands.ts';
import { type Delivery, type DeliveryId, parkedUntil } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { formatTime } from '#lib/rfc3339.ts';
import type { HttpDeps } from '../deps.ts';
import { type AdminApp, optional, pageRequest, readTime, scopeOf, toPage } from './app.ts';
import { describe } from './describe.ts';

const tag = 'Deliveries';
const oneFaults = ['tenant_not_found', 'delivery_not_found'] as const;

export function mountDeliveries(app: AdminApp, { backend }: HttpDeps): void {
  app.get(
    '/tenants/:tenant/deliveries',
    {
      schema: {
        ...describe({
          id: 'listDeliveries',
          tag,
          summary: 'List the deliveries of a tenant',
          answers: { 200: { description: 'A page of deliveries.', schema: DeliveryPage } },
          faults: ['tenant_not_found', 'cursor_invalid'],
        }),
        params: TenantParams,
        querystring: DeliveryQuery,
      },
    },
    async ({ params, query }) => {
      const scope = scopeOf(params.tenant, query.mode);
      const page = pageRequest(query);
      return toPage(
        await backend.run('listDeliveries', { ...scope, filter: readFilter(query), ...page }),
        toJson,
      );
    },
  );

  app.get(
    '/tenants/:tenant/deliveries/:id',
    {
      schema: {
        ...describe({
          id: 'getDelivery',
          tag,
          summary: 'Show a delivery with its attempts',
          answers: { 200: { description: 'The delivery.', schema: DeliveryWithAttempts } },
          faults: oneFaults,
        }),
        params: DeliveryParams,
      },
    },
    async ({ params }) => {
      const scope = scopeOf(params.tenant);
      const { delivery, attempts } = await backend.run('getDelivery', {
        ...scope,
        id: params.id as DeliveryId,
      });
      return { ...toJson(delivery), attempts: attempts.map(attemptToJson) } satisfies DeliveryWithAttempts;
    },
  );

  app.post(
    '/tenants/:tenant/deliveries/:id/redeliver',
    {
      schema: {
        ...describe({
          id: 'redeliver',
          tag,
          summary: 'Order one more attempt now',
          answers: { 202: { description: 'The delivery as it is now.', schema: DeliverySchema } },
          faults: oneFaults,
        }),
        params: DeliveryParams,
      },
    },
    async ({ params }, reply) => {
      const scope = scopeOf(params.tenant);
      const delivery = await backend.run('redeliver', { ...scope, id: params.id as DeliveryId });
      return reply.code(202).send(toJson(delivery));
    },
  );
}

function readFilter({ state, endpoint, event, type, since, until }: DeliveryQuery): DeliveryFilter {
  return {
    ...optional('state', state),
    ...optional('endpoint', endpoint as EndpointId | undefined),
    ...optional('event', event),
    ...optional('eventType', type),
    ...(since === undefined ? {} : { since: readTime(since) }),
    ...(until === undefined ? {} : { until: readTime(until) }),
  };
}

function toJson(delivery: Delivery): DeliveryJson {
  const { id, endpoint, event, eventType, mode, state, attempts, orderingKey, dueAt, endedAt } = delivery;
  return {
    id,
    endpoint,
    event,
    eventType,
    mode,
    state,
    attemptCount: attempts,
    orderingKey,
    // A parked delivery has no time: it waits for another.
    dueAt: dueAt === null || dueAt === parkedUntil ? null : formatTime(dueAt),
    createdAt: formatTime(delivery.createdAt),
    endedAt: endedAt === null ? null : formatTime(endedAt),
  };
}

const utf8 = new TextDecoder();

function attemptToJson(attempt: Attempt): AttemptJson {
  const { id, number, startedAt, durationMs, url, outcome, status, error } = attempt;
  return {
    id,
    number,
    startedAt: formatTime(startedAt),
    durationMs,
    url,
    requestHeaders: { ...attempt.requestHeaders },
    outcome,
    status,
    responseHeaders: { ...attempt.responseHeaders },
    responseBody: utf8.decode(attempt.responseBody),
    error: error === null ? null : { code: error.code, message: error.message },
  };
}
