// Group commit: the items that arrive while a batch is being written form the next batch. Backpressure: a full queue
// refuses items at once.
import { Latch } from './latch.ts';
import type { Turns } from './turns.ts';

export interface Batcher<Item, Result> {
  /** Resolves with the item's result when its batch is written. Throws synchronously when the queue is full. */
  submit(item: Item): Promise<Result>;
  /** Weight of the items that are not in a batch yet. */
  size(): number;
  /** Resolves when the queue is empty and no batch is being written. */
  drain(): Promise<void>;
}

export interface BatcherOptions<Item, Result> {
  /** Resolves with one result per item, in order. When it rejects, `submit` rejects for every item of the batch. */
  readonly write: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Weight of an item in `batchMax` and `queueMax`; 1 by default. */
  readonly weigh?: (item: Item) => number;
  /** A batch is full at this weight. */
  readonly batchMax: number;
  /** Batches that may be written at once; 1 by default. */
  readonly writesMax?: number;
  /** Shared with other batchers: a batch is taken when it has its turn. */
  readonly turns?: Turns;
  readonly queueMax: number;
  /** What `submit` throws when the queue is full. */
  readonly overflow: () => Error;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const { weigh = () => 1, writesMax = 1 } = options;
  let queue: Waiting<Item, Result>[] = [];
  let queueWeight = 0;
  let isGathering = false;
  let writing = 0;
  /** Batches that are gathered or written. */
  const inProgress = new Latch();

  const takeBatch = (): Waiting<Item, Result>[] => {
    let weight = 0;
    const past = queue.findIndex(({ item }) => {
      const isFull = weight >= options.batchMax;
      weight += weigh(item);
      return isFull;
    });
    const batch = past === -1 ? queue : queue.slice(0, past);
    queue = past === -1 ? [] : queue.slice(past);
    for (const { item } of batch) queueWeight -= weigh(item);
    return batch;
  };

  const writeBatch = async (batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await options.write(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => resolve(results[index] as Result));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };

  /** Begins a batch, unless one is being gathered or `writesMax` are being written. */
  const begin = (): void => {
    if (queue.length === 0 || isGathering || writing >= writesMax) return;
    isGathering = true;
    inProgress.begin();
    // Deferred, so that all items of this turn of the event loop share the batch.
    setImmediate(() => void write());
  };

  const write = async (): Promise<void> => {
    const end = options.turns === undefined ? null : await options.turns.take();
    const batch = takeBatch();
    isGathering = false;
    writing++;
    begin();
    await writeBatch(batch);
    end?.();
    writing--;
    begin();
    inProgress.end();
  };

  return {
    submit(item) {
      if (queueWeight >= options.queueMax) throw options.overflow();
      const { promise, resolve, reject } = Promise.withResolvers<Result>();
      queue.push({ item, resolve, reject });
      queueWeight += weigh(item);
      begin();
      return promise;
    },
    size: () => queueWeight,
    drain: () => inProgress.wait(),
  };
}
