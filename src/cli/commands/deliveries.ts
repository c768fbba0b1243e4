// `carillon deliveries`: the delivery log, attempts and redelivery.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Attempt, Delivery, DeliveryWithAttempts, FoundDelivery } from '#contract/deliveries.ts';
import type { Mode } from '#contract/schema.ts';
import { modeOption, pointInTime } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { noUrl } from '../output/endpoint-text.ts';
import { addPageFlags, type Columns, type PageFlags, printPages } from '../output/pages.ts';
import { formatFields } from '../output/table.ts';
import { toPlain, toPlainLines } from '../output/terminal.ts';
import { fullTime, shortTime } from '../output/times.ts';
import { addTail } from './tail.ts';

/** As in the contract. Repeated here, so that the command line starts without loading the schemas. */
export const states: readonly Delivery['state'][] = ['pending', 'held', 'delivered', 'exhausted', 'canceled'];

interface ListFlags extends PageFlags {
  readonly state?: Delivery['state'];
  readonly endpoint?: string;
  readonly event?: string;
  readonly type?: string;
  readonly since?: string;
  readonly until?: string;
  readonly mode?: Mode;
  readonly code?: string;
  readonly error?: NonNullable<Delivery['lastError']>;
  readonly wireId?: string;
}

export function addDeliveries(program: Command, cli: Cli): void {
  const deliveries = program
    .command('deliveries')
    .description('Deliveries to endpoints, with every attempt.');
  addList(deliveries, cli);
  addTail(deliveries, cli);

  deliveries
    .command('show <tenant> <delivery>')
    .description('Show a delivery with its payload and its attempts.')
    .action(async (tenant: string, id: string) => {
      const delivery = await cli.client().call('getDelivery', { params: { tenant, id } });
      await cli.page(delivery, (value) => describeWithAttempts(cli, value));
    });

  deliveries
    .command('redeliver <tenant> <delivery>')
    .description('Redeliver: make one more attempt now.')
    .action(async (tenant: string, id: string) => {
      const delivery = await cli.client().call('redeliver', { params: { tenant, id } });
      cli.answer(delivery, (value) => describeDelivery(cli, value));
    });

  deliveries
    .command('cancel')
    .description('Cancel a delivery that waits. The next one with its ordering key is sent.')
    .argument('<tenant>')
    .argument('<delivery>')
    .action(async (tenant: string, id: string) => {
      const delivery = await cli.client().call('cancelDelivery', { params: { tenant, id } });
      cli.answer(delivery, (value) => describeDelivery(cli, value));
    });
}

function addList(deliveries: Command, cli: Cli): void {
  const when = pointInTime(cli.clock);
  addPageFlags(
    deliveries.command('list [tenant]').description('List deliveries of a tenant, or of all, newest first.'),
  )
    .addOption(new Option('--state <state>', 'only this state').choices(states))
    .option('--endpoint <endpoint>', 'only this endpoint')
    .option('--event <event>', 'only this event')
    .option('--type <type>', 'only this event type')
    .option('--since <time>', 'only created at or after this time: 2026-01-02T03:04:05Z, 15m, 2h, 7d', when)
    .option('--until <time>', 'only created before this time', when)
    .addOption(modeOption('only this mode'))
    .option(
      '--code <code>',
      'only where the last attempt was answered with this: 503, or a class such as 5xx',
      readCode,
    )
    .addOption(new Option('--error <error>', 'only where the last attempt had this error').choices(errors))
    .option('--wire-id <id>', 'only those with this id, as their receiver was shown it')
    .action((tenant: string | undefined, flags: ListFlags) => {
      const { state, endpoint, event, type, since, until, mode, code, error, wireId, ...page } = flags;
      const filter = { state, endpoint, event, type, since, until, mode, code, error, wireId };
      if (tenant === undefined) {
        return printPages(cli, page, wideColumnsOf(cli), (client, place) =>
          client.call('findDeliveries', { query: { ...filter, ...place } }),
        );
      }
      return printPages(cli, page, columnsOf(cli), (client, place) =>
        client.call('listDeliveries', { params: { tenant }, query: { ...filter, ...place } }),
      );
    });
}

/** As in the contract, like the states. */
const errors: readonly NonNullable<Delivery['lastError']>[] = [
  'address_refused',
  'name_not_found',
  'connection_refused',
  'connection_lost',
  'tls_failed',
  'egress_failed',
  'timeout',
  'answer_invalid',
  'answer_cut',
  'request_failed',
  'transform_failed',
];

function readCode(text: string): string {
  if (/^[1-5](\d\d|xx)$/.test(text)) return text;
  throw new InvalidArgumentError('It must be an HTTP status such as 503, or a class of them such as 5xx.');
}

/** Of deliveries of all tenants. */
function wideColumnsOf(cli: Cli): Columns<FoundDelivery> {
  const { names, row, ...rest } = columnsOf(cli);
  return { ...rest, names: ['TENANT', ...names], row: (found) => [toPlain(found.tenant), ...row(found)] };
}

function columnsOf(cli: Cli): Columns<Delivery> {
  return {
    names: ['ID', 'EVENT TYPE', 'EVENT', 'ENDPOINT', 'STATE', 'ATTEMPTS', 'LAST', 'DUE', 'CREATED'],
    row: (delivery) => [
      delivery.id,
      toPlain(delivery.eventType),
      toPlain(delivery.event),
      delivery.endpoint,
      paintState(cli, delivery.state),
      String(delivery.attemptCount),
      describeLast(delivery),
      describeDue(delivery, (time) => shortTime(cli, time)),
      shortTime(cli, delivery.createdAt),
    ],
    least: ['EVENT', 'ENDPOINT', 'DUE'],
    none: 'no deliveries',
  };
}

/** The error says more than the status of an answer that was not whole. */
function describeLast({ lastStatus, lastError }: Delivery): string {
  return lastError ?? (lastStatus === null ? '-' : String(lastStatus));
}

function paintState(cli: Cli, state: Delivery['state']): string {
  const { green, yellow, red, dim } = cli.terminal.colors;
  const paints = { delivered: green, pending: yellow, held: yellow, exhausted: red, canceled: dim };
  return paints[state](state);
}

function describeDelivery(cli: Cli, delivery: Delivery): string {
  const time = (text: string): string => fullTime(cli, text);
  const fields = [
    ['id', delivery.id],
    ['event', toPlain(delivery.event)],
    ['event type', toPlain(delivery.eventType)],
    ['endpoint', delivery.endpoint],
    ['mode', delivery.mode],
    ['state', paintState(cli, delivery.state)],
    ['attempts', String(delivery.attemptCount)],
    ['last result', describeLast(delivery)],
    ['ordering key', toPlain(delivery.orderingKey ?? '-')],
    ['due', describeDue(delivery, time)],
    ['created', time(delivery.createdAt)],
    ['ended', delivery.endedAt === null ? '-' : time(delivery.endedAt)],
    ...(delivery.note === null ? [] : [['note', notes[delivery.note]] as const]),
  ] as const;
  return formatFields(fields, cli.terminal.colors.dim);
}

const notes: Readonly<Record<NonNullable<Delivery['note']>, string>> = {
  transform_null: 'the transform of the endpoint returned null',
};

function describeDue({ inFlight, dueAt }: Delivery, describe: (time: string) => string): string {
  if (inFlight) return 'in flight';
  return dueAt === null ? '-' : describe(dueAt);
}

function describeWithAttempts(cli: Cli, delivery: DeliveryWithAttempts): string {
  const { url, attemptsMax, waitsFor, payload } = delivery;
  const more = [
    ['url', toPlain(url ?? 'its endpoint is removed')],
    ['schedule', `${delivery.attemptCount} of ${attemptsMax} attempts`],
    ['waits for', waitsFor === null ? '-' : describeWait(waitsFor)],
    ['payload', toPlainLines(JSON.stringify(payload, null, 2))],
  ] as const;
  const [first, ...others] = delivery.attempts.map((attempt) => describeAttempt(cli, attempt));
  const left = delivery.attemptCount - delivery.attempts.length;
  const gap = left > 0 ? [cli.terminal.colors.dim(`${left} attempts between these are not shown`)] : [];
  const fields = `${describeDelivery(cli, delivery)}\n${formatFields(more, cli.terminal.colors.dim)}`;
  return [fields, ...(first === undefined ? [] : [first]), ...gap, ...others].join('\n\n');
}

function describeWait({
  reason,
  disabledReason,
  since,
  delivery,
}: NonNullable<DeliveryWithAttempts['waitsFor']>): string {
  return reason === 'ordering_key'
    ? `${delivery}, which comes first under the same ordering key`
    : `its endpoint, which is disabled (${disabledReason}) since ${since}`;
}

function describeAttempt(cli: Cli, attempt: Attempt): string {
  const { bold, dim, green, red } = cli.terminal.colors;
  const paint = attempt.outcome === 'accepted' ? green : red;
  const result = attempt.status === null ? attempt.outcome : `${attempt.outcome} with ${attempt.status}`;
  const fields: (readonly [string, string])[] = [
    ['url', toPlain(attempt.url ?? noUrl)],
    ['request', describeHeaders(attempt.requestHeaders)],
    ['answer', describeHeaders(attempt.responseHeaders)],
    ['body', toPlainLines(attempt.responseBody) || '-'],
  ];
  if (attempt.error !== null)
    fields.push(['error', toPlain(`${attempt.error.code}: ${attempt.error.message}`)]);
  const head = `${bold(`attempt ${attempt.number}`)}  ${fullTime(cli, attempt.startedAt)}  ${attempt.durationMs} ms`;
  const why = attempt.trigger === 'schedule' ? '' : `  ${dim(attempt.trigger)}`;
  return `${head}  ${paint(result)}${why}\n${formatFields(fields, dim)}`;
}

function describeHeaders(headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => toPlain(`${name}: ${value}`));
  return lines.join('\n') || '-';
}
