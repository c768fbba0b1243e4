// `carillon partitions`: the databases over which tenants are spread. Works on the databases, not on the admin API.
import type { Command } from 'commander';
import type { Added, Overview } from '#app/partitions.ts';
import type { Config } from '#config.ts';
import { type NamedUrl, readPartitionList } from '#lib/partition-list.ts';
import { hasPassword, splitHosts } from '#lib/postgres-url.ts';
import type { Cli } from '../cli.ts';
import { exitCodes, Failure, messageOf } from '../failure.ts';
import { formatMebibytes } from '../output/sizes.ts';
import { createTable } from '../output/table.ts';
import { toPlain } from '../output/terminal.ts';
import { readSecret } from '../secret-input.ts';
import { addSettingFlags, readSettings } from '../setting-flags.ts';
import { addMove } from './partitions-move.ts';

/** What names the databases. */
const settings = /^(DATABASE_URL|CARILLON_PARTITIONS)$/;

export function addPartitions(program: Command, cli: Cli): void {
  const partitions = program
    .command('partitions')
    .description('Postgres databases over which tenants are spread (CARILLON_PARTITIONS). Needs no server.');
  const list = partitions
    .command('list')
    .description('List the databases with their slots, tenants, waiting deliveries and size.');
  addSettingFlags(list, settings).action(async (options: Record<string, unknown>) => {
    const config = await readSettings(cli, options);
    const app = await import('#app/partitions.ts');
    cli.answer(await app.list(config), (overview) => describe(cli, overview));
  });
  const add = partitions
    .command('add')
    .description('Check and migrate one more database, and give it its share of the slots without tenants.')
    .argument(
      '[partition]',
      'name=postgres://user@host/database without a password, or a name of CARILLON_PARTITIONS',
    )
    .option('--file <file>', 'file with name=postgres://user:password@host/database; - is standard input');
  addMove(partitions, cli, settings);
  addSettingFlags(add, settings).action(
    async (text: string | undefined, options: Record<string, unknown>) => {
      const config = await readSettings(cli, options);
      const added = await readAdded(cli, config, text, options['file']);
      const app = await import('#app/partitions.ts');
      cli.answer(await app.add(config, added), (made) => describeAdded(made, added));
    },
  );
}

function describe(cli: Cli, { partitions, version, move }: Overview): string {
  const { bold } = cli.terminal.colors;
  const names = ['NAME', 'SLOTS', 'TENANTS', 'EVENTS', 'WAITING', 'SIZE', 'USABLE'];
  const table = createTable(names, { paintHeader: bold, width: cli.terminal.width });
  const rows = partitions.map(({ name, slots, tenants, events, waiting, sizeBytes, usable }) => [
    toPlain(name),
    String(slots),
    String(tenants),
    events === null ? '-' : `~${events}`,
    String(waiting ?? '-'),
    sizeBytes === null ? '-' : formatMebibytes(sizeBytes),
    usable ? 'yes' : 'no',
  ]);
  const problems = partitions.flatMap(({ name, problem }) =>
    problem === null ? [] : [`${toPlain(name)}: ${toPlain(problem)}`],
  );
  const foot = version === 0 ? 'All tenants are in one database.' : `Version ${version} of the slot map.`;
  return [...table.format(rows), ...problems, ...describeMove(move), foot].join('\n');
}

function describeMove(move: Overview['move']): string[] {
  if (move === null) return [];
  const { from, to, moved, waiting, closed } = move;
  const now = closed === 0 ? '' : `, ${closed} of them closed`;
  return [
    `A move from ${toPlain(from)} to ${toPlain(to)} is under way: ${moved} slots moved, ${waiting} to move${now}.`,
  ];
}

async function readAdded(
  cli: Cli,
  config: Config,
  text: string | undefined,
  file: unknown,
): Promise<NamedUrl> {
  if ((text === undefined) === (typeof file !== 'string')) {
    throw new Failure('give the database as name=postgres://… or with --file', { exitCode: exitCodes.usage });
  }
  const known = config.partitions.find(({ name }) => name === text);
  if (known !== undefined) return known;
  if (text !== undefined && hasPassword(text.replace(/^[^=]*=/, ''))) throw passwordRefused();
  const given = text ?? (await readSecret(cli, String(file)));
  const [added, ...others] = parse(given.trim());
  if (added === undefined || others.length > 0) {
    throw new Failure('one database is added at a time', { exitCode: exitCodes.usage });
  }
  return added;
}

function passwordRefused(): Failure {
  return new Failure('the password of a database must not be an argument, which every user here can read', {
    hint: 'give the database in a file, with --file; - is standard input',
    exitCode: exitCodes.usage,
  });
}

function parse(text: string): readonly NamedUrl[] {
  try {
    return readPartitionList(text, splitHosts);
  } catch (error) {
    throw new Failure(`the partition ${messageOf(error)}`, { exitCode: exitCodes.usage });
  }
}

function describeAdded({ name, slots, partitions }: Added, { url }: NamedUrl): string {
  const others = partitions.filter((one) => one !== name).map((one) => `${one}=…,`);
  const shown = hasPassword(url) ? 'postgres://…' : url;
  return [
    `${name}: migrated, and entered in the slot map with ${slots} slots without tenants.`,
    'Give every process this setting and restart it; until then it answers 503 for new tenants of these slots:',
    `  CARILLON_PARTITIONS=${others.join('')}${name}=${shown}`,
    `Tenants stay where they are until you move them: carillon partitions move … --to ${name}`,
  ].join('\n');
}
