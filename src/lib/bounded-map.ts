/**
 * A cache with a bound and FIFO eviction: at most `sizeMax` entries, or so much of what `weigh` says of them. Inserting
 * beyond that evicts the oldest entries. `set` makes an entry the newest, so calling it on every hit as well gives LRU
 * eviction. A `Map` keeps the order of insertion, so every operation takes constant time.
 */
export class BoundedMap<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #sizeMax: number;
  readonly #weigh: (value: Value) => number;
  #size = 0;

  constructor(sizeMax: number, weigh: (value: Value) => number = () => 1) {
    this.#sizeMax = sizeMax;
    this.#weigh = weigh;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  /** A value that weighs too much alone is not kept. */
  set(key: Key, value: Value): void {
    this.delete(key);
    const weight = this.#weigh(value);
    if (weight > this.#sizeMax) return;
    for (const oldest of this.#entries.keys()) {
      if (this.#size + weight <= this.#sizeMax) break;
      this.delete(oldest);
    }
    this.#entries.set(key, value);
    this.#size += weight;
  }

  delete(key: Key): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#size -= this.#weigh(value);
  }

  clear(): void {
    this.#entries.clear();
    this.#size = 0;
  }
}
