// Times as people read them on a terminal; elsewhere RFC 3339, which programs can compare.
import type { Cli } from '../cli.ts';

const format = new Intl.RelativeTimeFormat('en', { style: 'narrow' });

/** Each unit up to which the time before it is told in it. */
const units: readonly (readonly [Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

type TimeContext = Pick<Cli, 'terminal' | 'clock'>;

/** `3m ago` or `in 2h`, for a table. */
export function shortTime({ terminal, clock }: TimeContext, time: string): string {
  return terminal.isOutTerminal ? relative(time, clock.now()) : time;
}

/** `2026-01-02T03:04:05.678Z (3m ago)`, for a field. */
export function fullTime({ terminal, clock }: TimeContext, time: string): string {
  return terminal.isOutTerminal ? `${time} (${relative(time, clock.now())})` : time;
}

/** `14:02:11` in the time of the machine, for a line as it happens. */
export function clockTime({ terminal }: TimeContext, time: string): string {
  return terminal.isOutTerminal ? new Date(time).toTimeString().slice(0, 8) : time;
}

/** In the largest unit of which there is at least one, rounded towards now. */
function relative(time: string, now: number): string {
  const seconds = Math.trunc((Date.parse(time) - now) / 1000);
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return seconds === 0 ? 'now' : format.format(Math.trunc(seconds / size), unit);
}

/** `2 h 5 min`, in the two largest units. */
export function formatSeconds(seconds: number): string {
  const sizes: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ];
  let rest = seconds;
  const parts: string[] = [];
  for (const [name, size] of sizes) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.slice(0, 2).join(' ') || '0 s';
}
