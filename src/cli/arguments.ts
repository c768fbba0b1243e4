// Parsers of flags and arguments. A wrong value is a usage error, before any request is sent.
import { InvalidArgumentError, Option } from 'commander';
import type { Clock } from '#lib/clock.ts';
import type { JsonValue } from '#lib/json.ts';
import { formatTime, parseTime } from '#lib/rfc3339.ts';
import { messageOf } from './failure.ts';

/** A whole number from `min` to `max`, both included. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** `a,b` and repeated flags become one list. */
export function list(text: string, previous: readonly string[] | undefined): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.includes('')) throw new InvalidArgumentError('It must be a list of names separated by commas.');
  return [...(previous ?? []), ...parts];
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parses RFC 3339, a day, `now`, or a time ago (`90s`, `15m`, `2h`, `7d`). Returns RFC 3339. */
export function pointInTime(clock: Clock): (text: string) => string {
  return (text) => {
    const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
    if (count !== undefined) return formatTime(clock.now() - Number(count) * (unitMs[unit] ?? 0));
    if (text === 'now') return formatTime(clock.now());
    const ms = parseTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
    if (ms !== null) return formatTime(ms);
    throw new InvalidArgumentError(
      'It must be a time like 2026-01-02T03:04:05Z or 2026-01-02, "now", or a time ago like 15m, 2h or 7d.',
    );
  };
}

/** Parses RFC 3339, a day, or a time from now on (`15m`, `2h`, `90d`). Returns RFC 3339. */
export function laterTime(clock: Clock): (text: string) => string {
  return (text) => {
    const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
    if (count !== undefined) return formatTime(clock.now() + Number(count) * (unitMs[unit] ?? 0));
    const ms = parseTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
    if (ms !== null) return formatTime(ms);
    throw new InvalidArgumentError(
      'It must be a time like 2026-01-02T03:04:05Z or 2026-01-02, or one from now on like 15m, 2h or 90d.',
    );
  };
}

/** An absolute `http:` or `https:` URL. */
export function httpUrl(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw new InvalidArgumentError('It must be a URL like http://127.0.0.1:8480.');
}

export function modeOption(description: string): Option {
  return new Option('--mode <mode>', description).choices(['live', 'test']);
}

/** The value of a JSON text. */
export function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new InvalidArgumentError(`It is not valid JSON: ${messageOf(error)}.`);
  }
}
