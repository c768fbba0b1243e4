// `carillon tenants`: customers of the platform, who own endpoints, credentials and events.
import type { Command } from 'commander';
import type { Mode } from '#contract/schema.ts';
import type { TenantSecret } from '#contract/secrets.ts';
import type { Tenant } from '#contract/tenants.ts';
import { list, modeOption } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { carillon } from '../invocation.ts';
import { nothingToChange } from '../failure.ts';
import {
  changedMetadata,
  describeMetadata,
  metadataOption,
  metadataChangeOption,
  type MetadataChangeFlags,
  type MetadataFlags,
} from '../metadata.ts';
import { addPageFlags, type Columns, type PageFlags, printPages } from '../output/pages.ts';
import { formatFields } from '../output/table.ts';
import { toPlain } from '../output/terminal.ts';
import { fullTime, shortTime } from '../output/times.ts';
import { addRemove } from '../removal.ts';
import { readOwnSecret, type SecretFlags, secretFileOption } from '../secret-input.ts';

interface CreateFlags extends MetadataFlags {
  readonly id?: string;
  readonly dialect: string;
  readonly contactEmail?: string[];
}

interface ChangeFlags extends MetadataChangeFlags {
  readonly contactEmail?: string[] | boolean;
}

const contactMeaning =
  'tell these addresses by e-mail when endpoints of the tenant fail, are disabled or recover: with commas between';

const columnsOf = (cli: Cli): Columns<Tenant> => ({
  names: ['ID', 'NAME', 'DIALECT', 'CREATED'],
  row: ({ id, name, dialect, createdAt }) => [toPlain(id), toPlain(name), dialect, shortTime(cli, createdAt)],
  none: `no tenants; create one with: ${carillon} tenants create <name>`,
});

export function addTenants(program: Command, cli: Cli): void {
  const tenants = program.command('tenants').description('Owners of endpoints, credentials and events.');
  const show = (tenant: Tenant): string => describeTenant(cli, tenant);

  tenants
    .command('create')
    .description('Create a tenant.')
    .argument('<name>', 'name for people')
    .option('--id <id>', 'id of the tenant; generated if not given')
    .option('--dialect <dialect>', 'wire format of the tenant; cannot be changed later', 'standard')
    .addOption(metadataOption())
    .option('--contact-email <address>', contactMeaning, list)
    .action(async (name: string, { id, dialect, metadata, contactEmail }: CreateFlags) => {
      const contact = contactEmail === undefined ? undefined : { emails: contactEmail };
      const body = { id, name, dialect, metadata, contact };
      cli.answer(await cli.client().call('createTenant', { body }), show);
    });

  addPageFlags(tenants.command('list').description('List tenants, newest first.')).action((page: PageFlags) =>
    printPages(cli, page, columnsOf(cli), (client, query) => client.call('listTenants', { query })),
  );

  tenants
    .command('show <tenant>')
    .description('Show a tenant.')
    .action(async (tenant: string) => {
      cli.answer(await cli.client().call('getTenant', { params: { tenant } }), show);
    });

  tenants
    .command('rename <tenant> <name>')
    .description('Change the name of a tenant. The id stays the same.')
    .action(async (tenant: string, name: string) => {
      cli.answer(await cli.client().call('changeTenant', { params: { tenant }, body: { name } }), show);
    });

  tenants
    .command('change <tenant>')
    .description('Change the metadata or the contact of a tenant.')
    .addOption(metadataChangeOption())
    .option('--no-metadata', 'remove all metadata')
    .option('--contact-email <address>', contactMeaning, list)
    .option('--no-contact-email', 'tell nobody of the tenant any more')
    .action(async (tenant: string, flags: ChangeFlags) => {
      const metadata = changedMetadata(flags);
      const { contactEmail } = flags;
      const emails = Array.isArray(contactEmail) ? { emails: contactEmail } : undefined;
      const contact = contactEmail === false ? null : emails;
      if (metadata === undefined && contact === undefined) {
        throw nothingToChange('give --metadata, --no-metadata, --contact-email or --no-contact-email');
      }
      const body = { metadata, contact };
      cli.answer(await cli.client().call('changeTenant', { params: { tenant }, body }), show);
    });

  addSecrets(tenants, cli);

  addRemove(tenants, cli, {
    noun: 'tenant',
    ids: ['tenant'],
    consequence:
      'Its credentials stop working, its endpoints are removed, its pending deliveries are canceled. ' +
      'Its id is free again when its events have expired.',
    remove: (client, tenant = '') => client.call('removeTenant', { params: { tenant } }),
  });
}

function addSecrets(tenants: Command, cli: Cli): void {
  const { dim, bold } = cli.terminal.colors;
  const describe = ({ mode, secret }: TenantSecret): string => {
    if (secret === null) return `no secret is set for ${mode}: deliveries are unsigned`;
    const fields = [['mode', mode] as const, ['secret', bold(toPlain(secret))] as const];
    return formatFields(fields, dim);
  };
  const modeFlag = () => modeOption('mode whose endpoints sign with it (default: live)');

  tenants
    .command('rotate-secret <tenant>')
    .description(
      'Create or set the signing secret that all endpoints of a tenant share. The old one signs no more.',
    )
    .addOption(modeFlag())
    .addOption(secretFileOption())
    .action(async (tenant: string, { mode, ...flags }: { mode?: Mode } & SecretFlags) => {
      const body = { mode, secret: await readOwnSecret(cli, flags) };
      cli.answer(await cli.client().call('rotateTenantSecret', { params: { tenant }, body }), describe);
    });

  tenants
    .command('show-secret <tenant>')
    .description('Show the signing secret that all endpoints of a tenant share.')
    .addOption(modeFlag())
    .action(async (tenant: string, body: { mode?: Mode }) => {
      cli.answer(await cli.client().call('revealTenantSecret', { params: { tenant }, body }), describe);
    });
}

function describeTenant(cli: Cli, { id, name, dialect, metadata, contact, createdAt }: Tenant): string {
  const fields = [
    ['id', toPlain(id)],
    ['name', toPlain(name)],
    ['dialect', dialect],
    ['metadata', describeMetadata(metadata)],
    ['contact', contact?.emails.map(toPlain).join(', ') ?? 'none'],
    ['created', fullTime(cli, createdAt)],
  ] as const;
  return formatFields(fields, cli.terminal.colors.dim);
}
