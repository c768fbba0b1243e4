// The context of every command: output, input, time, global flags, and a client of the admin API.
import type { ClientFlags } from '#config.ts';
import type { Clock } from '#lib/clock.ts';
import type { AdminClient } from './client.ts';
import type { ExitCode } from './failure.ts';
import type { ColorFlag } from './output/color.ts';
import type { Terminal } from './output/terminal.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Flags that may stand before or after any command. */
export interface GlobalFlags extends ClientFlags {
  readonly adminKeyFile?: string;
  readonly profile?: string;
  readonly json?: boolean;
  readonly color?: ColorFlag;
  readonly pager?: boolean;
}

export interface Input extends AsyncIterable<Uint8Array> {
  readonly isTTY?: boolean;
  /** Of a terminal: what is typed is not shown. */
  setRawMode?(isRaw: boolean): unknown;
  /** Of a stream that is read piece by piece, and not between. */
  on?(event: 'data' | 'end', listener: (chunk: Uint8Array) => void): unknown;
  off?(event: 'data' | 'end', listener: (chunk: Uint8Array) => void): unknown;
  resume?(): unknown;
  pause?(): unknown;
}

export interface Cli {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly environment: Environment;
  readonly isInputTerminal: boolean;
  /** Standard input, for one reader. Throws `Failure` the second time. */
  readonly takeInput: () => Input;
  flags(): GlobalFlags;
  /** A client of the server that the flags and the environment name. Throws `Failure` or `ConfigError`. */
  client(): AdminClient;
  /** Prints the value as JSON with `--json`, otherwise the text that `show` returns. */
  answer<T>(value: T, show: (value: T) => string): void;
  /** The same through the pager when the text is long. */
  page<T>(value: T, show: (value: T) => string): Promise<void>;
  /** Sets the exit code of a command that does not throw. */
  setExitCode(code: ExitCode): void;
}
