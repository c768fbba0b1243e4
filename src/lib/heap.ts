/** A binary heap: `pop` gives the entry with the smallest key. */
export interface Heap<T> {
  push(key: number, value: T): void;
  peekKey(): number | null;
  pop(): T | null;
  size(): number;
}

export function createHeap<T>(): Heap<T> {
  const entries: { key: number; value: T }[] = [];
  const keyAt = (index: number): number => entries[index]?.key ?? Infinity;
  const swap = (a: number, b: number): void => {
    const [first, second] = [entries[a], entries[b]];
    if (first === undefined || second === undefined) return;
    entries[a] = second;
    entries[b] = first;
  };
  const sink = (): void => {
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      const smaller = keyAt(left + 1) < keyAt(left) ? left + 1 : left;
      if (keyAt(smaller) >= keyAt(index)) return;
      swap(index, smaller);
      index = smaller;
    }
  };
  return {
    push(key, value) {
      entries.push({ key, value });
      for (let index = entries.length - 1; index > 0;) {
        const parent = (index - 1) >> 1;
        if (keyAt(parent) <= keyAt(index)) return;
        swap(index, parent);
        index = parent;
      }
    },
    peekKey: () => entries[0]?.key ?? null,
    pop() {
      const first = entries[0];
      const last = entries.pop();
      if (first === undefined || last === undefined) return null;
      if (entries.length > 0) {
        entries[0] = last;
        sink();
      }
      return first.value;
    },
    size: () => entries.length,
  };
}
