// Counts of the most frequent keys in bounded memory (heavy hitters): the keys with the highest counts, by kind.

/** Keys that are counted for each one that is shown, so that one that becomes frequent is among them. */
const countedPerShown = 20;

export class TopCounts<Kind extends string> {
  readonly #shownMax: number;
  readonly #countedMax: number;
  #counts = new Map<string, Map<Kind, number>>();

  /** Nothing is counted with `shownMax` 0. */
  constructor(shownMax: number) {
    this.#shownMax = shownMax;
    this.#countedMax = shownMax * countedPerShown;
  }

  add(key: string, kind: Kind): void {
    if (this.#shownMax === 0) return;
    let counts = this.#counts.get(key);
    if (counts === undefined) {
      if (this.#counts.size >= this.#countedMax) this.#forgetRare();
      this.#counts.set(key, (counts = new Map()));
    }
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }

  /** The keys with the highest counts, highest first. */
  top(): readonly (readonly [key: string, counts: ReadonlyMap<Kind, number>])[] {
    return this.#sorted().slice(0, this.#shownMax);
  }

  /** Forgets the rarer half: seldom enough that its cost is spread over as many keys. */
  #forgetRare(): void {
    this.#counts = new Map(this.#sorted().slice(0, Math.ceil(this.#countedMax / 2)));
  }

  #sorted(): [string, Map<Kind, number>][] {
    return [...this.#counts].sort(([, a], [, b]) => sumOf(b) - sumOf(a));
  }
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
