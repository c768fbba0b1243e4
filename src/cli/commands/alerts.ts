// `carillon alerts`: who is told when endpoints fail, deliveries are exhausted or wait for too long, and replays finish.
import { type Command, Option } from 'commander';
import type { Alert, AlertType, CreateAlert } from '#contract/alerts.ts';
import { laterTime, list, wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { exitCodes, Failure, nothingToChange } from '../failure.ts';
import { carillon } from '../invocation.ts';
import { addPageFlags, type Columns, type PageFlags, printPages } from '../output/pages.ts';
import { formatFields } from '../output/table.ts';
import { toPlain } from '../output/terminal.ts';
import { fullTime, shortTime } from '../output/times.ts';
import { addRemove } from '../removal.ts';
import { readSecret } from '../secret-input.ts';

/** As in the contract. Repeated here, so that the command line starts without loading the schemas. */
const types: readonly AlertType[] = [
  'endpoint.failing',
  'endpoint.disabled',
  'endpoint.recovered',
  'delivery.exhausted',
  'backlog.growing',
  'replay.finished',
];

const columnsOf = (cli: Cli): Columns<Alert> => ({
  names: ['ID', 'NAME', 'TO', 'TYPES', 'STATE', 'LAST SENT', 'LAST ERROR'],
  row: ({ id, name, via, types: told, lastSentAt, lastError, ...alert }) => [
    id,
    toPlain(name),
    describeVia(via),
    told.length === types.length ? 'all' : told.join(','),
    describeState(cli, alert),
    lastSentAt === null ? 'never' : shortTime(cli, lastSentAt),
    lastError === null ? '-' : toPlain(lastError),
  ],
  least: ['TYPES', 'LAST SENT'],
  none: `no alerts; create one with: ${carillon} alerts create <name> --email <address>`,
});

interface ChannelFlags {
  readonly webhook?: string;
  readonly email?: string[];
  readonly chatUrlFile?: string;
}

interface AlertFlags extends ChannelFlags {
  readonly type?: AlertType[];
  readonly tenant?: string[] | false;
  readonly window?: number;
}

interface ChangeFlags extends AlertFlags {
  readonly name?: string;
  readonly enable?: true;
  readonly disable?: true;
}

export function addAlerts(program: Command, cli: Cli): void {
  const alerts = program.command('alerts').description('Tell people when something needs them.');

  addAlertFlags(alerts.command('create <name>').description('Create an alert.')).action(
    async (name: string, flags: AlertFlags) => {
      const via = await readVia(cli, flags);
      if (via === undefined) {
        throw new Failure('where to?', {
          hint: 'give one of --webhook, --email and --chat-url-file',
          exitCode: exitCodes.usage,
        });
      }
      const { type = [...types], tenant, window } = flags;
      const tenants = tenant === false ? undefined : tenant;
      const body = { name, types: [...type], tenants, via, windowSeconds: window };
      cli.answer(await cli.client().call('createAlert', { body }), (alert) =>
        describeAlert(cli, alert, alert.secret),
      );
    },
  );

  addPageFlags(
    alerts.command('list').description('List alerts, newest first, with what they could not send.'),
  ).action((page: PageFlags) =>
    printPages(cli, page, columnsOf(cli), (client, query) => client.call('listAlerts', { query })),
  );

  alerts
    .command('show <alert>')
    .description('Show an alert.')
    .action(async (id: string) => {
      cli.answer(await cli.client().call('getAlert', { params: { id } }), (alert) =>
        describeAlert(cli, alert),
      );
    });

  addChange(alerts, cli);

  alerts
    .command('test <alert>')
    .description('Send a sample now, also while the alert is snoozed or disabled.')
    .action(async (id: string) => {
      const result = await cli.client().call('testAlert', { params: { id } });
      cli.answer(result, ({ error }) => (error === null ? 'sent' : `not sent: ${toPlain(error)}`));
      if (!result.sent) cli.setExitCode(exitCodes.failed);
    });

  alerts
    .command('snooze <alert>')
    .description('Let messages wait until a time, like 2h from now. What is over by then is not told.')
    .addOption(
      new Option('--until <time>', 'a time, or from now on, like 2h').argParser(laterTime(cli.clock)),
    )
    .option('--end', 'end the snooze')
    .action(async (id: string, { until, end }: { until?: string; end?: true }) => {
      if ((until === undefined) === (end === undefined)) {
        throw new Failure('until when?', { hint: 'give --until or --end', exitCode: exitCodes.usage });
      }
      const body = { until: until ?? null };
      cli.answer(await cli.client().call('snoozeAlert', { params: { id }, body }), (alert) =>
        describeAlert(cli, alert),
      );
    });

  addRemove(alerts, cli, {
    noun: 'alert',
    ids: ['alert'],
    consequence: 'What it was still to tell is dropped.',
    remove: (client, id = '') => client.call('removeAlert', { params: { id } }),
  });
}

function addAlertFlags(command: Command): Command {
  return command
    .addOption(new Option('--type <type...>', 'what it tells of (default: all)').choices([...types]))
    .option('--tenant <tenant...>', 'only of these tenants (default: all)')
    .addOption(new Option('--webhook <url>', 'send signed events to this URL'))
    .option('--email <address>', 'send mails: addresses with commas between', list)
    .option('--chat-url-file <file>', 'post to the Slack or Teams URL in this file; - is standard input')
    .option(
      '--window <seconds>',
      'at most one message of an endpoint and a type in so many seconds (default: 900)',
      wholeNumber(60, 86_400),
    );
}

function addChange(alerts: Command, cli: Cli): void {
  addAlertFlags(alerts.command('change <alert>').description('Change an alert; its kind of channel stays.'))
    .option('--name <name>', 'another name')
    .option('--no-tenant', 'tell of all tenants')
    .option('--enable', 'tell again')
    .option('--disable', 'tell of nothing; what waited is dropped')
    .action(async (id: string, flags: ChangeFlags) => {
      const { name, type, tenant, window, enable, disable } = flags;
      const enabled = enable === true ? true : disable === true ? false : undefined;
      const via = await readVia(cli, flags);
      // Commander makes `--no-tenant` false, and without either flag true.
      const tenants = tenant === false ? null : Array.isArray(tenant) ? tenant : undefined;
      const body = { name, types: type, tenants, via, windowSeconds: window, enabled };
      if (Object.values(body).every((value) => value === undefined)) {
        throw nothingToChange('give a flag; --help names them');
      }
      cli.answer(await cli.client().call('changeAlert', { params: { id }, body }), (alert) =>
        describeAlert(cli, alert),
      );
    });
}

async function readVia(
  cli: Cli,
  { webhook, email, chatUrlFile }: ChannelFlags,
): Promise<CreateAlert['via'] | undefined> {
  const given = [webhook, email, chatUrlFile].filter((one) => one !== undefined);
  if (given.length > 1) {
    throw new Failure('an alert has one channel', {
      hint: 'give one of --webhook, --email and --chat-url-file',
      exitCode: exitCodes.usage,
    });
  }
  if (webhook !== undefined) return { kind: 'webhook', url: webhook };
  if (email !== undefined) return { kind: 'email', to: [...email] };
  if (chatUrlFile === undefined) return undefined;
  return { kind: 'chat', url: await readSecret(cli, chatUrlFile, exitCodes.usage) };
}

function describeVia(via: Alert['via']): string {
  switch (via.kind) {
    case 'webhook':
      return `webhook ${toPlain(via.url ?? 'removed')}`;
    case 'email':
      return via.to.map(toPlain).join(', ');
    default:
      return `chat ${toPlain(via.host)}`;
  }
}

function describeState(cli: Cli, { enabled, snoozedUntil }: Pick<Alert, 'enabled' | 'snoozedUntil'>): string {
  if (!enabled) return 'disabled';
  const isSnoozed = snoozedUntil !== null && Date.parse(snoozedUntil) > cli.clock.now();
  return isSnoozed ? `snoozed until ${shortTime(cli, snoozedUntil)}` : 'on';
}

function describeAlert(cli: Cli, alert: Alert, secret: string | null = null): string {
  const { id, name, types: told, tenants, via, windowSeconds, lastSentAt, lastError } = alert;
  const { dim } = cli.terminal.colors;
  const fields = [
    ['id', id],
    ['name', toPlain(name)],
    ['tells of', told.join(', ')],
    ['tenants', tenants === null ? 'all' : tenants.map(toPlain).join(', ') || 'none'],
    ['to', describeVia(via)],
    ...(via.kind === 'webhook' ? [['endpoint', `${via.endpoint} of the tenant operator`] as const] : []),
    ['window', `${windowSeconds} s`],
    ['state', describeState(cli, alert)],
    ['last sent', lastSentAt === null ? 'never' : fullTime(cli, lastSentAt)],
    ...(lastError === null ? [] : [['last error', toPlain(lastError)] as const]),
    ...(secret === null ? [] : [['secret', toPlain(secret)] as const]),
  ] as const;
  return formatFields(fields, dim);
}
