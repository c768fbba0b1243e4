// What every command is given: where to write, the time, the global flags, and a way to the admin API.
import type { Clock } from '#lib/clock.ts';
import type { AdminClient } from './client.ts';
import type { ExitCode } from './failure.ts';
import type { Terminal } from './output/terminal.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Flags that stand before or after any command. */
export interface GlobalFlags {
  readonly url?: string;
  readonly adminKey?: string;
  readonly json?: boolean;
}

export interface Input extends AsyncIterable<Uint8Array> {
  readonly isTTY?: boolean;
}

export interface Cli {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly environment: Environment;
  readonly input: Input;
  flags(): GlobalFlags;
  /** A client of the server that the flags and the environment name. Throws `Failure` when they are wrong. */
  client(): AdminClient;
  /** With `--json` the value as it is, otherwise what `show` makes of it for people. */
  answer<T>(value: T, show: (value: T) => string): void;
  /** Ends the command with this code although nothing was thrown. */
  endWith(code: ExitCode): void;
}
