// Durations as people write them: `5s`, `30m`, `2h`, `7d`.
const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** In milliseconds; null for a text of another form. */
export function readDuration(text: string): number | null {
  const [, count, unit] = /^(\d{1,9})\s*(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  return count === undefined ? null : Number(count) * unitsMs[unit as keyof typeof unitsMs];
}

/** In the largest unit that divides it. */
export function writeDuration(ms: number): string {
  const units = Object.entries(unitsMs).toReversed();
  const [unit, size] = units.find(([, each]) => ms % each === 0) ?? ['ms', 1];
  return ms === 0 ? '0s' : `${ms / size}${unit}`;
}
