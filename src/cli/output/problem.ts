// Failures with `--json`: problem details (RFC 9457), those of the server as they came.
import { CommanderError } from 'commander';
import { ApiFailure, UnreachableFailure } from '../client.ts';
import { type ExitCode, type FailureReport, exitCodes } from '../failure.ts';

interface CliProblem {
  readonly type: string;
  readonly title: string;
  /** The HTTP status, when a server refused something. */
  readonly status?: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
  /** Further lines about the same failure, when no field is named. */
  readonly details?: readonly string[];
  readonly hint?: string;
}

export function toProblem(error: unknown, report: FailureReport): CliProblem {
  const detail = error instanceof CommanderError ? usageOf(error) : report.messages.join('; ');
  const refusal = refusalOf(error);
  const more = {
    ...(refusal === error && refusal?.problem?.errors !== undefined
      ? { errors: refusal.problem.errors }
      : report.details.length > 0
        ? { details: report.details }
        : {}),
    ...(report.hint === null ? {} : { hint: report.hint }),
  };
  if (refusal?.problem) {
    const { type, title, status, code } = refusal.problem;
    return { type, title, status, code, detail, ...more };
  }
  const code = error instanceof UnreachableFailure ? 'server_unreachable' : codes[report.exitCode];
  const status = refusal === null ? {} : { status: refusal.status };
  return { type: `urn:carillon:problem:${code}`, title: titles[code], ...status, code, detail, ...more };
}

/** The answer of the server that a failure is about, also when other failures describe it. */
function refusalOf(error: unknown): ApiFailure | null {
  if (error instanceof ApiFailure) return error;
  return error instanceof Error && error.cause !== undefined ? refusalOf(error.cause) : null;
}

function usageOf({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'a command is missing';
  return message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
}

const codes = {
  [exitCodes.ok]: 'command_failed',
  [exitCodes.failed]: 'command_failed',
  [exitCodes.usage]: 'usage_wrong',
  [exitCodes.configuration]: 'configuration_wrong',
} as const satisfies Record<ExitCode, string>;

const titles = {
  command_failed: 'The command failed',
  usage_wrong: 'The command line is wrong',
  configuration_wrong: 'The configuration is wrong',
  server_unreachable: 'The server cannot be reached',
} as const;
