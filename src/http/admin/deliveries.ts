import {
  type Attempt as AttemptJson,
  AttemptPage,
  type Delivery as DeliveryJson,
  Delivery as DeliverySchema,
  DeliveryPage,
  DeliveryQuery,
  DeliveryWithAttempts,
  type DeliveryWithAttempts as ShownJson,
  FindAttemptsQuery,
  FindDeliveriesQuery,
  type FoundAttempt as FoundAttemptJson,
  FoundAttemptPage,
  FoundDeliveryPage,
  RequestBody,
} from '#contract/deliveries.ts';
import { PageQuery } from '#contract/page.ts';
import type { Attempt } from '#core/attempt.ts';
import type { DeliveryFilter, FoundAttempt, ShownDelivery } from '#core/commands.ts';
import { type Delivery, type DeliveryId, parkedUntil } from '#core/delivery.ts';
import { type EndpointId, shownUrl } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import { given } from '#lib/given.ts';
import { formatTime, readTime } from '#lib/rfc3339.ts';
import { type AdminTable, pageRequest, scopeOf, toPage, wideScope } from '../operation.ts';
import { withPayload } from './events.ts';

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
    reply: (page) => toPage(page, deliveryToJson),
  },
  getDelivery: {
    command: 'getDelivery',
    docs: { tag, summary: 'Show a delivery with its payload and its attempts' },
    answers: { 200: { description: 'The delivery.', schema: DeliveryWithAttempts } },
    faults: ['delivery_not_found'],
    parse: ({ params }) => refOf(params),
    // The payload stands in the answer as it was published.
    reply: (shown) => ({
      status: 200,
      text: withPayload(shownToJson(shown), shown.event.payload),
    }),
  },
  findDeliveries: {
    command: 'findDeliveries',
    docs: {
      tag,
      summary: 'Find deliveries of all tenants',
      description:
        'With `code` or `error` of a failure, and without `state`: among those that are not delivered. A delivery whose ' +
        'redelivery failed after it had been delivered is found with `state=delivered`.',
    },
    query: FindDeliveriesQuery,
    answers: { 200: { description: 'A page of deliveries.', schema: FoundDeliveryPage } },
    faults: ['tenant_not_found'],
    parse: ({ query }) => ({ ...wideScope(query), filter: readFilter(query), ...pageRequest(query) }),
    reply: (page) => toPage(page, (delivery) => ({ tenant: delivery.tenant, ...deliveryToJson(delivery) })),
  },
  findAttempts: {
    command: 'findAttempts',
    docs: {
      tag,
      summary: 'Find attempts of all tenants',
      description:
        'A page reads a bounded number of attempts: it may have few entries, or none, and still a `nextCursor`.',
    },
    query: FindAttemptsQuery,
    answers: { 200: { description: 'A page of attempts.', schema: FoundAttemptPage } },
    faults: ['tenant_not_found'],
    parse: ({ query }) => ({
      ...wideScope(query),
      filter: { ...readFilter(query), ...given({ outcome: query.outcome }) },
      ...pageRequest(query),
    }),
    reply: (page) => toPage(page, foundAttemptToJson),
  },
  getRequestBody: {
    command: 'getRequestBody',
    docs: { tag, summary: 'Show the body that a delivery sends' },
    answers: { 200: { description: 'The body.', schema: RequestBody } },
    faults: ['delivery_not_found', 'endpoint_not_found'],
    parse: ({ params }) => refOf(params),
    reply: (body) => ({ status: 200, body: { body: utf8.decode(body) } }),
  },
  listDeliveryAttempts: {
    command: 'listDeliveryAttempts',
    docs: { tag, summary: 'List the attempts of a delivery' },
    query: PageQuery,
    answers: { 200: { description: 'A page of attempts.', schema: AttemptPage } },
    faults: ['delivery_not_found'],
    parse: ({ params, query }) => ({ ...refOf(params), ...pageRequest(query) }),
    reply: (page) => toPage(page, attemptToJson),
  },
  redeliver: {
    command: 'redeliver',
    docs: { tag, summary: 'Make one more attempt now' },
    answers: { 202: { description: 'The delivery as it is now.', schema: DeliverySchema } },
    faults: ['delivery_not_found', 'redelivery_limit_reached'],
    parse: ({ params }) => refOf(params),
    reply: (delivery) => ({ status: 202, body: deliveryToJson(delivery) }),
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
    reply: (delivery) => ({ status: 200, body: deliveryToJson(delivery) }),
  },
} satisfies Partial<AdminTable>;

function refOf(params: { readonly tenant: TenantId; readonly id: string }) {
  return { ...scopeOf(params), id: params.id as DeliveryId };
}

/** Of both queries. */
type FilterQuery = Omit<DeliveryQuery & FindAttemptsQuery, 'tenant' | 'outcome' | 'mode'>;

function readFilter(query: FilterQuery): DeliveryFilter {
  const { state, endpoint, event, type, code, error, wireId, since, until } = query;
  return given({
    state,
    endpoint: endpoint as EndpointId | undefined,
    event,
    eventType: type,
    status: code === undefined ? undefined : readCode(code),
    error,
    wireId,
    since: since === undefined ? undefined : readTime(since),
    until: until === undefined ? undefined : readTime(until),
  });
}

/** `503` or `5xx`. */
function readCode(code: string): { readonly from: number; readonly to: number } {
  const [from, to] = [code.replace('xx', '00'), code.replace('xx', '99')].map(Number);
  return { from: from ?? 0, to: to ?? 0 };
}

export function deliveryToJson(delivery: Delivery): DeliveryJson {
  const { id, endpoint, event, eventType, mode, state, attempts, orderingKey, isInFlight, dueAt, endedAt } =
    delivery;
  const { lastAttempt } = delivery;
  return {
    id,
    endpoint,
    event,
    eventType,
    mode,
    state,
    attemptCount: attempts,
    lastAttemptAt: lastAttempt === null ? null : formatTime(lastAttempt.startedAt),
    lastStatus: lastAttempt?.status ?? null,
    lastError: lastAttempt?.error ?? null,
    orderingKey,
    inFlight: isInFlight,
    // A parked delivery has no time of its own: it waits for another one.
    dueAt: dueAt === null || dueAt === parkedUntil ? null : formatTime(dueAt),
    createdAt: formatTime(delivery.createdAt),
    endedAt: endedAt === null ? null : formatTime(endedAt),
    note: delivery.note,
  };
}

function shownToJson(shown: ShownDelivery): Omit<ShownJson, 'payload'> {
  const { delivery, endpoint, attemptsMax, attempts } = shown;
  return {
    ...deliveryToJson(delivery),
    url: shownUrl(endpoint?.url ?? ''),
    attemptsMax,
    waitsFor: waitsFor(shown),
    attempts: attempts.map(attemptToJson),
  };
}

function waitsFor({ delivery, endpoint, behind }: ShownDelivery): ShownJson['waitsFor'] {
  const nothing = { disabledReason: null, since: null, delivery: null };
  if (delivery.state === 'held' && endpoint !== null) {
    const { disabledReason, disabledAt } = endpoint;
    const since = disabledAt === null ? null : formatTime(disabledAt);
    return { ...nothing, reason: 'endpoint_disabled', disabledReason, since };
  }
  return behind === null ? null : { ...nothing, reason: 'ordering_key', delivery: behind };
}

const utf8 = new TextDecoder();

function attemptToJson(attempt: Attempt): AttemptJson {
  return {
    ...headToJson(attempt),
    requestHeaders: { ...attempt.requestHeaders },
    responseHeaders: { ...attempt.responseHeaders },
    responseBody: utf8.decode(attempt.responseBody),
  };
}

export function foundAttemptToJson(found: FoundAttempt): FoundAttemptJson {
  const { tenant, mode, endpoint, delivery, event, eventType } = found;
  return { tenant, mode, endpoint, delivery, event, eventType, ...headToJson(found) };
}

/** What all attempts have. */
type Head = Pick<
  Attempt,
  'id' | 'number' | 'trigger' | 'startedAt' | 'durationMs' | 'url' | 'outcome' | 'status' | 'error'
>;

function headToJson({ id, number, trigger, startedAt, durationMs, url, outcome, status, error }: Head) {
  return {
    id,
    number,
    trigger,
    startedAt: formatTime(startedAt),
    durationMs,
    url: shownUrl(url),
    outcome,
    status,
    error: error === null ? null : { code: error.code, message: error.message },
  };
}
