// The event catalogue: what the operator says of the event types that it publishes, for dialects that leave the types to it.
// Other dialects have the catalogue of their platform.
import type { JsonObject, JsonValue } from '#lib/json.ts';

export interface EventTypeContent {
  readonly name: string;
  /** Under which people find it. */
  readonly groupName: string | null;
  readonly description: string | null;
  /** JSON Schema (draft 2020-12) of the payload; null when it may be anything. */
  readonly schema: JsonObject | null;
  /** Payloads; the first is what a test event sends. */
  readonly examples: readonly JsonValue[];
  /** Still accepted. */
  readonly deprecated: boolean;
}

export interface EventType extends EventTypeContent {
  /** From 1, raised by each change. */
  readonly version: number;
  /** That of the catalogue when the type was last changed: no two contents have the same. */
  readonly revision: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** An event type as it is shown. */
export interface CatalogueEntry extends EventTypeContent {
  readonly dialect: string;
  readonly version: number;
  /** Null in the catalogue of a platform. */
  readonly createdAt: number | null;
  readonly updatedAt: number | null;
}

/** What a publication is checked with, without the schemas. */
export interface CatalogueIndex {
  /** Raised by each change of the catalogue. */
  readonly revision: number;
  readonly types: readonly CatalogueIndexEntry[];
}

export interface CatalogueIndexEntry {
  readonly name: string;
  readonly revision: number;
  readonly hasSchema: boolean;
}

/** Which events are accepted: of any type, of known types, or of known types with payloads that match their schemas. */
export const catalogueRules = ['open', 'known', 'strict'] as const;
export type CatalogueRule = (typeof catalogueRules)[number];

export const catalogueLimits = {
  typesMax: 1000,
  /** Characters of the descriptions, schemas and examples of all types together: an export is one answer. */
  charactersMax: 4 * 1024 * 1024,
  schemaBytesMax: 64 * 1024,
  /** Nested objects and lists. */
  schemaDepthMax: 32,
  examplesMax: 10,
  /** Of all examples of a type together. */
  examplesBytesMax: 64 * 1024,
} as const;
