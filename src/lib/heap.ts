/** A binary min-heap: `pop` removes the entry with the smallest key, in logarithmic time. */
export class Heap<T> {
  readonly #entries: { readonly key: number; readonly value: T }[] = [];

  get size(): number {
    return this.#entries.length;
  }

  peekKey(): number | null {
    return this.#entries[0]?.key ?? null;
  }

  push(key: number, value: T): void {
    this.#entries.push({ key, value });
    for (let index = this.#entries.length - 1; index > 0;) {
      const parent = (index - 1) >> 1;
      if (this.#keyAt(parent) <= key) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  pop(): T | null {
    const first = this.#entries[0];
    const last = this.#entries.pop();
    if (first === undefined || last === undefined) return null;
    if (this.#entries.length > 0) {
      this.#entries[0] = last;
      this.#siftDown();
    }
    return first.value;
  }

  #siftDown(): void {
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      const smaller = this.#keyAt(left + 1) < this.#keyAt(left) ? left + 1 : left;
      if (this.#keyAt(smaller) >= this.#keyAt(index)) return;
      this.#swap(index, smaller);
      index = smaller;
    }
  }

  #keyAt(index: number): number {
    return this.#entries[index]?.key ?? Infinity;
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#entries[a], this.#entries[b]];
    if (first === undefined || second === undefined) return;
    this.#entries[a] = second;
    this.#entries[b] = first;
  }
}
