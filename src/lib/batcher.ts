// Group commit: what arrives while batches are being written goes into the next one together.
import { createIdle } from './idle.ts';

export interface Batcher<Item, Result> {
  /** Resolves when the batch that holds the item is done. Throws at once when the queue is full. */
  submit(item: Item): Promise<Result>;
  /** Weight of the items that wait for a batch. */
  size(): number;
  /** Resolves when nothing waits and nothing is being written. */
  drain(): Promise<void>;
}

export interface BatcherOptions<Item, Result> {
  /** Answers one result per item, in order. When it rejects, every item of the batch does. */
  readonly write: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** What an item counts for in the two bounds below; 1 by default. */
  readonly weigh?: (item: Item) => number;
  /** A batch ends when it weighs this much. */
  readonly batchMax: number;
  /** Batches that may be written at once; 1 by default. */
  readonly writesMax?: number;
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
  const idle = createIdle(() => !isGathering && writing === 0);

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

  /** Begins a batch, unless one is begun or as many are being written as may be. */
  const begin = (): void => {
    if (queue.length === 0 || isGathering || writing >= writesMax) return;
    isGathering = true;
    // Give what is arriving in this turn of the event loop the chance to join.
    setImmediate(() => void write());
  };

  const write = async (): Promise<void> => {
    const batch = takeBatch();
    isGathering = false;
    writing++;
    begin();
    await writeBatch(batch);
    writing--;
    begin();
    idle.look();
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
    drain: () => idle.wait(),
  };
}
