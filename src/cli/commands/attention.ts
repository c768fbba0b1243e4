// `carillon attention`: the endpoints of all tenants that need a person.
import type { Command } from 'commander';
import type { Attention } from '#contract/attention.ts';
import type { Cli } from '../cli.ts';
import { noUrl } from '../output/endpoint-text.ts';
import { addPageFlags, type Columns, type PageFlags, printPages } from '../output/pages.ts';
import { toPlain } from '../output/terminal.ts';
import { shortTime } from '../output/times.ts';

const columnsOf = (cli: Cli): Columns<Attention> => ({
  names: ['TENANT', 'ENDPOINT', 'MODE', 'REASONS', 'FAILURES', 'WAITING', 'OLDEST DUE', 'URL'],
  row: ({ tenant, endpoint, mode, reasons, disabledReason, failureCount, waiting, oldestDueAt, url }) => [
    toPlain(tenant),
    endpoint,
    mode,
    reasons.map((reason) => (reason === 'disabled' ? `disabled: ${disabledReason}` : reason)).join(', '),
    String(failureCount),
    waiting === countedMax ? `${countedMax} or more` : String(waiting),
    oldestDueAt === null ? '-' : shortTime(cli, oldestDueAt),
    toPlain(url ?? noUrl),
  ],
  least: ['MODE', 'OLDEST DUE'],
  none: 'no endpoint needs a person',
});

/** As in the contract. */
const countedMax = 1000;

export function addAttention(program: Command, cli: Cli): void {
  addPageFlags(
    program
      .command('attention')
      .description('List the endpoints of all tenants that are disabled, fail, or have a backlog.'),
  ).action((page: PageFlags) =>
    printPages(cli, page, columnsOf(cli), (client, place) => client.call('listAttention', { query: place })),
  );
}
