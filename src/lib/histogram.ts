// Latency histogram with fixed classes: small enough to store one per minute, exact enough for percentiles of a chart.

/** Upper bounds of the classes in ms, 25 to 100 % apart. One more class, without a bound, holds longer durations. */
export const durationBoundsMs: readonly number[] = [
  1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 70, 100, 150, 200, 300, 400, 500, 700, 1000, 1500, 2000, 3000,
  4000, 5000, 7000, 10_000, 15_000, 20_000, 30_000,
];

/** An empty histogram. */
export function emptyDurations(): number[] {
  return Array.from({ length: durationBoundsMs.length + 1 }, () => 0);
}

/** Adds one duration in ms. */
export function countDuration(durations: number[], ms: number): void {
  const found = durationBoundsMs.findIndex((bound) => ms <= bound);
  const index = found === -1 ? durationBoundsMs.length : found;
  durations[index] = (durations[index] ?? 0) + 1;
}

/** Adds `more` to `sum`, class by class. */
export function addDurations(sum: number[], more: readonly number[]): void {
  more.forEach((count, index) => {
    sum[index] = (sum[index] ?? 0) + count;
  });
}

/** The upper bound in ms of the class that holds the `fraction` quantile; null when nothing was counted. */
export function durationQuantile(durations: readonly number[], fraction: number): number | null {
  const total = durations.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let seen = 0;
  const index = durations.findIndex((count) => (seen += count) >= total * fraction);
  return durationBoundsMs[index] ?? durationBoundsMs.at(-1) ?? null;
}
