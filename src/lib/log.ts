import { pino } from 'pino';
import type { Logger } from 'pino';

export type { Logger } from 'pino';

export interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'pretty';
}

/** One JSON line per entry on standard error output, or lines for people. Never holds a secret. */
export function createLogger({ level, format }: LogOptions): Logger {
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
  const options = { level, redact, base: null };
  if (format === 'json') return pino(options, pino.destination({ dest: 1, sync: false }));
  const transport = {
    target: 'pino-pretty',
    options: { colorize: true, ignore: 'hostname,pid', destination: 1 },
  };
  return pino({ ...options, transport });
}
