// `carillon listen`: events of a tenant at an application on this machine, without a public URL. A pull endpoint behind a name.
import { type Command, InvalidArgumentError } from 'commander';
import type { Mode } from '#contract/schema.ts';
import { list, modeOption, wholeNumber } from '../arguments.ts';
import type { Cli, Input } from '../cli.ts';
import type { AdminClient } from '../client.ts';
import { exitCodes, Failure } from '../failure.ts';
import { readHeader } from '../header-input.ts';
import { inspect, requireTerminal } from '../listen/inspect.ts';
import { createLines, type ListenLines } from '../listen/lines.ts';
import {
  chooseTenant,
  defaultName,
  type Listener,
  openListener,
  removeListener,
} from '../listen/listener.ts';
import { runSession } from '../listen/session.ts';
import { chooseTarget, readTarget } from '../listen/target.ts';
import { listenForInterrupt } from '../live/interruption.ts';

interface ListenFlags {
  readonly tenant?: string;
  readonly mode: Mode;
  readonly name?: string;
  readonly events?: string[];
  readonly path?: string;
  readonly forwardHeader?: (readonly [string, string])[];
  readonly allowExternal?: true;
  readonly printSecret?: true;
  readonly count?: number;
  readonly timeout?: number;
  readonly failOnError?: true;
  readonly once?: true;
  readonly missed: boolean;
  readonly inspect?: true;
}

const exitCodeHelp = `
Exit codes:
  0    stopped by Ctrl-C or a key of --inspect, or --count was reached
  1    the server cannot be reached at the start, or refuses the key; --timeout ended before --count was reached;
       a request failed, with --fail-on-error
  2    wrong usage, such as a target off this machine without --allow-external, or --inspect without a terminal
  78   wrong configuration, such as no key
  130  a second Ctrl-C, which waits for nothing

Examples:
  carillon listen 3000 --tenant acme
  carillon listen http://localhost:3000/hook --events payment.*,payout.paid
  carillon listen 3000 --inspect                                  # see, edit and send each event again
  carillon listen 3000 --count 1 --timeout 60s --fail-on-error   # in CI`;

export function addListen(program: Command, cli: Cli): void {
  program
    .command('listen')
    .description(
      'Send events of a tenant to an application on this machine; what is published meanwhile waits.',
    )
    .argument('[target]', 'port or URL (default: the first usual port that is open)', readTarget)
    .option('--tenant <tenant>', 'whose events (default: the only tenant)')
    .addOption(modeOption('mode of the events').default('test'))
    .option(
      '--name <name>',
      'terminals with the same name share the events and the secret (default: this host)',
    )
    .option('--events <types>', 'names and prefixes (payment.*), separated by commas (default: all)', list)
    .option('--path <path>', 'path of the target, in place of its own')
    .option('--forward-header <header>', 'add "name: value" to each request; may be repeated', readHeader)
    .option('--allow-external', 'allow a target off this machine')
    .option('--print-secret', 'print the signing secret alone, and end')
    .option('--count <n>', 'end after so many requests', wholeNumber(1, 1_000_000))
    .option('--timeout <time>', 'end after this time: 60s, 5m', readDuration)
    .option('--fail-on-error', 'end with exit code 1 after the first request that fails')
    .option('--once', 'remove the endpoint and what waits for it at the end')
    .option('--no-missed', 'drop what was published while nothing listened')
    .option(
      '--inspect',
      'show each event, and send it again, edited or not, before the next one comes; needs a terminal',
    )
    .addHelpText('after', exitCodeHelp)
    .action((target: URL | undefined, flags: ListenFlags) => listen(cli, target, flags));
}

async function listen(cli: Cli, given: URL | undefined, flags: ListenFlags): Promise<void> {
  const { mode, events: eventTypes, name = defaultName() } = flags;
  const input = flags.inspect === true ? requireTerminal(cli) : null;
  const client = cli.client();
  const tenant = await chooseTenant(client, flags.tenant);
  const target = flags.printSecret === true ? null : await chooseTarget(given, flags);
  const listener = await openListener(client, { tenant, name, mode, eventTypes });
  if (target === null) return printSecret(cli, listener);
  const lines = createLines(cli, target, client.origin);
  if (!flags.missed && !listener.isNew) await dropMissed(client, tenant, listener, lines);
  lines.ready(listener, tenant, name);
  try {
    await run(cli, client, { tenant, listener, target, flags, lines, input });
  } finally {
    if (flags.once === true) await removeListener(client, tenant, listener);
  }
}

interface Setting {
  readonly tenant: string;
  readonly listener: Listener;
  readonly target: URL;
  readonly flags: ListenFlags;
  readonly lines: ListenLines;
  /** The terminal of `--inspect`. */
  readonly input: Input | null;
}

async function run(cli: Cli, client: AdminClient, setting: Setting): Promise<void> {
  const { tenant, listener, target, flags, lines, input } = setting;
  const { clock } = cli;
  const interruption = listenForInterrupt();
  const late = new AbortController();
  const ended = new AbortController();
  if (flags.timeout !== undefined) {
    void clock.sleep(flags.timeout, ended.signal).then(() => late.abort());
  }
  const application = { target, headers: flags.forwardHeader ?? [], clock };
  const answeredAgain: ListenLines['answeredAgain'] = (...again) => lines.answeredAgain(...again);
  const { secret } = listener;
  try {
    const totals = await runSession({
      client,
      clock,
      tenant,
      endpoint: listener.endpoint.id,
      application,
      signal: AbortSignal.any([interruption.signal, late.signal]),
      report: lines,
      countMax: flags.count ?? Infinity,
      failsFast: flags.failOnError === true,
      inspect:
        input === null
          ? null
          : (delivery, signal) =>
              inspect(delivery, { cli, input, application, secret, signal, answeredAgain }),
    });
    lines.total(totals);
    const isShort = late.signal.aborted && totals.answered < (flags.count ?? 0);
    const hasFailed = flags.failOnError === true && totals.failed > 0;
    if (isShort || hasFailed) cli.setExitCode(exitCodes.failed);
  } finally {
    ended.abort();
    interruption.end();
  }
}

function printSecret(cli: Cli, { secret, secretReason }: Listener): void {
  if (secret === null) throw new Failure(`there is no secret to show: ${secretReason}`);
  cli.answer({ secret }, () => secret);
}

async function dropMissed(
  client: AdminClient,
  tenant: string,
  { endpoint }: Listener,
  lines: ListenLines,
): Promise<void> {
  const { canceled } = await client.call('purgeEndpoint', { params: { tenant, id: endpoint.id } });
  if (canceled > 0) lines.dropped(canceled);
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

function readDuration(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * (unitMs[unit] ?? 0);
  throw new InvalidArgumentError('It must be a time such as 60s or 5m.');
}
