// Structured logging: one JSON line per entry, with redaction of secrets.
import { pino } from 'pino';
import type { Logger } from 'pino';

export type { Logger } from 'pino';

export interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'pretty';
}

/** Where log lines go: standard output, as JSON or formatted for a terminal. */
export interface LogOutput {
  write(line: string): void;
}

/** `isColored` is for the pretty format. */
export function openLogOutput(format: LogOptions['format'], isColored = false): LogOutput {
  if (format === 'json') return pino.destination({ dest: 1, sync: false });
  return pino.transport({
    target: 'pino-pretty',
    options: {
      colorize: isColored,
      // One line per entry, as elsewhere. The process is known on a terminal.
      singleLine: true,
      translateTime: "UTC:yyyy-mm-dd'T'HH:MM:ss.l'Z'",
      ignore: 'process,role',
      destination: 1,
    },
  });
}

/**
 * A logger of one JSON line per entry, with the time by RFC 3339, the level by name, and which of many processes wrote it:
 * its number and its role.
 */
export function createLogger(
  { level, format }: LogOptions,
  role: string,
  output = openLogOutput(format),
): Logger {
  const base = { process: process.pid, role };
  // A second line of defence: callers do not log secrets.
  const redact = [
    'authorization',
    '*.authorization',
    'headers.authorization',
    'secret',
    '*.secret',
    'token',
    '*.token',
  ];
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, redact, base, formatters, timestamp: pino.stdTimeFunctions.isoTime }, output);
}
