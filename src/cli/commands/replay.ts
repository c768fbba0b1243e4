// `carillon replay`: redelivery of many deliveries, as a durable job of the server.
import { type Command, InvalidArgumentError } from 'commander';
import type { Delivery } from '#contract/deliveries.ts';
import type { Replay, StartedReplay } from '#contract/replays.ts';
import type { Mode } from '#contract/schema.ts';
import { formatTime } from '#lib/rfc3339.ts';
import { list, modeOption, pointInTime, wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { carillon } from '../invocation.ts';
import { states } from './deliveries.ts';
import { exitCodes, Failure } from '../failure.ts';
import { addPageFlags, type Columns, type PageFlags, printPages } from '../output/pages.ts';
import { formatFields } from '../output/table.ts';
import { toPlain } from '../output/terminal.ts';
import { fullTime, shortTime } from '../output/times.ts';

interface StartFlags {
  readonly endpoint?: string;
  readonly states: Delivery['state'][];
  readonly eventTypes?: string[];
  readonly since: string;
  readonly until?: string;
  readonly mode?: Mode;
  readonly rate?: number;
  readonly includeDisabled?: boolean;
  readonly dryRun?: boolean;
  readonly watch?: boolean;
}

const watchMs = 1000;

export function addReplay(program: Command, cli: Cli): void {
  const replay = program.command('replay').description('Redeliver many deliveries, as a job of the server.');
  addStart(replay, cli);

  addPageFlags(replay.command('list').description('List replays, newest first.').argument('<tenant>')).action(
    (tenant: string, page: PageFlags) =>
      printPages(cli, page, columnsOf(cli), (client, place) =>
        client.call('listReplays', { params: { tenant }, query: place }),
      ),
  );

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
    .command('watch <tenant> <replay>')
    .description(
      'Show the progress of a replay until it has ended. Interrupting this does not stop the replay.',
    )
    .action((tenant: string, id: string) => watchReplay(cli, tenant, id));

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
    .option('--include-disabled', 'also deliveries of disabled endpoints; those of --endpoint always are')
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
  if (!('id' in started)) {
    const { leftOut } = started;
    const hint = `${leftOut} more are left out because their endpoints are disabled: --include-disabled`;
    const text = `${total} deliveries would be redelivered`;
    return cli.answer(started, () => (leftOut === 0 ? text : `${text}\n${cli.terminal.colors.dim(hint)}`));
  }
  if (watch === true) return watchReplay(cli, tenant, started.id);
  answerStarted(cli, tenant, started, `replay ${started.id} redelivers ${total} deliveries`);
}

/** What has started, and the command that shows its progress. */
export function answerStarted(cli: Cli, tenant: string, started: StartedReplay, text: string): void {
  const next = cli.terminal.colors.dim(`${carillon} replay watch ${toPlain(tenant)} ${started.id}`);
  cli.answer(started, () => `${text}\n${next}`);
}

/** Polls once per second until the replay has ended or Ctrl-C, and prints the last answer. */
export async function watchReplay(cli: Cli, tenant: string, id: string): Promise<void> {
  const client = cli.client();
  const ask = (): Promise<Replay> => client.call('getReplay', { params: { tenant, id } });
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  process.once('SIGINT', onSignal);
  try {
    let replay = await ask();
    while (replay.state === 'running' && !interrupt.signal.aborted) {
      cli.terminal.progress(`replay ${replay.id}: ${describeProgress(replay)}`);
      await cli.clock.sleep(watchMs, interrupt.signal);
      replay = await ask();
    }
    cli.terminal.progress(null);
    answerWatched(cli, tenant, replay);
  } finally {
    process.off('SIGINT', onSignal);
  }
}

function answerWatched(cli: Cli, tenant: string, replay: Replay): void {
  cli.answer(replay, (value) => describeReplay(cli, value));
  if (replay.state === 'running') {
    const ref = `${toPlain(tenant)} ${toPlain(replay.id)}`;
    const hint = `stop it with: ${carillon} replay stop ${ref}; go on watching with: ${carillon} replay watch ${ref}`;
    throw new Failure('the replay continues on the server', { hint, exitCode: exitCodes.failed });
  }
  if (replay.state === 'stopped') {
    throw new Failure('the replay was stopped before it was finished', { exitCode: exitCodes.failed });
  }
}

function describeProgress({ done, total, delivered, failed }: Replay): string {
  if (total === 0) return 'nothing to deliver';
  return `${done} of ${total} ordered, ${delivered} delivered, ${failed} failed`;
}

const columnsOf = (cli: Cli): Columns<Replay> => ({
  names: ['ID', 'KIND', 'STATE', 'STATES', 'TOTAL', 'ORDERED', 'DELIVERED', 'FAILED', 'CREATED'],
  row: ({ id, kind, state, states: chosen, total, done, delivered, failed, createdAt }) => [
    id,
    kind,
    state,
    chosen.join(','),
    ...[total, done, delivered, failed].map(String),
    shortTime(cli, createdAt),
  ],
  least: ['STATES', 'ORDERED'],
  none: 'no replays',
});

function describeReplay(cli: Cli, replay: Replay): string {
  const fields = [
    ['id', replay.id],
    ['kind', replay.kind],
    ['state', replay.state],
    ['progress', describeProgress(replay)],
    ...(replay.kind === 'backfill' ? [] : [['states', replay.states.join(', ')] as const]),
    ['event types', replay.eventTypes?.map(toPlain).join(', ') ?? 'all'],
    ['endpoint', replay.endpoint ?? 'all'],
    ['mode', replay.mode ?? 'both'],
    ['span', `${replay.since} to ${replay.until}`],
    ['disabled endpoints', replay.includeDisabled ? 'included' : 'left out unless named'],
    ['rate', `${replay.ratePerSecond} per second`],
    ['created', fullTime(cli, replay.createdAt)],
  ] as const;
  return formatFields(fields, cli.terminal.colors.dim);
}
