// The command line: global flags, commands, and how errors are printed.
import { Command, Option } from 'commander';
import { environment, readClientConfig } from '#config.ts';
import { type Clock, systemClock } from '#lib/clock.ts';
import { version } from '#lib/version.ts';
import { httpUrl } from './arguments.ts';
import type { Cli, Environment, GlobalFlags, Input } from './cli.ts';
import { createClient } from './client.ts';
import { addAlerts } from './commands/alerts.ts';
import { addArchive } from './commands/archive.ts';
import { addAttention } from './commands/attention.ts';
import { addAudit } from './commands/audit.ts';
import { addBackup } from './commands/backup.ts';
import { addCheck } from './commands/check.ts';
import { addCompletion } from './commands/completion.ts';
import { addCredentials } from './commands/credentials.ts';
import { addDeliveries } from './commands/deliveries.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEndpoints } from './commands/endpoints.ts';
import { addEventTypes } from './commands/event-types.ts';
import { addEvents } from './commands/events.ts';
import { type ExitCode, exitCodes, Failure, reportFailure } from './failure.ts';
import { addHelp } from './commands/help.ts';
import { addKeys } from './commands/keys.ts';
import { addLogin } from './commands/login.ts';
import { addListen } from './commands/listen.ts';
import { addMigrate } from './commands/migrate.ts';
import { addOutbox } from './commands/outbox.ts';
import { addPartitions } from './commands/partitions.ts';
import { addProbe } from './commands/probe.ts';
import { addPortalSessions } from './commands/portal-sessions.ts';
import { addReplay } from './commands/replay.ts';
import { addResume } from './commands/resume.ts';
import { addServe } from './commands/serve.ts';
import { addStats } from './commands/stats.ts';
import { addStatus } from './commands/status.ts';
import { addTail } from './commands/tail.ts';
import { addTenants } from './commands/tenants.ts';
import { isColored } from './output/color.ts';
import { openPages } from './output/pager.ts';
import { toProblem } from './output/problem.ts';
import { chooseProfile } from './profiles.ts';
import { addScopes } from './scopes.ts';
import { readSecret } from './secret-input.ts';
import { createTerminal, type Output, type Terminal, toPlain } from './output/terminal.ts';
import { addTrigger } from './commands/trigger.ts';
import { addTypes } from './commands/types.ts';
import { addVerify } from './commands/verify.ts';

/** Everything outside the process that a command uses. */
export interface ProcessContext {
  readonly out: Output;
  readonly error: Output;
  readonly input: Input;
  readonly environment: Environment;
  readonly clock: Clock;
}

/** Runs one command line (without `node` and the script) in this process. Returns its exit code. */
export function main(args: readonly string[]): Promise<ExitCode> {
  // `carillon events list … | head` closes the pipe early: not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.failed);
  });
  return run(args, {
    out: process.stdout,
    error: process.stderr,
    input: process.stdin,
    environment: environment(),
    clock: systemClock,
  });
}

/** The same with the streams, environment and clock of the caller. */
export async function run(args: readonly string[], context: ProcessContext): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  // Not from the parsed flags: the failure may be that they cannot be parsed.
  const isJson = args.includes('--json');
  const { program, terminal } = createProgram(context, isJson, (exitCode) => (code = exitCode));
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return printFailure(terminal, error, isJson);
  }
}

/** The tree of all commands and flags, and what they print to. With `isJson`, the messages of the parser are not printed. */
export function createProgram(
  context: ProcessContext,
  isJson: boolean,
  setExitCode: Cli['setExitCode'],
): { program: Command; terminal: Terminal } {
  const { out, error, environment } = context;
  const program = createBase(out, isJson ? { write: () => {} } : error);
  const terminal = createTerminal(out, error, (isTerminal) =>
    isColored(program.opts<GlobalFlags>().color, environment, isTerminal),
  );
  const cli = createCli(program, context, terminal, setExitCode);
  program.hook('preAction', async () => {
    const { adminKeyFile } = cli.flags();
    if (adminKeyFile === undefined) return;
    program.setOptionValue('adminKey', await readSecret(cli, adminKeyFile, exitCodes.configuration));
  });
  addCommands(program, cli);
  return { program, terminal };
}

function createBase(out: Output, error: Output): Command {
  return new Command('carillon')
    .description(
      'A webhook server for payment platforms: publish an event once, and every endpoint receives it.',
    )
    .version(version)
    .option(
      '--server <url>',
      'URL of the server (CARILLON_SERVER; default: HOST and PORT of this machine)',
      httpUrl,
    )
    .option(
      '--admin-key-file <file>',
      'file of the key of the admin API; - is standard input (CARILLON_ADMIN_KEY, CARILLON_ADMIN_KEY_FILE, data/admin.key)',
    )
    .option('--profile <name>', 'use the server and the key of this profile (CARILLON_PROFILE; see login)')
    .option('--insecure', 'send the admin key over http: to another machine')
    .option('--json', 'print the JSON of the admin API')
    .addOption(
      new Option('--color <when>', 'color the output').choices(['auto', 'always', 'never']).default('auto'),
    )
    .option('--no-color', 'the same as --color never')
    .option('--no-pager', 'do not show long output with PAGER (default: less)')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(run with --help to see commands and flags)')
    .configureOutput({
      writeOut: (text) => void out.write(text),
      writeErr: (text) => void error.write(text),
    });
}

function addCommands(program: Command, cli: Cli): void {
  program.commandsGroup('Server:');
  addServe(program, cli);
  addOutbox(program, cli);
  addProbe(program, cli);
  addResume(program, cli);
  addStatus(program, cli);
  addBackup(program, cli);
  addArchive(program, cli);
  addMigrate(program, cli);
  addPartitions(program, cli);
  addDoctor(program, cli);
  addDemo(program, cli);
  program.commandsGroup('Administration:');
  addTenants(program, cli);
  addCredentials(program, cli);
  addLogin(program, cli);
  addKeys(program, cli);
  addAudit(program, cli);
  addPortalSessions(program, cli);
  addAlerts(program, cli);
  addEndpoints(program, cli);
  program.commandsGroup('Events:');
  addEvents(program, cli);
  addEventTypes(program, cli);
  addTypes(program, cli);
  addDeliveries(program, cli);
  addTail(program, cli);
  addListen(program, cli);
  addAttention(program, cli);
  addCheck(program, cli);
  addTrigger(program, cli);
  addReplay(program, cli);
  addStats(program, cli);
  addVerify(program, cli);
  program.commandsGroup('Help:');
  addCompletion(program, cli);
  addHelp(program);
  addScopes(program);
}

function createCli(
  program: Command,
  context: ProcessContext,
  terminal: Terminal,
  setExitCode: Cli['setExitCode'],
): Cli {
  const flags = (): GlobalFlags => program.opts<GlobalFlags>();
  const format = <T>(value: T, show: (value: T) => string): string | undefined =>
    // An empty answer prints nothing as JSON.
    flags().json === true ? JSON.stringify(value, null, terminal.isOutTerminal ? 2 : 0) : show(value);
  const { clock, environment, input } = context;
  let isTaken = false;
  return {
    terminal,
    clock,
    environment,
    isInputTerminal: input.isTTY === true,
    takeInput() {
      if (isTaken) {
        throw new Failure('standard input can be read for one thing only', { exitCode: exitCodes.usage });
      }
      isTaken = true;
      return input;
    },
    flags,
    client() {
      const given = flags();
      const profile = chooseProfile(environment, given);
      const from = profile === null ? given : { ...given, server: profile.server, adminKey: profile.key };
      return createClient(readClientConfig(environment, from));
    },
    answer(value, show) {
      const text = format(value, show);
      if (text !== undefined) terminal.print(text);
    },
    async page(value, show) {
      const pages = openPages({ terminal, environment, flags });
      await pages.print(format(value, show) ?? '');
      await pages.end();
    },
    setExitCode,
  };
}

function printFailure(terminal: Terminal, error: unknown, isJson: boolean): ExitCode {
  const report = reportFailure(error);
  const { exitCode, messages, details, hint } = report;
  if (isJson) {
    if (exitCode !== exitCodes.ok) terminal.note(JSON.stringify(toProblem(error, report)));
    return exitCode;
  }
  const { red, dim } = terminal.errorColors;
  for (const message of messages) terminal.note(`${red('error:')} ${toPlain(message)}`);
  for (const detail of details) terminal.note(`  ${toPlain(detail)}`);
  if (hint !== null) terminal.note(dim(`hint: ${toPlain(hint)}`));
  return exitCode;
}
