// Events as rows: for the records and for the claims of deliveries. Read by hand, not by a format: claims read many.
import type { Event, EventHead, ListedEvent } from '#core/event.ts';
import type { Metadata, Mode, TenantId } from '#core/tenant.ts';
import { columnList, parseJson, type Sql } from '../sql.ts';

/** How ids of events and ordering keys are stored, which may hold any text. */
export interface StoredText {
  readonly toStored: (text: string) => string;
  readonly fromStored: (text: string) => string;
}

export interface EventRow {
  readonly seq: number;
  /** As it is stored, like the ordering key. */
  readonly id: string;
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly type: string;
  readonly ordering_key: string | null;
  readonly occurred_at: number;
  readonly created_at: number;
  readonly traceparent: string | null;
  readonly metadata: string | null;
  readonly number: number | null;
  readonly deliveries: number;
  /** Null for none, and in events of older versions. */
  readonly filtered: number | null;
  readonly payload: Uint8Array;
}

// prettier-ignore
const columns: readonly (keyof EventRow)[] = [
  'seq', 'id', 'tenant', 'mode', 'type', 'ordering_key', 'occurred_at', 'created_at', 'traceparent', 'metadata',
  'number', 'deliveries', 'filtered', 'payload',
];

/** The same without the payload, which may be large. */
export function eventHeadColumns(table: string): Sql {
  return columnList(
    columns.filter((name) => name !== 'payload'),
    table,
  );
}

/** The columns of an event in the table of this name. */
export function eventColumns(table: string): Sql {
  return columnList(columns, table);
}

export function readEvent(row: EventRow, text: StoredText): Event {
  return { ...readEventHead(row, text), payload: row.payload };
}

export function readEventHead(row: Omit<EventRow, 'payload'>, { fromStored }: StoredText): EventHead {
  return {
    seq: row.seq,
    id: fromStored(row.id),
    tenant: row.tenant,
    mode: row.mode,
    type: row.type,
    orderingKey: row.ordering_key === null ? null : fromStored(row.ordering_key),
    occurredAt: row.occurred_at,
    createdAt: row.created_at,
    traceparent: row.traceparent,
    metadata: row.metadata === null ? noMetadata : parseJson(row.metadata),
    number: row.number,
  };
}

export function readListedEvent(row: Omit<EventRow, 'payload'>, text: StoredText): ListedEvent {
  return { event: readEventHead(row, text), deliveries: row.deliveries, filtered: row.filtered ?? 0 };
}

const noMetadata: Metadata = {};

/** Null for none: publishing writes it for each event. */
export function writeMetadata(metadata: Metadata): string | null {
  return Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata);
}
