// `carillon endpoints`: URLs that receive events.
import type { Command } from 'commander';
import type { Body } from '#contract/routes.ts';
import type { Mode } from '#contract/schema.ts';
import { given } from '#lib/given.ts';
import type { JsonObject, JsonValue } from '#lib/json.ts';
import { list, modeOption, parseJson, wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { carillon } from '../invocation.ts';
import {
  describeEndpoint,
  describeEndpointSecret,
  describeSecret,
  endpointColumns,
  foundEndpointColumns,
} from '../output/endpoint-text.ts';
import { exitCodes, Failure, nothingToChange } from '../failure.ts';
import {
  changedMetadata,
  metadataOption,
  metadataChangeOption,
  type MetadataChangeFlags,
  type MetadataFlags,
} from '../metadata.ts';
import { addPageFlags, type PageFlags, printPages } from '../output/pages.ts';
import { toPlain } from '../output/terminal.ts';
import { addRemove, confirm } from '../removal.ts';
import { addBackfill } from './backfill.ts';
import { readOwnSecret, type SecretFlags, secretFileOption } from '../secret-input.ts';
import { addTestTransform } from './test-transform.ts';
import { addSettingFlags, jsonObject, readSettings, type SettingFlags } from '../endpoint-settings.ts';

interface ChangeFlags extends MetadataChangeFlags, SettingFlags {
  readonly url?: string;
  readonly eventTypes?: string[];
  readonly description?: string | false;
}

const eventTypesFlag = '--event-types <types>';

export function addEndpoints(program: Command, cli: Cli): void {
  const endpoints = program
    .command('endpoints')
    .description('URLs that receive events, and endpoints that clients pull from.');
  addCreate(endpoints, cli);
  addList(endpoints, cli);
  addOne(endpoints, cli, 'show', 'getEndpoint', 'Show an endpoint.');
  addChange(endpoints, cli);
  addRemove(endpoints, cli, {
    noun: 'endpoint',
    ids: ['tenant', 'endpoint'],
    consequence: 'Its pending deliveries are canceled.',
    remove: (client, tenant = '', id = '') => client.call('removeEndpoint', { params: { tenant, id } }),
  });
  addOne(endpoints, cli, 'enable', 'enableEndpoint', 'Enable an endpoint. Its held deliveries are sent.');
  addOne(endpoints, cli, 'disable', 'disableEndpoint', 'Disable an endpoint. Its deliveries are held.');
  addBackfill(endpoints, cli);
  addPurge(endpoints, cli);
  addRotate(endpoints, cli);
  addShowSecret(endpoints, cli);
  addTest(endpoints, cli);
  addTestFilter(endpoints, cli);
  addTestTransform(endpoints, cli);
}

function addCreate(endpoints: Command, cli: Cli): void {
  interface Flags extends MetadataFlags, SettingFlags {
    readonly eventTypes?: string[];
    readonly mode?: Mode;
    readonly description?: string;
    readonly secretFile?: string;
    readonly pull?: true;
  }
  const command = endpoints
    .command('create <tenant>')
    .description('Create an endpoint. The answer has its signing secret.')
    .argument('[url]', 'where deliveries are sent: https, on a public address')
    .option('--pull', 'without a URL: deliveries wait until a client takes them')
    .option(eventTypesFlag, 'names and prefixes (payment.*), separated by commas (default: all)', list)
    .addOption(modeOption('mode of the endpoint (default: live)'))
    .option('--description <text>', 'text for people')
    .addOption(metadataOption())
    .addOption(secretFileOption());
  addSettingFlags(command, false).action(async (tenant: string, url: string | undefined, flags: Flags) => {
    const { eventTypes = ['*'], mode, description, metadata, pull } = flags;
    if ((url === undefined) === (pull === undefined)) {
      throw new Failure('give a URL, or --pull for an endpoint without one', { exitCode: exitCodes.usage });
    }
    const kind = pull === true ? ('pull' as const) : undefined;
    const secret = await readOwnSecret(cli, flags);
    const settings = await readSettings(cli, flags);
    const body = { kind, url, eventTypes, mode, description, metadata, secret, ...settings };
    const made = await cli.client().call('createEndpoint', { params: { tenant }, body });
    cli.answer(made, (value) => describeEndpointSecret(cli, value));
  });
}

function addList(endpoints: Command, cli: Cli): void {
  interface Flags extends PageFlags {
    readonly mode?: Mode;
    readonly enabled?: boolean;
    readonly disabled?: boolean;
    readonly id?: string;
    readonly url?: string;
  }
  addPageFlags(
    endpoints.command('list [tenant]').description('List endpoints of a tenant, or of all, newest first.'),
  )
    .addOption(modeOption('only this mode'))
    .option('--enabled', 'only enabled endpoints')
    .option('--disabled', 'only disabled endpoints')
    .option('--id <id>', 'only the one that its owner knows by this: its id, its UUID, or an id of their own')
    .option('--url <url>', 'only those whose URL begins so')
    .action((tenant: string | undefined, { mode, enabled, disabled, id, url, ...page }: Flags) => {
      // Both flags select everything, as no flag does.
      const isEnabled = enabled === disabled ? undefined : enabled === true;
      const filter = { mode, enabled: isEnabled, id, url };
      if (tenant === undefined) {
        return printPages(cli, page, foundEndpointColumns(cli), (client, place) =>
          client.call('findEndpoints', { query: { ...filter, ...place } }),
        );
      }
      return printPages(cli, page, endpointColumns(cli), (client, place) =>
        client.call('listEndpoints', { params: { tenant }, query: { ...filter, ...place } }),
      );
    });
}

function addChange(endpoints: Command, cli: Cli): void {
  const command = endpoints
    .command('change <tenant> <endpoint>')
    .description('Change an endpoint. Only the given fields change.')
    .option('--url <url>', 'new URL for deliveries')
    .option(eventTypesFlag, 'names and prefixes (payment.*), separated by commas, or * for all', list)
    .option('--description <text>', 'text for people')
    .option('--no-description', 'remove the description')
    .addOption(metadataChangeOption())
    .option('--no-metadata', 'remove all metadata');
  addSettingFlags(command, true).action(async (tenant: string, id: string, flags: ChangeFlags) => {
    const body = await readChange(cli, flags);
    const changed = await cli.client().call('changeEndpoint', { params: { tenant, id }, body });
    cli.answer(changed, (value) => describeEndpoint(cli, value));
  });
}

async function readChange(
  cli: Cli,
  { url, eventTypes, description, ...flags }: ChangeFlags,
): Promise<Body<'changeEndpoint'>> {
  const text = description === false ? null : description;
  const fields = given({ url, eventTypes, description: text, metadata: changedMetadata(flags) });
  const body = { ...fields, ...(await readSettings(cli, flags)) };
  if (Object.keys(body).length > 0) return body;
  throw nothingToChange(
    'give --url, --event-types, --[no-]description, --[no-]metadata or a setting; see --help',
  );
}

/** A command about one endpoint that takes nothing more and prints it. */
function addOne(
  endpoints: Command,
  cli: Cli,
  verb: string,
  route: 'getEndpoint' | 'enableEndpoint' | 'disableEndpoint',
  description: string,
): void {
  endpoints
    .command(`${verb} <tenant> <endpoint>`)
    .description(description)
    .action(async (tenant: string, id: string) => {
      const endpoint = await cli.client().call(route, { params: { tenant, id } });
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
      const purged = await cli.client().call('purgeEndpoint', { params: { tenant, id } });
      cli.answer(purged, ({ canceled }) => `canceled ${canceled} deliveries`);
    });
}

function addRotate(endpoints: Command, cli: Cli): void {
  const overlap = wholeNumber(0, 30 * 86_400);
  endpoints
    .command('rotate-secret <tenant> <endpoint>')
    .description('Create a new signing secret, or set your own.')
    .option('--overlap <seconds>', 'how long the old secret signs too (default: one day)', overlap)
    .addOption(secretFileOption())
    .action(async (tenant: string, id: string, flags: { overlap?: number } & SecretFlags) => {
      const body = { overlapSeconds: flags.overlap, secret: await readOwnSecret(cli, flags) };
      const rotated = await cli.client().call('rotateSecret', { params: { tenant, id }, body });
      cli.answer(rotated, (value) => describeEndpointSecret(cli, value));
    });
}

function addShowSecret(endpoints: Command, cli: Cli): void {
  endpoints
    .command('show-secret <tenant> <endpoint>')
    .description('Show the signing secret of an endpoint again.')
    .action(async (tenant: string, id: string) => {
      const shown = await cli.client().call('revealSecret', { params: { tenant, id } });
      cli.answer(shown, (value) => describeSecret(cli, value));
    });
}

function addTest(endpoints: Command, cli: Cli): void {
  endpoints
    .command('test <tenant> <endpoint>')
    .description('Send a test event to this endpoint only.')
    .option('--type <type>', 'event type (default: that of the test event of the dialect)')
    .option('--payload <json>', 'payload, as JSON (default: the example of the event type)', parseJson)
    .action(async (tenant: string, id: string, body: { type?: string; payload?: JsonValue }) => {
      const sent = await cli.client().call('sendTest', { params: { tenant, id }, body });
      cli.answer(sent, ({ type, id: event }) => {
        const next = `see the result with: ${carillon} deliveries list ${toPlain(tenant)} --event ${toPlain(event)}`;
        return `sent ${type} as ${event}\n${cli.terminal.colors.dim(next)}`;
      });
    });
}

function addTestFilter(endpoints: Command, cli: Cli): void {
  interface Flags {
    readonly payload?: JsonValue;
    readonly type?: string;
    readonly orderingKey?: string;
    readonly filter?: JsonObject;
  }
  endpoints
    .command('test-filter <tenant> <endpoint>')
    .description('Try the filter of an endpoint with a sample. Nothing is published.')
    .option('--payload <json>', 'payload of the sample', parseJson)
    .option('--type <type>', 'event type, for $type')
    .option('--ordering-key <key>', 'ordering key, for $orderingKey')
    .option('--filter <json>', 'filter to try in place of that of the endpoint', jsonObject)
    .action(async (tenant: string, id: string, { payload, ...rest }: Flags) => {
      if (payload === undefined)
        throw new Failure('give the payload with --payload', { exitCode: exitCodes.usage });
      const body = { payload, ...rest };
      const verdict = await cli.client().call('testFilter', { params: { tenant, id }, body });
      cli.answer(verdict, ({ matches, reasons }) => {
        const { green, yellow } = cli.terminal.colors;
        const lines = reasons.map(
          ({ path, message }) => `  ${toPlain(path || 'payload')} ${toPlain(message)}`,
        );
        return [matches ? green('matches') : yellow('does not match'), ...lines].join('\n');
      });
    });
}
