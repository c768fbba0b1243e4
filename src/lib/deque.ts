/** A first-in, first-out queue whose `shift` costs the same however long it is. */
export interface Deque<T> {
  push(value: T): void;
  shift(): T | undefined;
  size(): number;
  /** Empties it and answers what was in it, oldest first. */
  clear(): T[];
}

/** Slots already read that are kept before the array is cut: cutting costs, so it is done seldom. */
const slackMax = 1024;

export function createDeque<T>(): Deque<T> {
  let items: (T | undefined)[] = [];
  let head = 0;
  return {
    push: (value) => void items.push(value),
    shift() {
      if (head === items.length) return undefined;
      const value = items[head];
      items[head++] = undefined;
      if (head === items.length) {
        items.length = 0;
        head = 0;
      } else if (head >= slackMax) {
        items.splice(0, head);
        head = 0;
      }
      return value;
    },
    size: () => items.length - head,
    clear() {
      const rest = items.slice(head) as T[];
      items = [];
      head = 0;
      return rest;
    },
  };
}
