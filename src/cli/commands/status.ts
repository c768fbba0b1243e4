// `carillon status`: the server, the processes that share its database, and its settings.
import type { Command } from 'commander';
import type { Server } from '#contract/server.ts';
import type { Cli } from '../cli.ts';
import { formatMebibytes } from '../output/sizes.ts';
import { createTable, formatFields } from '../output/table.ts';
import { toPlain } from '../output/terminal.ts';
import { shortTime } from '../output/times.ts';

interface StatusFlags {
  readonly settings?: true;
  readonly all?: true;
}

export function addStatus(program: Command, cli: Cli): void {
  program
    .command('status')
    .description('Show the server, the processes that share its database, and its settings.')
    .option('--settings', 'the settings that are not the default; of a secret, whether it is set')
    .option('--all', 'with --settings: all of them')
    .action(async ({ settings, all }: StatusFlags) => {
      const server = await cli.client().call('describeServer', {});
      const isSettings = settings === true || all === true;
      await cli.page(server, (found) =>
        isSettings ? describeSettings(cli, found, all === true) : describeServer(cli, found),
      );
    });
}

function describeServer(cli: Cli, { version, node, paused, troubles, database, processes }: Server): string {
  const { bold, dim } = cli.terminal.colors;
  const fields = formatFields(
    [
      ['version', `${toPlain(version)}, Node ${toPlain(node)}`],
      [
        'state',
        troubles.length > 0 ? `not ready: ${troubles.map(toPlain).join('; ')}` : paused ? 'paused' : 'ready',
      ],
      ['database', `${toPlain(database.name)}, ${database.kind} ${toPlain(database.version)}`],
      ['schema', String(database.schema)],
      ['size', formatMebibytes(database.sizeBytes)],
    ],
    dim,
  );
  const table = createTable(['PROCESS', 'ROLE', 'VERSION', 'SINCE'], { paintHeader: bold });
  const rows = processes.map(({ own, role, version: its, host, pid, startedAt }) => [
    host === null ? 'not known' : `${toPlain(host)}:${pid}${own ? ' (answers)' : ''}`,
    role ?? '-',
    toPlain(its ?? '-'),
    shortTime(cli, startedAt),
  ]);
  return [fields, '', ...table.format(rows)].join('\n');
}

function describeSettings(cli: Cli, { settings }: Server, isAll: boolean): string {
  const { bold } = cli.terminal.colors;
  const shown = isAll ? settings : settings.filter(({ given }) => given);
  if (shown.length === 0) return 'every setting has its default; --all shows them';
  const table = createTable(['SETTING', 'VALUE', 'DEFAULT'], {
    paintHeader: bold,
    width: cli.terminal.width,
  });
  return table
    .format(shown.map((each) => [each.name, toPlain(each.value) || '-', toPlain(each.default) || '-']))
    .join('\n');
}
