// How values are written: times in the zone of the reader, numbers with units.
/** The texts of the pages are English, and so are their dates and numbers. */
const language = 'en';
const exact = new Intl.DateTimeFormat(language, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
});
const day = new Intl.DateTimeFormat(language, {
  weekday: 'long',
  year: 'numeric',
  month: 'long',
  day: 'numeric',
});
const hour = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const clock = new Intl.DateTimeFormat(language, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
});
const number = new Intl.NumberFormat(language);
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'always', style: 'short' });

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** `3 min. ago`, `in 2 hr.` */
export function formatRelative(iso: string, now: number): string {
  const ms = Date.parse(iso) - now;
  const [unit, size] = units.find(([, each]) => Math.abs(ms) >= each) ?? units[3];
  const count = Math.trunc(ms / size);
  return count === 0 ? 'now' : relative.format(count, unit);
}

/** Date and time to the millisecond, in the zone of the reader. */
export function formatExact(iso: string): string {
  return exact.format(Date.parse(iso));
}

export function formatHour(iso: string): string {
  return hour.format(Date.parse(iso));
}

/** `13:05:09.120`, in the zone of the reader. */
export function formatClock(iso: string): string {
  return clock.format(Date.parse(iso));
}

export function formatDay(iso: string): string {
  return day.format(Date.parse(iso));
}

export function formatNumber(value: number): string {
  return number.format(value);
}

/** `312 deliveries`, `1 delivery`. */
export function formatCount(value: number, one: string, many = `${one}s`): string {
  return `${formatNumber(value)} ${value === 1 ? one : many}`;
}

/** `120 ms`, `5 s`, `1 min 30 s`, `2 h 5 min`, `3 d`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${formatNumber(Math.round(ms))} ms`;
  if (ms < 60_000) return `${formatNumber(Math.round(ms / 100) / 10)} s`;
  const steps = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const;
  const first = steps.findIndex(([, size]) => ms >= size);
  const parts = steps.slice(first, first + 2).map(([unit, size], index) => {
    const count = Math.floor((index === 0 ? ms : ms % (steps[first]?.[1] ?? 1)) / size);
    return count === 0 ? '' : `${formatNumber(count)} ${unit}`;
  });
  return parts.join(' ').trim();
}

/** `2 d 03:04:05`: all of it, to the second. */
export function formatCountdown(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const days = Math.floor(seconds / 86_400);
  const parts = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  const clock = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return days === 0 ? clock : `${formatNumber(days)} d ${clock}`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return formatCount(bytes, 'byte');
  const [size, unit] = bytes < 1000 * 1024 ? [1024, 'KiB'] : [1024 * 1024, 'MiB'];
  return `${formatNumber(Math.round((bytes / size) * 10) / 10)} ${unit}`;
}

export function formatPercent(share: number): string {
  return `${formatNumber(Math.floor(share * 1000) / 10)} %`;
}
