// `carillon credentials`: API keys of a tenant's clients.
import { type Command, Option } from 'commander';
import type { Credential, IssuedCredential } from '#contract/credentials.ts';
import type { Mode } from '#contract/schema.ts';
import { modeOption } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { carillon } from '../invocation.ts';
import { addPageFlags, type Columns, type PageFlags, printPages } from '../output/pages.ts';
import { formatFields } from '../output/table.ts';
import { toPlain } from '../output/terminal.ts';
import { fullTime, shortTime } from '../output/times.ts';
import { addRemove } from '../removal.ts';

const columnsOf = (cli: Cli): Columns<Credential> => ({
  names: ['ID', 'MODE', 'KIND', 'KEY', 'CREATED'],
  row: ({ id, mode, kind, key, createdAt }) => [
    id,
    mode,
    kind,
    toPlain(key ?? '-'),
    shortTime(cli, createdAt),
  ],
  none: `no credentials; create one with: ${carillon} credentials create <tenant> --mode live`,
});

/** As in the contract. Repeated here, so that the command line starts without loading the schemas. */
const kinds: readonly Credential['kind'][] = ['bearer', 'key-pair'];

export function addCredentials(program: Command, cli: Cli): void {
  const credentials = program.command('credentials').description("API keys of a tenant's clients.");

  credentials
    .command('create <tenant>')
    .description('Create a credential. Its secret is shown only once.')
    .addOption(modeOption('mode of the credential').makeOptionMandatory())
    .addOption(
      new Option(
        '--kind <kind>',
        "a token, or a pair that signs requests (default: the dialect's usual one)",
      ).choices(kinds),
    )
    .action(async (tenant: string, body: { mode: Mode; kind?: Credential['kind'] }) => {
      const issued = await cli.client().call('createCredential', { params: { tenant }, body });
      cli.answer(issued, (value) => describeIssued(cli, value));
    });

  addPageFlags(credentials.command('list <tenant>').description('List credentials, newest first.')).action(
    (tenant: string, page: PageFlags) =>
      printPages(cli, page, columnsOf(cli), (client, query) =>
        client.call('listCredentials', { params: { tenant }, query }),
      ),
  );

  addRemove(credentials, cli, {
    noun: 'credential',
    ids: ['tenant', 'credential'],
    consequence: 'Clients that use it are refused at once.',
    remove: (client, tenant = '', id = '') => client.call('removeCredential', { params: { tenant, id } }),
  });
}

function describeIssued(cli: Cli, issued: IssuedCredential): string {
  const { dim, yellow } = cli.terminal.colors;
  const parts =
    issued.kind === 'bearer'
      ? ([['token', issued.token]] as const)
      : ([
          ['key', issued.key],
          ['secret', issued.secret],
        ] as const);
  const fields = formatFields(
    [
      ['id', issued.id],
      ['mode', issued.mode],
      ['kind', issued.kind],
      ...parts,
      ['created', fullTime(cli, issued.createdAt)],
    ],
    dim,
  );
  return `${fields}\n${yellow('Store it now: the secret is not shown again.')}`;
}
