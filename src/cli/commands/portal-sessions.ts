// `carillon portal-sessions`: links that let a person of a tenant into the portal.
import { type Command, Option } from 'commander';
import type { PortalPermission, PortalSession } from '#contract/portal.ts';
import type { Mode } from '#contract/schema.ts';
import { list, modeOption, wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { addPageFlags, type Columns, type PageFlags, printPages } from '../output/pages.ts';
import { shortTime } from '../output/times.ts';
import { addRemove } from '../removal.ts';

/** As in the contract. Repeated here, so that the command line starts without loading the schemas. */
const permissions: readonly PortalPermission[] = [
  'read',
  'endpoints',
  'secrets',
  'redeliver',
  'replay',
  'test',
];

const columnsOf = (cli: Cli): Columns<PortalSession> => ({
  names: ['ID', 'MODE', 'PERMISSIONS', 'CREATED', 'OPENED', 'ENDS'],
  row: ({ id, mode, permissions: given, createdAt, openedAt, expiresAt }) => [
    id,
    mode,
    given.join(','),
    shortTime(cli, createdAt),
    openedAt === null ? 'no' : shortTime(cli, openedAt),
    shortTime(cli, expiresAt),
  ],
  none: 'no portal sessions',
});

interface CreateFlags {
  readonly mode: Mode;
  readonly permission?: readonly PortalPermission[];
  readonly expires?: number;
  readonly embed?: readonly string[];
  readonly return?: string;
}

export function addPortalSessions(program: Command, cli: Cli): void {
  const sessions = program.command('portal-sessions').description('Sessions of the portal.');

  sessions
    .command('create <tenant>')
    .description('Let a person of a tenant into the portal. The link opens once, and is shown only once.')
    .addOption(modeOption('mode that the session sees').makeOptionMandatory())
    .addOption(
      new Option('--permission <permission...>', 'what it may do (default: all)').choices([...permissions]),
    )
    .option('--expires <seconds>', 'how long it lasts (default: 3600)', wholeNumber(300, 86_400))
    .option('--embed <origins>', 'origins whose pages may hold it in a frame', list)
    .option('--return <url>', 'where the page leads back to')
    .action(async (tenant: string, { mode, permission, expires, embed, return: returnUrl }: CreateFlags) => {
      const body = {
        mode,
        permissions: permission && [...permission],
        expiresInSeconds: expires,
        embedOrigins: embed && [...embed],
        returnUrl,
      };
      const issued = await cli.client().call('createPortalSession', { params: { tenant }, body });
      cli.answer(issued, ({ url }) => url);
    });

  addPageFlags(sessions.command('list <tenant>').description('List portal sessions, newest first.')).action(
    (tenant: string, page: PageFlags) =>
      printPages(cli, page, columnsOf(cli), (client, query) =>
        client.call('listPortalSessions', { params: { tenant }, query }),
      ),
  );

  addRemove(sessions, cli, {
    verb: 'revoke',
    noun: 'portal session',
    ids: ['tenant', 'session'],
    consequence: 'Its tab is refused at once.',
    remove: (client, tenant = '', id = '') => client.call('removePortalSession', { params: { tenant, id } }),
  });

  sessions
    .command('revoke-all <tenant>')
    .description('Revoke all portal sessions of a tenant.')
    .action(async (tenant: string) => {
      const revoked = await cli.client().call('removePortalSessions', { params: { tenant } });
      cli.answer(revoked, (value) => `revoked ${value.revoked}`);
    });
}
