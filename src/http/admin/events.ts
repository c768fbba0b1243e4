// Events in and out. Publishing is the hot path of the server: what can be done once is not done per request.
import type { IncomingHttpHeaders } from 'node:http';
import { Type } from 'typebox';
import {
  type BatchEvent,
  type Event as EventJson,
  EventPage,
  EventQuery,
  EventWithPayload,
  idempotencyKey,
  ModeQuery,
  PublishBatch,
  PublishedBatch,
  type PublishedEvent as PublishedJson,
  PublishedEvent as PublishedSchema,
  PublishEvent as PublishSchema,
} from '#contract/events.ts';
import type { EventFilter, PublishEvent } from '#core/commands.ts';
import type { ListedEvent, PublishedEvent } from '#core/event.ts';
import type { Limits } from '#core/limits.ts';
import { readParameters } from '#input/query.ts';
import { compile } from '#input/schema.ts';
import { given } from '#lib/given.ts';
import { documentSpan, itemSpans, memberSpans, type Span } from '#lib/json-source.ts';
import { formatTime, readTime } from '#lib/rfc3339.ts';
import { type AdminTable, pageRequest, scopeOf, toPage } from '../operation.ts';

const tag = 'Events';
const publishFaults = [
  'event_type_unknown',
  'payload_refused',
  'payload_invalid',
  'event_id_reused',
  'overloaded',
] as const;

/** A larger payload than the limit is read, too, so that the refusal can say how large it is. */
const payloadBytesMin = 1024 * 1024;
/** For what stands around the payload. */
const envelopeBytes = 16 * 1024;

const replayedHeaders = {
  'idempotent-replayed': {
    type: 'string',
    description: '`true` when all of it had been published before; absent otherwise.',
  },
};
const replayed = { 'idempotent-replayed': 'true' };

export const events = ({ payloadBytesMax, batchBytesMax, batchEventsMax }: Limits) =>
  ({
    publishEvent: {
      command: 'publish',
      docs: {
        tag,
        summary: 'Publish an event',
        description:
          'Answered when the event and all its deliveries are on disk. Publishing the same again, by id, answers the first result.',
      },
      body: PublishSchema,
      bodyBytesMax: Math.max(payloadBytesMax, payloadBytesMin) + envelopeBytes,
      answers: {
        202: { description: 'It is published.', schema: PublishedSchema, headers: replayedHeaders },
      },
      faults: publishFaults,
      headers: { 'idempotency-key': idempotencyKey },
      parse: ({ params: { tenant }, body, headers, rawBody }) => {
        const key = readIdempotencyKey(headers);
        return {
          tenant,
          events: [{ ...given({ id: key }), ...toEvent(body, sourceOf(rawBody, documentSpan(rawBody))) }],
          traceparent: readTraceparent(headers),
        };
      },
      reply: ([published]) => {
        if (published === undefined) throw new Error('a publication of one event led to none');
        const body = publishedToJson(published);
        return published.isReplayed ? { status: 202, body, headers: replayed } : { status: 202, body };
      },
    },
    publishBatch: {
      command: 'publish',
      docs: { tag, summary: 'Publish many events', description: `All or none, at most ${batchEventsMax}.` },
      body: PublishBatch,
      bodyBytesMax: batchBytesMax,
      answers: {
        202: { description: 'All are published.', schema: PublishedBatch, headers: replayedHeaders },
      },
      faults: publishFaults,
      headers: { 'idempotency-key': idempotencyKey },
      parse: ({ params: { tenant }, body, headers, rawBody }) => {
        const events = readBatch(body, rawBody, readIdempotencyKey(headers));
        return { tenant, events, traceparent: readTraceparent(headers) };
      },
      reply: (published) => ({
        status: 202,
        body: { events: published.map(toBatchJson) },
        ...(published.every(({ isReplayed }) => isReplayed) ? { headers: replayed } : {}),
      }),
    },
    listEvents: {
      command: 'listEvents',
      docs: {
        tag,
        summary: 'List the events of a tenant',
        description:
          'With a filter, a page reads a bounded number of events: it may have few entries, or none, and still a ' +
          '`nextCursor`.',
      },
      query: EventQuery,
      answers: { 200: { description: 'A page of events, without their payloads.', schema: EventPage } },
      parse: ({ params, query }) => ({
        ...scopeOf(params, query.mode),
        ...pageRequest(query),
        filter: readFilter(query),
      }),
      reply: (page) => toPage(page, eventToJson),
    },
    getEvent: {
      command: 'getEvent',
      docs: {
        tag,
        summary: 'Show an event with its payload',
        description: 'Where both modes have an event of this id: the live one, unless `mode` says otherwise.',
      },
      query: ModeQuery,
      answers: { 200: { description: 'The event.', schema: EventWithPayload } },
      faults: ['event_not_found'],
      parse: ({ params, query }) => ({ ...scopeOf(params, query.mode), id: params.id }),
      // The payload stands in the answer as it was published.
      reply: (stored) => ({ status: 200, text: withPayload(eventToJson(stored), stored.event.payload) }),
    },
  }) satisfies Partial<AdminTable>;

function readFilter({ type, orderingKey, since, until, withoutDeliveries }: EventQuery): EventFilter {
  return given({
    type,
    orderingKey,
    since: since === undefined ? undefined : readTime(since),
    until: until === undefined ? undefined : readTime(until),
    isWithoutDeliveries: withoutDeliveries,
  });
}

/** The events of a batch that is valid. `key` makes the ids of those that have none. */
export function readBatch(body: PublishBatch, rawBody: Buffer, key?: string): readonly PublishEvent[] {
  const written = memberSpans(rawBody, documentSpan(rawBody)).get('events');
  const sources = written === undefined ? [] : itemSpans(rawBody, written);
  return body.events.map((event, index) => ({
    ...given({ id: key === undefined ? undefined : `${key}:${index}` }),
    ...toEvent(event, sourceOf(rawBody, sources[index])),
  }));
}

function toEvent({ occurredAt, ...rest }: PublishSchema, source: Uint8Array): PublishEvent {
  return { ...rest, source, ...(occurredAt === undefined ? {} : { occurredAt: readTime(occurredAt) }) };
}

/** The payload of an event as it is written in the body. A copy: a view would be cloned with all that it is a view on. */
function sourceOf(rawBody: Buffer, event: Span | undefined): Uint8Array {
  const payload = event === undefined ? undefined : memberSpans(rawBody, event).get('payload');
  if (payload === undefined) throw new Error('a validated event has no payload');
  return new Uint8Array(rawBody.subarray(payload.start, payload.end));
}

const checkKey = compile('idempotency key', Type.Object({ 'idempotency-key': idempotencyKey }));

/** As a string of a structured field (RFC 9651), as the draft of the header says, or as it is. */
function readIdempotencyKey(headers: IncomingHttpHeaders): string | undefined {
  const text = headers['idempotency-key'];
  if (text === undefined) return undefined;
  const key = [text].flat().join(', ').trim();
  const bare = /^"(.*)"$/.exec(key)?.[1] ?? key;
  return readParameters({ 'idempotency-key': bare }, checkKey)['idempotency-key'];
}

/** The form of `traceparent` in W3C Trace Context; the version `ff` and ids of zeros alone are invalid. */
const traceparentPattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Null for an invalid one: a broken trace is no reason to refuse an event. */
function readTraceparent({ traceparent }: IncomingHttpHeaders): string | null {
  return typeof traceparent === 'string' && traceparentPattern.test(traceparent) ? traceparent : null;
}

/** The text of an object with the bytes of a payload as its last member. */
export function withPayload(members: object, payload: Uint8Array): string {
  return `${JSON.stringify(members).slice(0, -1)},"payload":${Buffer.from(payload).toString()}}`;
}

export function publishedToJson(published: PublishedEvent): PublishedJson {
  const { id, type, mode, deliveries, filtered, createdAt, unsent } = published;
  return { id, type, mode, deliveries, filtered, createdAt: formatTime(createdAt), unsent };
}

function toBatchJson(published: PublishedEvent): BatchEvent {
  return { ...publishedToJson(published), replayed: published.isReplayed };
}

export function eventToJson({ event, deliveries, filtered }: ListedEvent): EventJson {
  return {
    id: event.id,
    type: event.type,
    mode: event.mode,
    deliveries,
    filtered,
    createdAt: formatTime(event.createdAt),
    orderingKey: event.orderingKey,
    occurredAt: formatTime(event.occurredAt),
    metadata: event.metadata,
  };
}
