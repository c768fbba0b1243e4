// The event catalogue.
import {
  type EventType as EventTypeJson,
  EventType as EventTypeSchema,
  EventTypePage,
  EventTypeQuery,
  EventTypesDocument,
  EventTypesQuery,
  SetEventType,
} from '#contract/event-types.ts';
import type { CatalogueEntry, EventTypeContent } from '#core/catalogue.ts';
import { formatTime } from '#lib/rfc3339.ts';
import { describeCatalogue } from '../catalogue-document.ts';
import { type AdminTable, pageRequest, toPage } from '../operation.ts';

const tag = 'Event types';

export const eventTypes = (version: string) =>
  ({
    setEventType: {
      command: 'setCatalogueEntry',
      docs: {
        tag,
        summary: 'Create or replace an event type',
        description:
          'In the catalogue of the operator, for all tenants of the dialect `standard`. The same again changes nothing.',
      },
      body: SetEventType,
      answers: { 200: { description: 'The event type as it is now.', schema: EventTypeSchema } },
      faults: ['event_type_limit_reached'],
      parse: ({ params: { name }, body }) => toContent(name, body),
      reply: (type) => ({ status: 200, body: toJson(type) }),
    },
    listEventTypes: {
      command: 'listEventTypes',
      docs: {
        tag,
        summary: 'List the event types of a catalogue',
        description: "The operator's own, or with `dialect` that of a platform.",
      },
      query: EventTypesQuery,
      answers: { 200: { description: 'A page of event types.', schema: EventTypePage } },
      faults: ['dialect_unknown'],
      parse: ({ query }) => ({ dialect: query.dialect ?? null, ...pageRequest(query) }),
      reply: (page) => toPage(page, toJson),
    },
    getEventType: {
      command: 'getEventType',
      docs: { tag, summary: 'Show an event type' },
      query: EventTypeQuery,
      answers: { 200: { description: 'The event type.', schema: EventTypeSchema } },
      faults: ['dialect_unknown', 'event_type_not_found'],
      parse: ({ params: { name }, query }) => ({ name, dialect: query.dialect ?? null }),
      reply: (type) => ({ status: 200, body: toJson(type) }),
    },
    removeEventType: {
      command: 'removeCatalogueEntry',
      docs: {
        tag,
        summary: 'Remove an event type',
        description: 'From the catalogue alone: endpoints and what was published stay as they are.',
      },
      answers: { 204: { description: 'It is removed.' } },
      faults: ['event_type_not_found'],
      parse: ({ params: { name } }) => ({ name }),
      reply: () => ({ status: 204 }),
    },
    exportEventTypes: {
      command: 'readWholeCatalogue',
      docs: { tag, summary: 'Read a catalogue as an OpenAPI document' },
      query: EventTypeQuery,
      answers: { 200: { description: 'The document.', schema: EventTypesDocument } },
      faults: ['dialect_unknown'],
      parse: ({ query }) => ({ dialect: query.dialect ?? null }),
      reply: (types) => ({ status: 200, body: describeCatalogue(types, version) }),
    },
  }) satisfies Partial<AdminTable>;

function toContent(name: string, body: SetEventType): EventTypeContent {
  const { groupName = null, description = null, schema = null, examples = [], deprecated = false } = body;
  return { name, groupName, description, schema, examples, deprecated };
}

function toJson(entry: CatalogueEntry): EventTypeJson {
  const { name, dialect, groupName, description, schema, examples, deprecated, version } = entry;
  return {
    name,
    dialect,
    groupName,
    description,
    schema,
    examples: [...examples],
    deprecated,
    version,
    createdAt: writeTime(entry.createdAt),
    updatedAt: writeTime(entry.updatedAt),
  };
}

function writeTime(ms: number | null): string | null {
  return ms === null ? null : formatTime(ms);
}
