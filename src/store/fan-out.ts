// Fan-out in pieces: a publication with more deliveries than one commit may write. Its events and a row of `fan_outs` are
// the first commit, and from then on it is certain: what is left is written after a crash too. Then come its deliveries,
// each piece with its progress in one transaction, and the last piece deletes the row. Every store uses it.
import type { EndpointId } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import { slotOf } from '#core/slot.ts';
import { idAfter } from '#lib/ids.ts';
import type { IdSource } from '#lib/ids.ts';
import type { Planned } from './decide.ts';
import type { FanOut, FannedEvent } from './store.ts';
import type { Subscriber } from './targets.ts';

/** Deliveries that publications write in one transaction: 12 to 40 ms on SQLite, for which the others wait. */
export const deliveriesPerCommit = 1000;

/** A fan-out that is not in the table yet; its events have no numbers where the database gives them. */
export type NewFanOut = Omit<FanOut, 'id'>;

/** Plans the deliveries of a publication, with their ids reserved event by event. */
export function planFanOut(planned: readonly Planned[], ids: IdSource, now: number): NewFanOut {
  const lists = new Map<readonly Subscriber[], number>();
  const events = planned.map(({ event, targets }) => {
    const list = lists.get(targets) ?? lists.size;
    lists.set(targets, list);
    const count = targets.length;
    const range = count === 0 ? null : ids.reserve('dlv', now, count, slotOf(event.tenant));
    return fannedEvent(event, list, range);
  });
  return { events, lists: [...lists.keys()].map((targets) => targets.map(({ id }) => id)), written: 0 };
}

function fannedEvent(event: Event, list: number, ids: FannedEvent['ids']): FannedEvent {
  const { seq, tenant, mode, orderingKey } = event;
  return { seq, tenant, mode, orderingKey, list, ids };
}

/** A delivery of a piece. */
export interface PieceRow {
  readonly id: string;
  readonly event: FannedEvent;
  readonly endpoint: EndpointId;
}

/** The next piece, in the order of the events: what the events of an ordering key need. */
export function nextPiece({ events, lists, written }: FanOut, count: number): PieceRow[] {
  const rows: PieceRow[] = [];
  let before = 0;
  for (const event of events) {
    const endpoints = lists[event.list] ?? [];
    for (let nth = Math.max(0, written - before); nth < endpoints.length; nth++) {
      const endpoint = endpoints[nth];
      if (rows.length === count) return rows;
      if (endpoint === undefined || event.ids === null) continue;
      rows.push({ id: idAfter(event.ids.first, nth), event, endpoint });
    }
    before += endpoints.length;
  }
  return rows;
}

/** The fan-out after a piece; null when it was the last one. */
export function afterPiece(fanOut: FanOut, piece: readonly PieceRow[]): FanOut | null {
  const written = fanOut.written + piece.length;
  const total = fanOut.events.reduce((sum, { list }) => sum + (fanOut.lists[list]?.length ?? 0), 0);
  return written < total ? { ...fanOut, written } : null;
}

/** A row of `fan_outs`: the number and the list of each event, and the lists of endpoints, as JSON. */
export interface FanOutRow {
  readonly id: number;
  readonly events: string;
  readonly endpoints: string;
  readonly written: number;
}

export function fanOutColumns({ events, lists }: NewFanOut): { events: string; endpoints: string } {
  return {
    events: JSON.stringify(events.map(({ seq, list }) => [seq, list])),
    endpoints: JSON.stringify(lists),
  };
}

/** What a fan-out that is resumed reads of its events. */
export interface FannedEventRow extends Pick<Event, 'seq' | 'tenant' | 'mode'> {
  readonly ordering_key: string | null;
  readonly first_delivery: string | null;
  readonly last_delivery: string | null;
}

/** The numbers of the events of a row. */
export function eventsOf(row: Pick<FanOutRow, 'events'>): number[] {
  return (JSON.parse(row.events) as [number, number][]).map(([seq]) => seq);
}

export function readFanOut(
  row: FanOutRow,
  stored: readonly FannedEventRow[],
  fromStored: (text: string) => string,
): FanOut {
  const bySeq = new Map(stored.map((event) => [event.seq, event]));
  const events = (JSON.parse(row.events) as [number, number][]).map(([seq, list]): FannedEvent => {
    const event = bySeq.get(seq);
    if (event === undefined) throw new Error(`event ${seq} of fan-out ${row.id} is missing`);
    const { tenant, mode, ordering_key: key, first_delivery: first, last_delivery: last } = event;
    const ids = first === null || last === null ? null : { first, last };
    return { seq, tenant, mode, orderingKey: key === null ? null : fromStored(key), list, ids };
  });
  const lists = JSON.parse(row.endpoints) as EndpointId[][];
  return { id: row.id, events, lists, written: row.written };
}
