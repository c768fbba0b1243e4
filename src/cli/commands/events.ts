// `carillon events`: publish and read events.
import type { Command } from 'commander';
import type { Event, EventWithPayload, PublishedEvent } from '#contract/events.ts';
import type { Explanation } from '#contract/explanation.ts';
import type { Mode } from '#contract/schema.ts';
import { given } from '#lib/given.ts';
import { modeOption, parseJson, pointInTime } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { carillon } from '../invocation.ts';
import { exitCodes, Failure } from '../failure.ts';
import { describeMetadata, metadataOption, type MetadataFlags } from '../metadata.ts';
import { openInput } from '../input.ts';
import { noUrl } from '../output/endpoint-text.ts';
import { addPageFlags, type Columns, type PageFlags, printPages } from '../output/pages.ts';
import { publishOne } from '../events/publish.ts';
import { publishAll } from '../events/publish-all.ts';
import { formatFields } from '../output/table.ts';
import { toPlain } from '../output/terminal.ts';
import { fullTime, shortTime } from '../output/times.ts';
import { addResend } from './resend-event.ts';

interface PublishFlags extends MetadataFlags {
  readonly type?: string;
  readonly payload?: string;
  readonly id?: string;
  readonly orderingKey?: string;
  readonly mode?: string;
  readonly occurredAt?: string;
  readonly file?: string;
}

interface ListFlags extends PageFlags {
  readonly mode?: Mode;
  readonly type?: string;
  readonly orderingKey?: string;
  readonly since?: string;
  readonly until?: string;
  readonly withoutDeliveries?: true;
}

const columnsOf = (cli: Cli): Columns<Event> => ({
  names: ['ID', 'TYPE', 'MODE', 'DELIVERIES', 'ORDERING KEY', 'OCCURRED', 'CREATED'],
  row: (event) => [
    toPlain(event.id),
    toPlain(event.type),
    event.mode,
    String(event.deliveries),
    toPlain(event.orderingKey ?? '-'),
    shortTime(cli, event.occurredAt),
    shortTime(cli, event.createdAt),
  ],
  least: ['OCCURRED', 'MODE'],
  none: `no events; publish one with: ${carillon} events publish <tenant> --type … --payload …`,
});

export function addEvents(program: Command, cli: Cli): void {
  const events = program.command('events').description('Published events.');
  addPublish(events, cli);

  addPageFlags(events.command('list <tenant>').description('List events, newest first.'))
    .addOption(modeOption('only this mode'))
    .option('--type <type>', 'only this event type')
    .option('--ordering-key <key>', 'only this ordering key')
    .option(
      '--since <time>',
      'only published at or after this time: 2026-01-02, 15m, 2h, 7d',
      pointInTime(cli.clock),
    )
    .option('--until <time>', 'only published before this time', pointInTime(cli.clock))
    .option('--without-deliveries', 'only those that no endpoint received')
    .action((tenant: string, { limit, cursor, all, ...filter }: ListFlags) =>
      printPages(cli, given({ limit, cursor, all }), columnsOf(cli), (client, place) =>
        client.call('listEvents', { params: { tenant }, query: { ...filter, ...place } }),
      ),
    );

  addExplain(events, cli);
  addResend(events, cli);

  events
    .command('show <tenant> <event>')
    .description('Show an event with its payload.')
    .addOption(modeOption('mode of the event (default: live)'))
    .action(async (tenant: string, id: string, query: { mode?: Mode }) => {
      const event = await cli.client().call('getEvent', { params: { tenant, id }, query });
      await cli.page(event, (value) => describeEvent(cli, value));
    });
}

function addExplain(events: Command, cli: Cli): void {
  addPageFlags(
    events
      .command('explain <tenant> <event>')
      .description('Show to which endpoints an event went, and why not to the others.'),
  )
    .addOption(modeOption('mode of the event (default: live)'))
    .action((tenant: string, id: string, { mode, ...page }: PageFlags & { mode?: Mode }) =>
      printPages(cli, page, explanationColumns, (client, place) =>
        client.call('explainEvent', { params: { tenant, id }, query: { mode, ...place } }),
      ),
    );
}

const explanationColumns: Columns<Explanation> = {
  names: ['ENDPOINT', 'MODE', 'REASON', 'BASIS', 'DELIVERY', 'STATE', 'URL', 'FILTER'],
  row: ({ endpoint, mode, reason, basis, delivery, url, filterReasons }) => [
    endpoint,
    mode,
    reason,
    basis,
    delivery?.id ?? '-',
    delivery?.state ?? '-',
    toPlain(url ?? noUrl),
    toPlain(filterReasons.map(({ path, message }) => `${path || 'payload'} ${message}`).join('; ') || '-'),
  ],
  least: ['URL', 'MODE', 'DELIVERY'],
  none: 'the tenant has no endpoints',
};

function addPublish(events: Command, cli: Cli): void {
  events
    .command('publish <tenant>')
    .description('Publish one event from flags, or many from a file or from standard input.')
    .argument('[file]', 'NDJSON, one JSON event or a JSON list of events; - is standard input')
    .option('--type <type>', 'event type')
    .option('--payload <json>', 'payload, as JSON', readJson)
    .option('--id <id>', 'your id of the event: publishing it again has no effect')
    .option('--ordering-key <key>', 'an endpoint gets events with the same key in order')
    .addOption(modeOption('mode of the event (default: live)'))
    .option('--occurred-at <time>', 'when it happened (default: now)', pointInTime(cli.clock))
    .addOption(metadataOption())
    .option('--file <file>', 'same as [file]')
    .addHelpText('after', examples)
    .action((tenant: string, file: string | undefined, flags: PublishFlags) =>
      publish(cli, tenant, file, flags),
    );
}

const examples = `
Examples:
  carillon events publish acme --type payment.succeeded --payload '{"id":"pay_1","amount":"12.50"}'
  carillon events publish acme events.ndjson
  tail -f events.ndjson | carillon events publish acme -`;

async function publish(
  cli: Cli,
  tenant: string,
  argument: string | undefined,
  flags: PublishFlags,
): Promise<void> {
  const { file: flag, ...event } = flags;
  if (argument !== undefined && flag !== undefined) throw usage('give the file once');
  const file = argument ?? flag;
  if (file === undefined) return publishFromFlags(cli, tenant, event);
  if (Object.keys(event).length > 0) {
    throw usage(`--${Object.keys(event).map(toFlag).join(', --')} cannot be given with a file`);
  }
  const input = await openInput(cli, file);
  await publishAll(cli, tenant, input);
}

async function publishFromFlags(cli: Cli, tenant: string, flags: Omit<PublishFlags, 'file'>): Promise<void> {
  const { payload, ...rest } = flags;
  if (rest.type === undefined) throw usage('give --type and --payload, or a file of events');
  if (payload === undefined) throw usage('give the payload with --payload; null is a valid payload');
  // The payload is sent as the given text: parsing and printing could change its numbers.
  const fields = JSON.stringify(rest);
  const json = `${fields.slice(0, -1)},"payload":${payload}}`;
  const deps = {
    client: cli.client(),
    clock: cli.clock,
    onWait: (ms: number) => cli.terminal.note(`the server is busy; retrying in ${ms / 1000} s`),
  };
  const { event, isReplayed } = await publishOne(deps, tenant, json);
  cli.answer(event, (value) => describePublished(cli, value, isReplayed));
}

function describePublished(cli: Cli, event: PublishedEvent, isReplayed: boolean): string {
  const { green, yellow } = cli.terminal.colors;
  const verb = isReplayed ? yellow('published before') : green('published');
  const count = event.deliveries === 1 ? '1 delivery' : `${event.deliveries} deliveries`;
  const { unsent } = event;
  const why = unsent === null ? '' : `\n${yellow(`nothing is sent: ${unsentReasons[unsent]}`)}`;
  const filtered = event.filtered === 0 ? '' : `, ${event.filtered} filtered`;
  const line = `${verb} ${toPlain(event.id)}  ${toPlain(event.type)}  ${event.mode}  ${count}${filtered}`;
  return `${line}  ${event.createdAt}${why}`;
}

const unsentReasons: Readonly<Record<NonNullable<PublishedEvent['unsent']>, string>> = {
  no_endpoint: 'the tenant has no endpoint in this mode',
  no_subscriber: 'no endpoint subscribes to this event type',
  filtered: 'no filter of an endpoint matches it',
  other_mode: 'only endpoints of the other mode subscribe to this event type',
  disabled: 'all endpoints that subscribe are disabled; it is sent when they are enabled',
};

function describeEvent(cli: Cli, event: EventWithPayload): string {
  const fields = [
    ['id', toPlain(event.id)],
    ['type', toPlain(event.type)],
    ['mode', event.mode],
    ['deliveries', String(event.deliveries)],
    ['filtered', String(event.filtered)],
    ['ordering key', toPlain(event.orderingKey ?? '-')],
    ['occurred', fullTime(cli, event.occurredAt)],
    ['created', fullTime(cli, event.createdAt)],
    ['metadata', describeMetadata(event.metadata)],
    ['payload', JSON.stringify(event.payload, null, 2)],
  ] as const;
  return formatFields(fields, cli.terminal.colors.dim);
}

/** Checks that it is JSON, and returns it unchanged. */
function readJson(text: string): string {
  parseJson(text);
  return text;
}

function usage(message: string): Failure {
  return new Failure(message, {
    hint: `run ${carillon} events publish --help to see the flags`,
    exitCode: exitCodes.usage,
  });
}

function toFlag(attribute: string): string {
  return attribute.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
