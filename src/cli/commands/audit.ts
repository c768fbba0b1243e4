// `carillon audit`: who changed what.
import type { Command } from 'commander';
import type { AuditEntry } from '#contract/audit.ts';
import { pointInTime } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { addPageFlags, type Columns, type PageFlags, printPages } from '../output/pages.ts';
import { toPlain } from '../output/terminal.ts';
import { shortTime } from '../output/times.ts';

interface AuditFlags extends PageFlags {
  readonly tenant?: string;
  readonly actor?: string;
  readonly command?: string;
  readonly since?: string;
  readonly until?: string;
}

const columnsOf = (cli: Cli): Columns<AuditEntry> => ({
  names: ['TIME', 'WHO', 'COMMAND', 'TENANT', 'WHAT', 'CHANGED', 'FROM'],
  row: ({ at, actor, command, tenant, noun, target, before, after, address }) => [
    shortTime(cli, at),
    toPlain(`${actor.kind} ${actor.name}`),
    command,
    toPlain(tenant ?? '-'),
    toPlain(`${noun} ${target}`),
    before === null ? 'made' : after === null ? 'removed' : Object.keys(after).join(', ') || 'nothing',
    address ?? '-',
  ],
  least: ['FROM', 'WHO'],
  none: 'no changes',
});

export function addAudit(program: Command, cli: Cli): void {
  addPageFlags(
    program
      .command('audit')
      .description('List who changed what, newest first; --json has the values before and after.')
      .option('--tenant <tenant>', 'only changes of this tenant')
      .option('--actor <id>', 'only changes by this key, credential or session')
      .option('--command <name>', 'only changes by this command, such as changeEndpoint')
      .option('--since <time>', 'only changes at this time or later', pointInTime(cli.clock))
      .option('--until <time>', 'only changes before this time', pointInTime(cli.clock)),
  ).action(({ tenant, actor, command, since, until, ...page }: AuditFlags) =>
    printPages(cli, page, columnsOf(cli), (client, place) =>
      client.call('listAudit', { query: { tenant, actor, command, since, until, ...place } }),
    ),
  );
}
