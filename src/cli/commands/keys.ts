// `carillon keys`: keys of the admin API, each with what it may do and which tenants it reaches, and the encryption key.
import { type Command, Option } from 'commander';
import type { IssuedKey, Key, KeyScope } from '#contract/keys.ts';
import { laterTime } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { addEncryptionKeys } from './encryption-keys.ts';
import { carillon } from '../invocation.ts';
import { addPageFlags, type Columns, type PageFlags, printPages } from '../output/pages.ts';
import { formatFields } from '../output/table.ts';
import { toPlain } from '../output/terminal.ts';
import { fullTime, shortTime } from '../output/times.ts';
import { addRemove } from '../removal.ts';

const columnsOf = (cli: Cli): Columns<Key> => ({
  names: ['ID', 'NAME', 'BEGINS', 'SCOPES', 'TENANTS', 'EXPIRES', 'LAST USED'],
  row: ({ id, name, prefix, scopes, tenants, expiresAt, lastUsedAt }) => [
    id,
    toPlain(name),
    prefix,
    scopes.join(','),
    describeTenants(tenants),
    expiresAt === null ? 'never' : shortTime(cli, expiresAt),
    lastUsedAt === null ? 'never' : shortTime(cli, lastUsedAt),
  ],
  least: ['BEGINS', 'EXPIRES'],
  none: `no keys besides those of the configuration; create one with: ${carillon} keys create <name> --scope publish`,
});

/** As in the contract. Repeated here, so that the command line starts without loading the schemas. */
const scopes: readonly KeyScope[] = ['publish', 'read', 'endpoints', 'secrets', 'replay', 'tenants', 'keys'];

interface CreateFlags {
  readonly scope: readonly KeyScope[];
  readonly tenant?: readonly string[];
  readonly expires?: string;
}

export function addKeys(program: Command, cli: Cli): void {
  const keys = program
    .command('keys')
    .description('Keys of the admin API, and rotation of the encryption key.');

  keys
    .command('create <name>')
    .description('Create a key. It is shown only once.')
    .addOption(new Option('--scope <scope...>', 'what it may do').choices([...scopes]).makeOptionMandatory())
    .option('--tenant <tenant...>', 'only these tenants (default: all)')
    .option(
      '--expires <time>',
      'from when on it is refused: a time, or from now on, like 90d (default: never)',
      laterTime(cli.clock),
    )
    .action(async (name: string, { scope, tenant, expires }: CreateFlags) => {
      const body = { name, scopes: [...scope], tenants: tenant && [...tenant], expiresAt: expires };
      const issued = await cli.client().call('createKey', { body });
      cli.answer(issued, (value) => describeIssued(cli, value));
    });

  addPageFlags(keys.command('list').description('List keys, newest first.')).action((page: PageFlags) =>
    printPages(cli, page, columnsOf(cli), (client, query) => client.call('listKeys', { query })),
  );

  addRemove(keys, cli, {
    verb: 'revoke',
    noun: 'key',
    ids: ['key'],
    consequence: 'Requests with it are refused at once.',
    remove: (client, id = '') => client.call('removeKey', { params: { id } }),
  });

  addEncryptionKeys(keys, cli);
}

function describeTenants(tenants: readonly string[] | null): string {
  return tenants === null ? 'all' : tenants.map(toPlain).join(',') || 'none';
}

function describeIssued(cli: Cli, { id, name, scopes: given, tenants, expiresAt, key }: IssuedKey): string {
  const { dim, yellow } = cli.terminal.colors;
  const fields = [
    ['id', id],
    ['name', toPlain(name)],
    ['scopes', given.join(', ')],
    ['tenants', describeTenants(tenants)],
    ['expires', expiresAt === null ? 'never' : fullTime(cli, expiresAt)],
    ['key', key],
  ] as const;
  return `${formatFields(fields, dim)}\n${yellow('Store it now: the key is not shown again.')}`;
}
