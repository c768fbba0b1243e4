// Events as rows: for the records and for the claims of deliveries.
import type { Event } from '#core/event.ts';
import { columnList, type Sql } from '../sql.ts';
import { defineFormat, plain, type StoredRow } from './fields.ts';

/** How ids of events and ordering keys are stored, which may hold any text. */
export interface StoredText {
  readonly toStored: (text: string) => string;
  readonly fromStored: (text: string) => string;
}

/** The id and the ordering key as they are stored. */
export type EventRow = StoredRow & { readonly seq: number; readonly deliveries: number };

const format = defineFormat<Event>({
  seq: plain(),
  id: plain(),
  tenant: plain(),
  mode: plain(),
  type: plain(),
  orderingKey: plain(),
  occurredAt: plain(),
  createdAt: plain(),
  traceparent: plain(),
  // Last, as in the table: reading the other columns reads none of its pages.
  payload: plain(),
});

/** The columns of an event in the table of this name. */
export function eventColumns(table: string): Sql {
  return columnList([...format.columns, 'deliveries'], table);
}

export function readEvent(row: EventRow, { fromStored }: StoredText): Event {
  const event = format.read(row);
  const { id, orderingKey } = event;
  return { ...event, id: fromStored(id), orderingKey: orderingKey === null ? null : fromStored(orderingKey) };
}
