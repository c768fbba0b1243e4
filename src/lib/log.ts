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

export function openLogOutput(format: LogOptions['format']): LogOutput {
  if (format === 'json') return pino.destination({ dest: 1, sync: false });
  const options = { colorize: true, ignore: 'hostname,pid', destination: 1 };
  return pino.transport({ target: 'pino-pretty', options });
}

/** A logger of one JSON line per entry. */
export function createLogger({ level, format }: LogOptions, output = openLogOutput(format)): Logger {
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
  return pino({ level, redact, base: null }, output);
}
