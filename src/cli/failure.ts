// Everything that ends a command early, and how it is told: a line, what to do about it, an exit code.
import { CommanderError } from 'commander';
import { ConfigError } from '#config.ts';

/** 1: it failed. 2: it was called wrongly. 78: the configuration is wrong (EX_CONFIG of sysexits.h). */
export const exitCodes = { fine: 0, failed: 1, usage: 2, configuration: 78 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

interface FailureOptions {
  /** What to do about it, as one sentence. */
  readonly hint?: string | null;
  /** More lines about the same failure, such as one per wrong field. */
  readonly details?: readonly string[];
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/** Ends the command with a message for people. Holds no secret. */
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

/** What is told of any error: no stack traces. */
export interface FailureReport {
  readonly exitCode: ExitCode;
  readonly messages: readonly string[];
  readonly details: readonly string[];
  readonly hint: string | null;
}

export function reportFailure(error: unknown): FailureReport {
  // Commander has told what was wrong already. Asking for help or the version is no failure.
  if (error instanceof CommanderError) {
    const exitCode = error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
    return { exitCode, messages: [], details: [], hint: null };
  }
  if (error instanceof Failure) {
    const { exitCode, message, details, hint } = error;
    return { exitCode, messages: [message], details, hint };
  }
  if (error instanceof ConfigError) {
    const hint = 'all settings are told by: carillon serve --help';
    return { exitCode: exitCodes.configuration, messages: error.problems, details: [], hint };
  }
  const exitCode = codeOf(error);
  return { exitCode, messages: [messageOf(error)], details: [], hint: null };
}

/** The message of whatever was thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, ' ').trim() || 'it failed without saying why';
}

/** A `StartError` says its own code. It is known by that, so that no command loads the server for it. */
function codeOf(error: unknown): ExitCode {
  const isConfiguration =
    error instanceof Error && 'exitCode' in error && error.exitCode === exitCodes.configuration;
  return isConfiguration ? exitCodes.configuration : exitCodes.failed;
}
