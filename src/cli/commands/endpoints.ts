// `carillon endpoints`: URLs that receive events.
import type { Command } from 'commander';
import type { Endpoint, EndpointWithSecret, PurgedEndpoint } from '#contract/endpoints.ts';
import type { PublishedEvent } from '#contract/events.ts';
import { given, list, modeOption, wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { at } from '../client.ts';
import { describeEndpoint, describeEndpointSecret, endpointColumns } from '../output/endpoint-text.ts';
import { exitCodes, Failure } from '../failure.ts';
import { addPageFlags, type PageFlags, printPages } from '../output/pages.ts';
import { toPlain } from '../output/terminal.ts';
import { addRemove, confirm } from '../removal.ts';

interface ChangeFlags {
  readonly url?: string;
  readonly eventTypes?: readonly string[];
  readonly description?: string | false;
}

const eventTypesFlag = '--event-types <types>';

export function addEndpoints(program: Command, cli: Cli): void {
  const endpoints = program.command('endpoints').description('URLs that receive events.');
  addCreate(endpoints, cli);
  addList(endpoints, cli);
  addShow(endpoints, cli);
  addChange(endpoints, cli);
  addRemove(endpoints, cli, {
    noun: 'endpoint',
    ids: ['tenant', 'endpoint'],
    consequence: 'Its pending deliveries are canceled.',
    path: (tenant = '', id = '') => at`/tenants/${tenant}/endpoints/${id}`,
  });
  addSwitch(endpoints, cli, 'enable', 'Enable an endpoint. Its held deliveries are sent.');
  addSwitch(endpoints, cli, 'disable', 'Disable an endpoint. Its deliveries are held.');
  addPurge(endpoints, cli);
  addRotate(endpoints, cli);
  addTest(endpoints, cli);
}

function addCreate(endpoints: Command, cli: Cli): void {
  interface Flags {
    readonly eventTypes?: readonly string[];
    readonly mode?: string;
    readonly description?: string;
  }
  endpoints
    .command('create')
    .description('Create an endpoint. Its signing secret is shown only once.')
    .argument('<tenant>')
    .argument('<url>', 'where deliveries are sent: https, on a public address')
    .option(eventTypesFlag, 'names separated by commas (default: all)', list)
    .addOption(modeOption('mode of the endpoint (default: live)'))
    .option('--description <text>', 'text for people')
    .action(async (tenant: string, url: string, { eventTypes = ['*'], mode, description }: Flags) => {
      const body = { url, eventTypes, ...given({ mode, description }) };
      const path = at`/tenants/${tenant}/endpoints`;
      const made = await cli.client().send<EndpointWithSecret>('POST', path, body);
      cli.answer(made, (value) => describeEndpointSecret(cli, value));
    });
}

function addList(endpoints: Command, cli: Cli): void {
  interface Flags extends PageFlags {
    readonly mode?: string;
    readonly enabled?: boolean;
    readonly disabled?: boolean;
  }
  addPageFlags(endpoints.command('list').description('List endpoints, newest first.').argument('<tenant>'))
    .addOption(modeOption('only this mode'))
    .option('--enabled', 'only enabled endpoints')
    .option('--disabled', 'only disabled endpoints')
    .action((tenant: string, { mode, enabled, disabled, ...page }: Flags) => {
      // Both flags select everything, as no flag does.
      const isEnabled = enabled === disabled ? undefined : enabled === true;
      const path = at`/tenants/${tenant}/endpoints`;
      return printPages(cli, path, { mode, enabled: isEnabled }, page, endpointColumns(cli));
    });
}

function addShow(endpoints: Command, cli: Cli): void {
  endpoints
    .command('show')
    .description('Show an endpoint.')
    .argument('<tenant>')
    .argument('<endpoint>')
    .action(async (tenant: string, id: string) => {
      const endpoint = await cli.client().get<Endpoint>(at`/tenants/${tenant}/endpoints/${id}`);
      cli.answer(endpoint, (value) => describeEndpoint(cli, value));
    });
}

function addChange(endpoints: Command, cli: Cli): void {
  endpoints
    .command('change')
    .description('Change an endpoint. Only the given fields change.')
    .argument('<tenant>')
    .argument('<endpoint>')
    .option('--url <url>', 'new URL for deliveries')
    .option(eventTypesFlag, 'names separated by commas, or * for all', list)
    .option('--description <text>', 'text for people')
    .option('--no-description', 'remove the description')
    .action(async (tenant: string, id: string, flags: ChangeFlags) => {
      const body = readChange(flags);
      const path = at`/tenants/${tenant}/endpoints/${id}`;
      const changed = await cli.client().send<Endpoint>('PATCH', path, body);
      cli.answer(changed, (value) => describeEndpoint(cli, value));
    });
}

function readChange({ url, eventTypes, description }: ChangeFlags): object {
  const text = description === false ? null : description;
  const body = given({ url, eventTypes, description: text });
  if (Object.keys(body).length > 0) return body;
  const hint = 'give --url, --event-types, --description or --no-description';
  throw new Failure('nothing to change', { hint, exitCode: exitCodes.usage });
}

function addSwitch(endpoints: Command, cli: Cli, verb: 'enable' | 'disable', description: string): void {
  endpoints
    .command(verb)
    .description(description)
    .argument('<tenant>')
    .argument('<endpoint>')
    .action(async (tenant: string, id: string) => {
      const path = `${at`/tenants/${tenant}/endpoints/${id}`}/${verb}`;
      const endpoint = await cli.client().send<Endpoint>('POST', path, {});
      cli.answer(endpoint, (value) => describeEndpoint(cli, value));
    });
}

function addPurge(endpoints: Command, cli: Cli): void {
  const consequence = 'Everything that waits for it is canceled.';
  endpoints
    .command('purge')
    .description(`Purge an endpoint. ${consequence}`)
    .argument('<tenant>')
    .argument('<endpoint>')
    .option('-y, --yes', 'purge without asking')
    .action(async (tenant: string, id: string, { yes }: { yes?: true }) => {
      const name = `endpoint ${toPlain(id)}`;
      if (yes !== true) await confirm(cli, 'purge', { name, consequence });
      const path = at`/tenants/${tenant}/endpoints/${id}/purge`;
      const purged = await cli.client().send<PurgedEndpoint>('POST', path, {});
      cli.answer(purged, ({ canceled }) => `canceled ${canceled} deliveries`);
    });
}

function addRotate(endpoints: Command, cli: Cli): void {
  const overlap = wholeNumber(0, 30 * 86_400);
  endpoints
    .command('rotate-secret')
    .description('Create a new signing secret. It is shown only once.')
    .argument('<tenant>')
    .argument('<endpoint>')
    .option('--overlap <seconds>', 'how long the old secret signs too (default: one day)', overlap)
    .action(async (tenant: string, id: string, flags: { overlap?: number }) => {
      const path = at`/tenants/${tenant}/endpoints/${id}/rotate-secret`;
      const body = given({ overlapSeconds: flags.overlap });
      const rotated = await cli.client().send<EndpointWithSecret>('POST', path, body);
      cli.answer(rotated, (value) => describeEndpointSecret(cli, value));
    });
}

function addTest(endpoints: Command, cli: Cli): void {
  endpoints
    .command('test')
    .description('Send a test event to this endpoint only.')
    .argument('<tenant>')
    .argument('<endpoint>')
    .action(async (tenant: string, id: string) => {
      const path = at`/tenants/${tenant}/endpoints/${id}/test`;
      const sent = await cli.client().send<PublishedEvent>('POST', path, {});
      const next = `see the result with: carillon deliveries list ${toPlain(tenant)} --event ${toPlain(sent.id)}`;
      cli.answer(sent, () => `sent ${sent.type} as ${sent.id}\n${cli.terminal.colors.dim(next)}`);
    });
}
