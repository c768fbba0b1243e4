// Errors that end a command: message, details, hint and exit code.
import { CommanderError } from 'commander';
import { ConfigError } from '#config.ts';
import { carillon } from './invocation.ts';

/**
 * 1: the command failed. 2: wrong usage, also a value that the server refuses. 78: wrong configuration (EX_CONFIG of
 * sysexits.h).
 */
export const exitCodes = { ok: 0, failed: 1, usage: 2, configuration: 78 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

interface FailureOptions {
  /** What to do about it. */
  readonly hint?: string | null;
  /** More lines about the same failure, e.g. one per wrong field. */
  readonly details?: readonly string[];
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/** Ends the command with a message. Must not contain a secret. */
export class Failure extends Error {
  readonly hint: string | null;
  readonly details: readonly string[];
  readonly exitCode: ExitCode;

  constructor(message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Failure';
    this.hint = options.hint ?? null;
    this.details = options.details ?? [];
    this.exitCode = options.exitCode ?? exitCodes.failed;
  }
}

/** The failure of a change without a flag that says what changes. */
export function nothingToChange(hint: string): Failure {
  return new Failure('nothing to change', { hint, exitCode: exitCodes.usage });
}

/** What is printed of an error: no stack traces. */
export interface FailureReport {
  readonly exitCode: ExitCode;
  readonly messages: readonly string[];
  readonly details: readonly string[];
  readonly hint: string | null;
}

export function reportFailure(error: unknown): FailureReport {
  // Commander has printed the message already. Help and version are not failures.
  if (error instanceof CommanderError) {
    const exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return { exitCode, messages: [], details: [], hint: null };
  }
  if (error instanceof Failure) {
    const { exitCode, message, details, hint } = error;
    return { exitCode, messages: [message], details, hint };
  }
  if (error instanceof ConfigError) {
    const hint = `run ${carillon} serve --help to see all settings`;
    return { exitCode: exitCodes.configuration, messages: error.problems, details: [], hint };
  }
  const exitCode = codeOf(error);
  return { exitCode, messages: [messageOf(error)], details: [], hint: null };
}

/** The message of any thrown value, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, ' ').trim() || 'unknown error';
}

/** A `StartError` has its own exit code. The class is not imported: that would load the server in every command. */
function codeOf(error: unknown): ExitCode {
  const isConfiguration =
    error instanceof Error && 'exitCode' in error && error.exitCode === exitCodes.configuration;
  return isConfiguration ? exitCodes.configuration : exitCodes.failed;
}
