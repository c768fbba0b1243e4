import {
  type Attempt as AttemptJson,
  type Delivery as DeliveryJson,
  Delivery as DeliverySchema,
  DeliveryPage,
  DeliveryQuery,
  DeliveryWithAttempts,
} from '#contract/deliveries.ts';
import type { Attempt } from '#core/attempt.ts';
import type { DeliveryFilter } from '#core/commands.ts';
import { type Delivery, type DeliveryId, parkedUntil } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import { given } from '#lib/given.ts';
import { formatTime, readTime } from '#lib/rfc3339.ts';
import { type AdminTable, pageRequest, scopeOf, toPage } from '../operation.ts';

const tag = 'Deliveries';

export const deliveries = {
  listDeliveries: {
    command: 'listDeliveries',
    docs: { tag, summary: 'List the deliveries of a tenant' },
    query: DeliveryQuery,
    answers: { 200: { description: 'A page of deliveries.', schema: DeliveryPage } },
    parse: ({ params, query }) => ({
      ...scopeOf(params, query.mode),
      filter: readFilter(query),
      ...pageRequest(query),
    }),
    reply: (page) => toPage(page, toJson),
  },
  getDelivery: {
    command: 'getDelivery',
    docs: { tag, summary: 'Show a delivery with its attempts' },
    answers: { 200: { description: 'The delivery.', schema: DeliveryWithAttempts } },
    faults: ['delivery_not_found'],
    parse: ({ params }) => refOf(params),
    reply: ({ delivery, attempts }) => ({
      status: 200,
      body: { ...toJson(delivery), attempts: attempts.map(attemptToJson) },
    }),
  },
  redeliver: {
    command: 'redeliver',
    docs: { tag, summary: 'Make one more attempt now' },
    answers: { 202: { description: 'The delivery as it is now.', schema: DeliverySchema } },
    faults: ['delivery_not_found'],
    parse: ({ params }) => refOf(params),
    reply: (delivery) => ({ status: 202, body: toJson(delivery) }),
  },
  cancelDelivery: {
    command: 'cancelDelivery',
    docs: {
      tag,
      summary: 'Cancel a delivery',
      description:
        'The next one with its ordering key is due. The result of a request under way is not recorded. A delivery that ' +
        'has ended stays as it is.',
    },
    answers: { 200: { description: 'The delivery as it is now.', schema: DeliverySchema } },
    faults: ['delivery_not_found'],
    parse: ({ params }) => refOf(params),
    reply: (delivery) => ({ status: 200, body: toJson(delivery) }),
  },
} satisfies Partial<AdminTable>;

function refOf(params: { readonly tenant: TenantId; readonly id: string }) {
  return { ...scopeOf(params), id: params.id as DeliveryId };
}

function readFilter({ state, endpoint, event, type, since, until }: DeliveryQuery): DeliveryFilter {
  return given({
    state,
    endpoint: endpoint as EndpointId | undefined,
    event,
    eventType: type,
    since: since === undefined ? undefined : readTime(since),
    until: until === undefined ? undefined : readTime(until),
  });
}

function toJson(delivery: Delivery): DeliveryJson {
  const { id, endpoint, event, eventType, mode, state, attempts, orderingKey, isInFlight, dueAt, endedAt } =
    delivery;
  return {
    id,
    endpoint,
    event,
    eventType,
    mode,
    state,
    attemptCount: attempts,
    orderingKey,
    inFlight: isInFlight,
    // A parked delivery has no time of its own: it waits for another one.
    dueAt: dueAt === null || dueAt === parkedUntil ? null : formatTime(dueAt),
    createdAt: formatTime(delivery.createdAt),
    endedAt: endedAt === null ? null : formatTime(endedAt),
  };
}

const utf8 = new TextDecoder();

function attemptToJson(attempt: Attempt): AttemptJson {
  const { id, number, trigger, startedAt, durationMs, url, outcome, status, error } = attempt;
  return {
    id,
    number,
    trigger,
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
