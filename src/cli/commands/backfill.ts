// `carillon endpoints backfill`: earlier events for an endpoint, as a job of the server like a replay.
import type { Command } from 'commander';
import { list, pointInTime, wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { answerStarted, watchReplay } from './replay.ts';

interface Flags {
  readonly since: string;
  readonly until?: string;
  readonly eventTypes?: string[];
  readonly rate?: number;
  readonly dryRun?: boolean;
  readonly watch?: boolean;
}

export function addBackfill(endpoints: Command, cli: Cli): void {
  const when = pointInTime(cli.clock);
  endpoints
    .command('backfill <tenant> <endpoint>')
    .description(
      'Deliver events to an endpoint that were published before it existed or subscribed. What it has a delivery of already is ' +
        'left out. `carillon replay` lists the job, shows its progress, and stops it.',
    )
    .requiredOption(
      '--since <time>',
      'published at or after this time: 2026-01-02T03:04:05Z, 15m, 2h, 7d',
      when,
    )
    .option('--until <time>', 'published before this time (default: now)', when)
    .option('--event-types <types>', 'only these of the event types of the endpoint', list)
    .option('--rate <count>', 'deliveries per second', wholeNumber(1, 10_000))
    .option('--dry-run', 'only count the events')
    .option('--watch', 'show the progress until it has ended')
    .action((tenant: string, id: string, flags: Flags) => backfill(cli, tenant, id, flags));
}

async function backfill(
  cli: Cli,
  tenant: string,
  id: string,
  { rate: ratePerSecond, watch, ...terms }: Flags,
): Promise<void> {
  const body = { ...terms, ratePerSecond };
  const started = await cli.client().call('createBackfill', { params: { tenant, id }, body });
  const { total } = started;
  if (!('id' in started)) return cli.answer(started, () => `${total} events would be delivered`);
  if (watch === true) return watchReplay(cli, tenant, started.id);
  answerStarted(cli, tenant, started, `backfill ${started.id} delivers ${total} events`);
}
