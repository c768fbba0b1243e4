// `carillon outbox`: publishes what the transactions of a platform have written into an outbox table of its own Postgres.
import { type Command, InvalidArgumentError } from 'commander';
import type { Published, RelayNews } from '#outbox/relay.ts';
import { createTable, type OutboxEvent, tableName } from '#outbox/table.ts';
import { type AdminClient, ApiFailure } from '../client.ts';
import type { Cli } from '../cli.ts';
import { databaseUrlOption } from '../database-url.ts';
import { exitCodes, Failure } from '../failure.ts';
import { readSecret } from '../secret-input.ts';

interface OutboxFlags {
  readonly from?: string;
  readonly fromFile?: string;
  readonly table: string;
  readonly printTable?: true;
}

export function addOutbox(program: Command, cli: Cli): void {
  program
    .command('outbox')
    .description(
      'Publish the rows of an outbox table in your own Postgres, each exactly once, as soon as they are committed.',
    )
    .addOption(databaseUrlOption('--from <url>', 'postgres://user@host/database, no password', 'postgres'))
    .option('--from-file <file>', 'file of that URL, with a password; - is standard input')
    .option('--table <name>', 'the table, perhaps with its schema', readTableName, 'carillon_outbox')
    .option('--print-table', 'only print the SQL that makes the table and its trigger')
    .action((flags: OutboxFlags) => relay(cli, flags));
}

function readTableName(text: string): string {
  if (tableName.test(text)) return text;
  throw new InvalidArgumentError('It must be lower-case letters, digits and underscores, e.g. app.outbox.');
}

async function relay(cli: Cli, { from, fromFile, table, printTable }: OutboxFlags): Promise<void> {
  if (printTable === true) return cli.answer({ sql: createTable(table) }, ({ sql }) => sql.trimEnd());
  if ((from === undefined) === (fromFile === undefined)) {
    throw new Failure('give the database of the outbox with --from or --from-file', {
      hint: 'carillon outbox --print-table shows the table that it needs',
      exitCode: exitCodes.usage,
    });
  }
  const url = from ?? (await readSecret(cli, fromFile ?? '-'));
  const client = cli.client();
  const { runRelay } = await import('#outbox/relay.ts');
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  // One line each, also with --json.
  const report = (news: RelayNews): void =>
    cli.terminal.print(cli.flags().json === true ? JSON.stringify(news) : describe(news));
  const publish = (tenant: string, events: readonly OutboxEvent[]) => publishAll(client, tenant, events);
  try {
    await runRelay({ url, table, publish, report, clock: cli.clock }, interrupted.signal);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** What is wrong with the events themselves. Everything else passes, or must be mended first. */
const refusals = [400, 404, 409, 413, 422];

async function publishAll(
  client: AdminClient,
  tenant: string,
  events: readonly OutboxEvent[],
): Promise<Published> {
  try {
    await client.publish('publishBatch', tenant, `{"events":[${events.map(({ json }) => json).join(',')}]}`);
    return { kind: 'published' };
  } catch (error) {
    if (!(error instanceof ApiFailure) || !refusals.includes(error.status)) throw error;
    return { kind: 'refused', reason: [error.message, ...error.details].join('; ') };
  }
}

function describe(news: RelayNews): string {
  switch (news.kind) {
    case 'leading':
      return 'publishes from now on';
    case 'standing_by':
      return 'another relay publishes this table: stands by';
    case 'published':
      return `published ${news.count}, the oldest after ${Math.round(news.lagMs)} ms`;
    case 'refused':
      return `row ${news.row} is refused: ${news.reason}`;
    default:
      return `failed: ${news.reason}; tries again in ${news.againMs} ms`;
  }
}
