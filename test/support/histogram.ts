// Logarithmic histogram of durations in µs, with classes about 3 % apart: percentiles of millions of values in 4 KiB.

export interface Histogram {
  /** Counts one duration in µs; a negative one counts as zero. */
  record(us: number): void;
  /** The upper end in ms of the class that holds the `fraction` quantile; null when nothing was counted. */
  quantileMs(fraction: number): number | null;
  readonly count: number;
  clear(): void;
}

/** Each doubling has this many classes; below twice this number of µs, a class is one µs wide. */
const classesPerDoubling = 32;
const doublings = 27; // up to an hour

export function createHistogram(): Histogram {
  const counts = new Uint32Array(classesPerDoubling * (doublings + 1));
  let total = 0;
  return {
    record(us) {
      const index = Math.min(indexOf(Math.max(0, Math.floor(us))), counts.length - 1);
      counts[index] = (counts[index] ?? 0) + 1;
      total++;
    },
    quantileMs(fraction) {
      if (total === 0) return null;
      let seen = 0;
      const index = counts.findIndex((count) => (seen += count) >= total * fraction);
      return upperEnd(index) / 1000;
    },
    get count() {
      return total;
    },
    clear() {
      counts.fill(0);
      total = 0;
    },
  };
}

function indexOf(us: number): number {
  if (us < 2 * classesPerDoubling) return us;
  const shift = Math.floor(Math.log2(us)) - Math.log2(classesPerDoubling);
  return shift * classesPerDoubling + Math.floor(us / 2 ** shift);
}

function upperEnd(index: number): number {
  if (index < 2 * classesPerDoubling) return index;
  const shift = Math.floor(index / classesPerDoubling) - 1;
  return (index - shift * classesPerDoubling + 1) * 2 ** shift - 1;
}
