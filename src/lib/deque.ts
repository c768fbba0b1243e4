// A FIFO queue on an array.

/** Consumed slots that are kept before the array is cut: cutting copies it, so it must be rare. */
const slackMax = 1024;

/** A FIFO queue whose `shift` takes amortized constant time, whatever the length of the queue. */
export class Deque<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(value: T): void {
    this.#items.push(value);
  }

  shift(): T | undefined {
    const items = this.#items;
    if (this.#head === items.length) return undefined;
    const value = items[this.#head];
    items[this.#head++] = undefined;
    if (this.#head === items.length) {
      items.length = 0;
      this.#head = 0;
    } else if (this.#head >= slackMax) {
      items.splice(0, this.#head);
      this.#head = 0;
    }
    return value;
  }

  some(condition: (value: T) => boolean): boolean {
    for (let index = this.#head; index < this.#items.length; index++) {
      if (condition(this.#items[index] as T)) return true;
    }
    return false;
  }

  /** Empties the queue and returns what was in it, oldest first. */
  clear(): T[] {
    const rest = this.#items.slice(this.#head) as T[];
    this.#items = [];
    this.#head = 0;
    return rest;
  }
}
