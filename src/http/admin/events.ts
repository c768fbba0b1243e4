// Events in and out. Publishing is the hot path of the whole server: nothing is done here for one request
// that can be done once.
import {
  type BatchEvent,
  type Event as EventJson,
  EventPage,
  EventParams,
  EventQuery,
  EventWithPayload,
  ModeQuery,
  PublishBatch,
  PublishedBatch,
  type PublishedEvent as PublishedJson,
  PublishedEvent as PublishedSchema,
  PublishEvent as PublishSchema,
} from '#contract/events.ts';
import { type JsonValue, ref } from '#contract/schema.ts';
import { TenantParams } from '#contract/tenants.ts';
import type { PublishEvent } from '#core/commands.ts';
import type { PublishedEvent, StoredEvent } from '#core/event.ts';
import { fieldFault } from '#core/fault.ts';
import type { TenantId } from '#core/tenant.ts';
import { formatTime } from '#lib/rfc3339.ts';
import type { HttpDeps } from '../deps.ts';
import { type AdminApp, pageRequest, readTime, scopeOf, toPage } from './app.ts';
import { describe } from './describe.ts';

const tag = 'Events';
const publishFaults = [
  'tenant_not_found',
  'event_type_unknown',
  'payload_refused',
  'event_id_reused',
  'overloaded',
] as const;

/** A payload may be written with more space than it is kept with. */
const payloadBytesMin = 1024 * 1024;
/** For what stands around the payload. */
const envelopeBytes = 16 * 1024;

const replayedHeader = {
  'idempotent-replayed': {
    type: 'string',
    description: '`true` when all of it had been published before; absent otherwise.',
  },
};

/** The form of `traceparent` in W3C Trace Context; the version `ff` and ids of zeros alone are invalid. */
const traceparentPattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

export function mountEvents(app: AdminApp, deps: HttpDeps): void {
  mountPublish(app, deps);
  mountPublishBatch(app, deps);
  mountReading(app, deps);
}

function mountPublish(app: AdminApp, { publisher, limits }: HttpDeps): void {
  app.post(
    '/tenants/:tenant/events',
    {
      bodyLimit: Math.max(limits.payloadBytesMax, payloadBytesMin) + envelopeBytes,
      schema: {
        ...describe({
          id: 'publishEvent',
          tag,
          summary: 'Publish an event',
          description:
            'Answered when the event and all its deliveries are on disk. Publishing the same again, by id, answers the first result.',
          answers: {
            202: { description: 'It is published.', schema: PublishedSchema, headers: replayedHeader },
          },
          faults: publishFaults,
          hasBody: true,
        }),
        params: TenantParams,
        body: ref(PublishSchema),
      },
    },
    async ({ params, body, headers }, reply) => {
      const context = { traceparent: readTraceparent(headers['traceparent']) };
      const [published] = await publisher.publish(params.tenant as TenantId, [toEvent(body)], context);
      if (published === undefined) throw new Error('a publication of one event led to none');
      if (published.isReplayed) reply.header('idempotent-replayed', 'true');
      return reply.code(202).send(publishedToJson(published));
    },
  );
}

function mountPublishBatch(app: AdminApp, { publisher, limits }: HttpDeps): void {
  app.post(
    '/tenants/:tenant/events/batch',
    {
      bodyLimit: limits.batchBytesMax,
      schema: {
        ...describe({
          id: 'publishBatch',
          tag,
          summary: 'Publish many events',
          description: `All or none, at most ${limits.batchEventsMax}.`,
          answers: {
            202: { description: 'All are published.', schema: PublishedBatch, headers: replayedHeader },
          },
          faults: publishFaults,
          hasBody: true,
        }),
        params: TenantParams,
        body: ref(PublishBatch),
      },
    },
    async ({ params, body, headers }, reply) => {
      if (body.events.length > limits.batchEventsMax) {
        throw fieldFault('events', `must have at most ${limits.batchEventsMax} entries`);
      }
      const context = { traceparent: readTraceparent(headers['traceparent']) };
      const published = await publisher.publish(params.tenant as TenantId, body.events.map(toEvent), context);
      if (published.every(({ isReplayed }) => isReplayed)) reply.header('idempotent-replayed', 'true');
      return reply.code(202).send({ events: published.map(toBatchJson) } satisfies PublishedBatch);
    },
  );
}

function mountReading(app: AdminApp, { backend }: HttpDeps): void {
  app.get(
    '/tenants/:tenant/events',
    {
      schema: {
        ...describe({
          id: 'listEvents',
          tag,
          summary: 'List the events of a tenant',
          answers: { 200: { description: 'A page of events, without their payloads.', schema: EventPage } },
          faults: ['tenant_not_found', 'cursor_invalid'],
        }),
        params: TenantParams,
        querystring: EventQuery,
      },
    },
    async ({ params, query }) => {
      const scope = scopeOf(params.tenant, query.mode);
      return toPage(await backend.run('listEvents', { ...scope, ...pageRequest(query) }), toJson);
    },
  );

  app.get(
    '/tenants/:tenant/events/:id',
    {
      schema: {
        ...describe({
          id: 'getEvent',
          tag,
          summary: 'Show an event with its payload',
          description:
            'Where both modes have an event of this id: the live one, unless `mode` says otherwise.',
          answers: { 200: { description: 'The event.', schema: EventWithPayload } },
          faults: ['tenant_not_found', 'event_not_found'],
        }),
        params: EventParams,
        querystring: ModeQuery,
      },
    },
    async ({ params, query }) => {
      const scope = scopeOf(params.tenant, query.mode);
      const logged = await backend.run('getEvent', { ...scope, id: params.id });
      const payload = JSON.parse(Buffer.from(logged.event.payload).toString()) as JsonValue;
      return { ...toJson(logged), payload } satisfies EventWithPayload;
    },
  );
}

function toEvent({ occurredAt, ...rest }: PublishSchema): PublishEvent {
  return occurredAt === undefined ? rest : { ...rest, occurredAt: readTime(occurredAt) };
}

/** Null also for what isn't well-formed: a broken trace is no reason to refuse an event. */
function readTraceparent(header: string | readonly string[] | undefined): string | null {
  return typeof header === 'string' && traceparentPattern.test(header) ? header : null;
}

export function publishedToJson({ id, type, mode, deliveries, createdAt }: PublishedEvent): PublishedJson {
  return { id, type, mode, deliveries, createdAt: formatTime(createdAt) };
}

function toBatchJson(published: PublishedEvent): BatchEvent {
  return { ...publishedToJson(published), replayed: published.isReplayed };
}

function toJson({ event, deliveries }: StoredEvent): EventJson {
  return {
    id: event.id,
    type: event.type,
    mode: event.mode,
    deliveries,
    createdAt: formatTime(event.createdAt),
    orderingKey: event.orderingKey,
    occurredAt: formatTime(event.occurredAt),
  };
}
