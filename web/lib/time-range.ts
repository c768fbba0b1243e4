// Points of time as they stand in the URL: a time by RFC 3339, or so long ago (`15m`, `2h`, `7d`).
const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The time by RFC 3339 in UTC; null for a text of another form. */
export function readPoint(text: string, now: number): string | null {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) {
    return new Date(now - Number(count) * unitMs[unit as keyof typeof unitMs]).toISOString();
  }
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** What is wrong with a point of time as a filter; null when it is right. */
export function checkPoint(text: string): string | null {
  return readPoint(text, 0) === null ? 'must be like 15m, 2h, 7d or 2026-01-02T03:04:05Z' : null;
}
