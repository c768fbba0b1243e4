// Publishes all events of a file or a pipe in batches, and prints the progress.
import type { PublishedBatch } from '#contract/events.ts';
import { type Batch, toBatches } from './batches.ts';
import type { Cli } from '../cli.ts';
import { readEvents } from './event-reader.ts';
import { Failure } from '../failure.ts';
import type { OpenInput } from '../input.ts';
import { printRows } from '../output/pages.ts';
import { createProgress } from '../output/progress.ts';
import { publishBatch, type PublishCount } from './publish.ts';

export async function publishAll(cli: Cli, tenant: string, input: OpenInput): Promise<void> {
  const client = cli.client();
  const startedAt = cli.clock.now();
  const count: PublishCount = { events: 0, replayed: 0, deliveries: 0 };
  const onWait = (ms: number): void =>
    cli.terminal.progress(`the server is busy; retrying in ${ms / 1000} s`);
  const deps = { client, clock: cli.clock, onWait };
  try {
    const total = input.isFile ? await validate(cli, input) : null;
    const progress = createProgress(cli, 'events', total);
    for await (const batch of toBatches(readEvents(input.read()), cli.clock)) {
      const published = await publishBatch(deps, tenant, batch);
      add(count, published, batch);
      if (cli.flags().json === true) printRows(cli, published.events);
      progress.show(count.events, countOf(count.deliveries, 'delivery', 'deliveries'));
    }
  } catch (error) {
    throw withCount(error, count);
  } finally {
    cli.terminal.progress(null);
  }
  cli.terminal.note(`${describeCount(count)} in ${((cli.clock.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** A file is validated first: with a wrong line, nothing is sent. Returns how many events it has. */
async function validate(cli: Cli, input: OpenInput): Promise<number> {
  const progress = createProgress(cli, 'events checked', null);
  let total = 0;
  for await (const events of readEvents(input.read())) {
    total += events.length;
    progress.show(total);
  }
  return total;
}

function add(count: PublishCount, { events }: PublishedBatch, batch: Batch): void {
  count.events += batch.length;
  count.replayed += events.filter(({ replayed }) => replayed).length;
  count.deliveries += events.reduce((sum, { deliveries }) => sum + deliveries, 0);
}

function describeCount({ events, replayed, deliveries }: PublishCount): string {
  const repeated = replayed === 0 ? '' : ` (${replayed} of them published before)`;
  return `${countOf(events, 'event')} published${repeated}, ${countOf(deliveries, 'delivery', 'deliveries')}`;
}

function countOf(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** Adds to the error how many events have been published already. */
function withCount(error: unknown, published: PublishCount): unknown {
  if (!(error instanceof Failure)) return error;
  const state =
    published.events === 0
      ? 'nothing was published'
      : `${countOf(published.events, 'event')} before it ${published.events === 1 ? 'was' : 'were'} published; ` +
        'events that have an id can be sent again: they are not published twice';
  const { hint, exitCode, details } = error;
  return new Failure(error.message, { hint, exitCode, details: [...details, state], cause: error });
}
