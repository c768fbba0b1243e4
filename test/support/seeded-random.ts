// Seeded random numbers (mulberry32): the same seed gives the same numbers.

export interface SeededRandom {
  /** From 0 (included) to 1 (excluded). */
  fraction(): number;
  pick<Item>(items: readonly Item[]): Item;
  /** `count` fractions from `from` to `to`, in rising order. */
  moments(count: number, from: number, to: number): number[];
}

export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    return scatter(state) / 2 ** 32;
  };
  return {
    fraction,
    pick(items) {
      const item = items[Math.floor(fraction() * items.length)];
      if (item === undefined) throw new Error('no items to pick from');
      return item;
    },
    moments: (count, from, to) =>
      Array.from({ length: count }, () => from + fraction() * (to - from)).toSorted((a, b) => a - b),
  };
}

/** Hashes a text and a seed to a fraction, which does not depend on earlier calls. */
export function fractionOf(seed: number, text: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return scatter(hash) / 2 ** 32;
}

/** The last step of mulberry32: maps similar numbers to very different ones. */
function scatter(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 15), value | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}
