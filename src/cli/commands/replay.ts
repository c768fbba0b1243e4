// `carillon replay`: redelivery of many deliveries, as a durable job of the server.
import { type Command, InvalidArgumentError } from 'commander';
import type { Delivery } from '#contract/deliveries.ts';
import type { Replay } from '#contract/replays.ts';
import type { Mode } from '#contract/schema.ts';
import { formatTime } from '#lib/rfc3339.ts';
import { list, modeOption, pointInTime, wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { states } from './deliveries.ts';
import { exitCodes, Failure } from '../failure.ts';
import { formatFields } from '../output/table.ts';
import { toPlain } from '../output/terminal.ts';

interface StartFlags {
  readonly endpoint?: string;
  readonly states: Delivery['state'][];
  readonly eventTypes?: string[];
  readonly since: string;
  readonly until?: string;
  readonly mode?: Mode;
  readonly rate?: number;
  readonly dryRun?: boolean;
  readonly watch?: boolean;
}

const watchMs = 1000;

export function addReplay(program: Command, cli: Cli): void {
  const replay = program.command('replay').description('Redeliver many deliveries, as a job of the server.');
  addStart(replay, cli);

  replay
    .command('status <tenant> <replay>')
    .description('Show the progress of a replay.')
    .option('--watch', 'show the progress until it has ended')
    .action(async (tenant: string, id: string, { watch }: { watch?: boolean }) => {
      if (watch === true) return watchReplay(cli, tenant, id);
      cli.answer(await cli.client().call('getReplay', { params: { tenant, id } }), (value) =>
        describeReplay(cli, value),
      );
    });

  replay
    .command('stop <tenant> <replay>')
    .description('Stop a replay. Redeliveries that it has started still happen.')
    .action(async (tenant: string, id: string) => {
      const stopped = await cli.client().call('stopReplay', { params: { tenant, id } });
      cli.answer(stopped, () => `stopped replay ${toPlain(id)}`);
    });
}

function addStart(replay: Command, cli: Cli): void {
  const when = pointInTime(cli.clock);
  replay
    .command('start <tenant>')
    .description('Redeliver the deliveries that were created in a span of time.')
    .requiredOption(
      '--since <time>',
      'created at or after this time: 2026-01-02T03:04:05Z, 15m, 2h, 7d',
      when,
    )
    .option('--until <time>', 'created before this time (default: now)', when)
    .option('--states <states>', 'only these states (default: exhausted,held)', readStates)
    .option('--endpoint <endpoint>', 'only this endpoint')
    .option('--event-types <types>', 'only these event types', list)
    .addOption(modeOption('only this mode'))
    .option('--rate <count>', 'redeliveries per second', wholeNumber(1, 10_000))
    .option('--dry-run', 'only count the deliveries')
    .option('--watch', 'show the progress until it has ended')
    .action((tenant: string, flags: Partial<StartFlags> & { since: string }) =>
      start(cli, tenant, { ...flags, states: flags.states ?? ['exhausted', 'held'] }),
    );
}

function readStates(text: string, previous: readonly string[] | undefined): Delivery['state'][] {
  const chosen = list(text, previous);
  if (chosen.every(isState)) return chosen;
  throw new InvalidArgumentError(`It must be some of ${states.join(', ')}.`);
}

function isState(text: string): text is Delivery['state'] {
  return states.some((state) => state === text);
}

async function start(cli: Cli, tenant: string, flags: StartFlags): Promise<void> {
  const { rate: ratePerSecond, watch, ...terms } = flags;
  const body = { until: formatTime(cli.clock.now()), ...terms, ratePerSecond };
  const started = await cli.client().call('createReplay', { params: { tenant }, body });
  const { total } = started;
  if (!('id' in started)) return cli.answer(started, () => `${total} deliveries would be redelivered`);
  const { id } = started;
  if (watch === true) return watchReplay(cli, tenant, id);
  const next = cli.terminal.colors.dim(`carillon replay status ${toPlain(tenant)} ${id} --watch`);
  cli.answer(started, () => `replay ${id} redelivers ${total} deliveries\n${next}`);
}

/** Polls once per second until the replay has ended, and prints the last answer. */
async function watchReplay(cli: Cli, tenant: string, id: string): Promise<void> {
  const client = cli.client();
  const ask = (): Promise<Replay> => client.call('getReplay', { params: { tenant, id } });
  let replay = await ask();
  while (replay.state === 'running') {
    cli.terminal.progress(`replay ${replay.id}: ${describeProgress(replay)}`);
    await cli.clock.sleep(watchMs);
    replay = await ask();
  }
  cli.terminal.progress(null);
  cli.answer(replay, (value) => describeReplay(cli, value));
  if (replay.state === 'stopped') {
    throw new Failure('the replay was stopped before it was finished', { exitCode: exitCodes.failed });
  }
}

function describeProgress({ done, total }: Replay): string {
  return total === 0 ? 'nothing to redeliver' : `${done} of ${total} (${Math.floor((100 * done) / total)} %)`;
}

function describeReplay(cli: Cli, replay: Replay): string {
  const fields = [
    ['id', replay.id],
    ['state', replay.state],
    ['redelivered', describeProgress(replay)],
    ['states', replay.states.join(', ')],
    ['event types', replay.eventTypes?.map(toPlain).join(', ') ?? 'all'],
    ['endpoint', replay.endpoint ?? 'all'],
    ['mode', replay.mode ?? 'both'],
    ['span', `${replay.since} to ${replay.until}`],
    ['rate', `${replay.ratePerSecond} per second`],
    ['created', replay.createdAt],
  ] as const;
  return formatFields(fields, cli.terminal.colors.dim);
}
