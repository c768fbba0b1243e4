// A counting semaphore that is fair to groups: permits go round the groups that wait (round robin), and a group never holds
// more than its part. A permit is free again in the next turn of the event loop: work that never waits, such as a transaction
// of SQLite, would otherwise keep this thread from hearing of anything else.
import { Deque } from './deque.ts';

export interface Permits {
  /** Pieces of work that run at once, of all groups and of one. */
  readonly total: number;
  readonly perGroup: number;
}

interface Group {
  running: number;
  readonly waiting: Deque<() => void>;
}

export class FairSemaphore<Key> {
  readonly #permits: Permits;
  readonly #groups = new Map<Key, Group>();
  /** Groups with work that waits, in the order of their turns; those that hold their part are left out. */
  readonly #turns = new Deque<Group>();
  #running = 0;

  constructor(permits: Permits) {
    this.#permits = permits;
  }

  /** Runs `work` when a permit is free for its group, and releases the permit when it has ended, also by an error. */
  async run<Result>(key: Key, work: () => Promise<Result>): Promise<Result> {
    const group = this.#groupOf(key);
    if (this.#running < this.#permits.total && group.running < this.#permits.perGroup) this.#start(group);
    else await new Promise<void>((resolve) => this.#enqueue(group, resolve));
    try {
      return await work();
    } finally {
      setImmediate(() => this.#release(key, group));
    }
  }

  #release(key: Key, group: Group): void {
    this.#running--;
    group.running--;
    if (group.running === this.#permits.perGroup - 1 && group.waiting.size > 0) this.#turns.push(group);
    this.#startNext();
    if (group.running === 0 && group.waiting.size === 0) this.#groups.delete(key);
  }

  #groupOf(key: Key): Group {
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group: Group = { running: 0, waiting: new Deque() };
    this.#groups.set(key, group);
    return group;
  }

  #start(group: Group): void {
    this.#running++;
    group.running++;
  }

  #enqueue(group: Group, start: () => void): void {
    if (group.waiting.size === 0 && group.running < this.#permits.perGroup) this.#turns.push(group);
    group.waiting.push(start);
  }

  #startNext(): void {
    while (this.#running < this.#permits.total) {
      const group = this.#turns.shift();
      const start = group?.waiting.shift();
      if (group === undefined || start === undefined) return;
      this.#start(group);
      if (group.waiting.size > 0 && group.running < this.#permits.perGroup) this.#turns.push(group);
      start();
    }
  }
}
