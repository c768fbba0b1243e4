import { pino } from 'pino';
import type { Logger } from 'pino';

export type { Logger } from 'pino';

export interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'pretty';
}

/** Where log lines go: standard output, as they are or made pretty for people. */
export interface LogOutput {
  write(line: string): void;
}

export function openLogOutput(format: LogOptions['format']): LogOutput {
  if (format === 'json') return pino.destination({ dest: 1, sync: false });
  const options = { colorize: true, ignore: 'hostname,pid', destination: 1 };
  return pino.transport({ target: 'pino-pretty', options });
}

/** One JSON line per entry. Never holds a secret. */
export function createLogger({ level, format }: LogOptions, output = openLogOutput(format)): Logger {
  // What looks like a secret is cut out should one ever be passed in by mistake.
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
