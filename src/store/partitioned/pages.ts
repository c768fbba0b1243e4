// Lists over several partitions, in pages with one cursor. Each partition gives its own pages; of their heads the next in the order
// comes first. The cursor has, for each partition, the page that it has come to and the last item that was taken of it: what is
// inserted meanwhile moves nothing.
import type { Page, PageRequest } from '#core/commands.ts';
import { Fault } from '#core/fault.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import type { Partition } from './partition.ts';
import type { Routes } from './routes.ts';

export interface Order<Item> {
  /** The name of the list, for its cursors. */
  readonly list: string;
  readonly idOf: (item: Item) => string;
  /** What the partitions are merged by: the id where none is given. */
  readonly keyOf?: (item: Item) => string | number;
  /** By default the newest, with the greatest key, comes first. */
  readonly isAscending?: true;
}

/** How far one partition has come. */
interface Progress {
  /** The cursor of its page; null for the first. */
  readonly cursor: string | null;
  /** The last item of that page that was taken; null for none. */
  readonly after: Taken | null;
  readonly isDone: boolean;
}

interface Taken {
  readonly id: string;
  readonly key: string | number;
}

interface Source<S, Item> {
  readonly partition: Partition<S>;
  progress: Progress;
  /** What is left of its page; null before it was read. */
  items: Item[] | null;
  nextCursor: string | null;
  /** What was taken before and is not on its page: a page may end earlier than it did, because a search has little time. */
  missing: Taken | null;
}

/** Pages that one answer reads of a partition: one may have fewer items than its limit, or none. */
const pagesMax = 4;

/** An item that several partitions have is listed once. */
export async function mergePages<S, Item>(
  routes: Routes<S>,
  partitions: readonly Partition<S>[],
  { cursor, limit }: PageRequest,
  order: Order<Item>,
  read: (store: S, page: PageRequest) => Promise<Page<Item>>,
): Promise<Page<Item>> {
  const [only] = partitions;
  if (only !== undefined && partitions.length === 1) {
    return routes.call(only, (store) => read(store, { cursor, limit }));
  }
  const isBefore = comparing(order);
  const state = readState(order.list, cursor);
  const sources = partitions.map((partition): Source<S, Item> => ({
    partition,
    progress: state.get(partition.number) ?? { cursor: null, after: null, isDone: false },
    items: null,
    nextCursor: null,
    missing: null,
  }));
  const readPage = async (source: Source<S, Item>): Promise<void> => {
    const { progress } = source;
    const page = await routes.call(source.partition, (store) =>
      read(store, { cursor: progress.cursor, limit }),
    );
    source.items = dropTaken(page.items, progress.after, order);
    source.nextCursor = page.nextCursor;
    source.missing = page.items.some((item) => order.idOf(item) === progress.after?.id)
      ? null
      : progress.after;
  };
  /** False when it has nothing to show yet, and more to read than one answer may. */
  const fill = async (source: Source<S, Item>): Promise<boolean> => {
    for (let pages = 0; !source.progress.isDone; pages++) {
      if (source.items !== null && source.items.length > 0) return true;
      if (pages === pagesMax) return false;
      if (source.items !== null) {
        const isDone = source.nextCursor === null;
        source.progress = { cursor: source.nextCursor, after: source.missing, isDone };
        if (isDone) break;
      }
      await readPage(source);
    }
    return true;
  };
  const items: Item[] = [];
  const seen = new Set<string>(state.last === null ? [] : [state.last]);
  while (items.length < limit) {
    const isFull = await Promise.all(sources.map(fill));
    if (isFull.includes(false)) break;
    const heads = sources.flatMap((source) => {
      const [head] = source.items ?? [];
      return head === undefined || source.progress.isDone ? [] : [{ source, head, key: keyOf(order, head) }];
    });
    const [next] = heads.toSorted((a, b) => (isBefore(a.key, b.key) ? -1 : isBefore(b.key, a.key) ? 1 : 0));
    if (next === undefined) return { items, nextCursor: null };
    const id = order.idOf(next.head);
    next.source.items?.shift();
    next.source.progress = { ...next.source.progress, after: { id, key: next.key } };
    next.source.missing = null;
    if (seen.has(id)) continue;
    seen.add(id);
    items.push(next.head);
  }
  const last = items.at(-1);
  const progress = sources.map(({ partition, progress: own }) => [partition.number, own] as const);
  return {
    items,
    nextCursor: writeState(order.list, progress, last === undefined ? state.last : order.idOf(last)),
  };
}

function keyOf<Item>(order: Order<Item>, item: Item): string | number {
  return (order.keyOf ?? order.idOf)(item);
}

function comparing<Item>({ isAscending }: Order<Item>) {
  return (a: string | number, b: string | number): boolean => (isAscending === true ? a < b : a > b);
}

/** A first page has what was inserted meanwhile, and may not reach what was taken, or that is deleted. */
function dropTaken<Item>(items: readonly Item[], after: Taken | null, order: Order<Item>): Item[] {
  if (after === null) return [...items];
  const last = items.findIndex((item) => order.idOf(item) === after.id);
  if (last !== -1) return items.slice(last + 1);
  const isBefore = comparing(order);
  return items.filter((item) => isBefore(after.key, keyOf(order, item)));
}

interface State {
  get(partition: number): Progress | undefined;
  /** The id of the last item that was listed. */
  readonly last: string | null;
}

type Written = readonly [number, string | null, Taken | null, 0 | 1];

function writeState(
  list: string,
  progress: readonly (readonly [number, Progress])[],
  last: string | null,
): string {
  const parts = progress.map(([number, own]): Written => [number, own.cursor, own.after, own.isDone ? 1 : 0]);
  return writeCursor(`partitions:${list}`, JSON.stringify([last, ...parts]));
}

function readState(list: string, cursor: string | null): State {
  const text = readCursor(`partitions:${list}`, cursor);
  if (text === null) return { get: () => undefined, last: null };
  try {
    const [last, ...parts] = JSON.parse(text) as [string | null, ...Written[]];
    const progress = new Map(
      parts.map(([number, own, after, isDone]) => [number, { cursor: own, after, isDone: isDone === 1 }]),
    );
    return { get: (number) => progress.get(number), last };
  } catch (cause) {
    throw new Fault('cursor_invalid', 'The cursor is not one that this list gave.', { cause });
  }
}
