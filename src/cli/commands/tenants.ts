// `carillon tenants`: owners of endpoints.
import type { Command } from 'commander';
import type { Tenant } from '#contract/tenants.ts';
import { given } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { at } from '../client.ts';
import { addPageFlags, type Columns, type PageFlags, printPages } from '../output/pages.ts';
import { formatFields } from '../output/table.ts';
import { toPlain } from '../output/terminal.ts';
import { addRemove } from '../removal.ts';

const columns: Columns<Tenant> = {
  names: ['ID', 'NAME', 'DIALECT', 'CREATED'],
  row: ({ id, name, dialect, createdAt }) => [toPlain(id), toPlain(name), dialect, createdAt],
  none: 'there is no tenant yet; make one with: carillon tenants create <name>',
};

export function addTenants(program: Command, cli: Cli): void {
  const tenants = program.command('tenants').description('Who owns endpoints and credentials.');
  const show = (tenant: Tenant): string => describeTenant(cli, tenant);

  tenants
    .command('create')
    .description('Make a tenant.')
    .argument('<name>', 'for people')
    .option('--id <id>', 'your own id for it; one is made when there is none')
    .option('--dialect <dialect>', 'the wire form that it speaks, for life', 'standard')
    .action(async (name: string, { id, dialect }: { id?: string; dialect: string }) => {
      const body = { name, dialect, ...given({ id }) };
      cli.answer(await cli.client().send<Tenant>('POST', '/tenants', body), show);
    });

  addPageFlags(tenants.command('list').description('List tenants, newest first.')).action((page: PageFlags) =>
    printPages(cli, '/tenants', {}, page, columns),
  );

  tenants
    .command('show')
    .description('Show a tenant.')
    .argument('<tenant>')
    .action(async (tenant: string) => {
      cli.answer(await cli.client().get<Tenant>(at`/tenants/${tenant}`), show);
    });

  tenants
    .command('rename')
    .description('Give a tenant another name; its id stays.')
    .argument('<tenant>')
    .argument('<name>')
    .action(async (tenant: string, name: string) => {
      cli.answer(await cli.client().send<Tenant>('PATCH', at`/tenants/${tenant}`, { name }), show);
    });

  addRemove(tenants, cli, {
    noun: 'tenant',
    ids: ['tenant'],
    consequence:
      'Its credentials stop working, its endpoints are removed, its pending deliveries are canceled.',
    path: (tenant = '') => at`/tenants/${tenant}`,
  });
}

function describeTenant(cli: Cli, { id, name, dialect, createdAt }: Tenant): string {
  const fields = [
    ['id', toPlain(id)],
    ['name', toPlain(name)],
    ['dialect', dialect],
    ['created', createdAt],
  ] as const;
  return formatFields(fields, cli.terminal.colors.dim);
}
