// RFC 3339 times, as on the wire; in the code a time is Unix ms.

const pattern =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** Cache of one entry: all events of a commit have the same time. */
let last = { ms: 0, text: '1970-01-01T00:00:00.000Z' };

/** In UTC with milliseconds: `2026-01-02T03:04:05.678Z`. */
export function formatTime(ms: number): string {
  if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() };
  return last.text;
}

/** Unix ms; null when `text` does not have this form, or names a day or hour that does not exist. */
export function parseTime(text: string): number | null {
  const parts = pattern.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHours, offsetMinutes] = parts;
  const date = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const ms = Date.parse(`${date}Z`);
  // `Date.parse` turns 30 February into 1 or 2 March: formatting the result must give the input.
  if (Number.isNaN(ms) || !formatTime(ms).startsWith(date)) return null;
  if (Number(offsetHours ?? 0) > 23 || Number(offsetMinutes ?? 0) > 59) return null;
  const offsetMs = (Number(offsetHours ?? 0) * 60 + Number(offsetMinutes ?? 0)) * 60_000;
  const fractionMs = Number((fraction ?? '').padEnd(3, '0').slice(0, 3));
  return ms + fractionMs - (sign === '-' ? -offsetMs : offsetMs);
}

/** A time that validation has accepted, as Unix ms. */
export function readTime(text: string): number {
  const ms = parseTime(text);
  if (ms === null) throw new Error('a time passed validation and is none');
  return ms;
}
