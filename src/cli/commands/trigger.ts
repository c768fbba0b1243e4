// `carillon trigger`: publishes an event made from an example, to try a receiver with.
import { type Command, InvalidArgumentError } from 'commander';
import type { PublishedEvent } from '#contract/events.ts';
import type { JsonValue, Mode } from '#contract/schema.ts';
import { modeOption, parseJson, wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { AdminClient } from '../client.ts';
import { publishOne } from '../events/publish.ts';
import { exitCodes, Failure } from '../failure.ts';
import { openInput, readWhole } from '../input.ts';
import { carillon } from '../invocation.ts';
import { formatFields } from '../output/table.ts';
import { toPlain } from '../output/terminal.ts';
import { describeAnswer, isFailed, waitForAnswers } from '../trigger/answers.ts';
import { changePayload, type PayloadChange, pathAndValue } from '../trigger/change.ts';
import { editText } from '../trigger/edit.ts';
import { findExample, listExamples } from '../trigger/examples.ts';

interface Flags {
  readonly list?: true;
  readonly changes?: readonly PayloadChange[];
  readonly file?: string;
  readonly edit?: true;
  readonly count: number;
  readonly rate?: number;
  readonly mode?: Mode;
  readonly wait?: true;
  readonly timeout: number;
}

/** Characters of a payload in the list. */
const shownMax = 100;
/** As the server takes. */
const payloadBytesMax = 1024 * 1024;

export function addTrigger(program: Command, cli: Cli): void {
  const changes: PayloadChange[] = [];
  const collect =
    (kind: PayloadChange['kind']) =>
    (text: string): string => {
      changes.push(kind === 'remove' ? { kind, path: text, value: null } : { kind, ...pathAndValue(text) });
      return text;
    };
  program
    .command('trigger <tenant> [type]')
    .description('Publish an event made from an example of its type, to try receivers with.')
    .option('--list', 'list the event types that have an example')
    .option('--override <path=value>', 'change a member: data.amount=500', collect('override'))
    .option('--add <path=value>', 'add a member', collect('add'))
    .option('--remove <path>', 'remove a member', collect('remove'))
    .option('--file <file>', 'payload from a file of JSON instead of the example; - is standard input')
    .option('--edit', 'edit the payload in EDITOR before it is published')
    .option('--count <count>', 'how many events', wholeNumber(1, 100_000), 1)
    .option('--rate <count>', 'events per second (default: one after the other)', readRate)
    .addOption(modeOption('mode of the events (default: live)'))
    .option('--wait', 'print what each endpoint answered; exit with 1 when one failed')
    .option('--timeout <seconds>', 'how long --wait waits', wholeNumber(1, 3600), 60)
    .addHelpText('after', examples)
    .action((tenant: string, type: string | undefined, flags: Omit<Flags, 'changes'>) =>
      trigger(cli, tenant, type, { ...flags, changes }),
    );
}

const examples = `
Examples:
  carillon trigger acme --list
  carillon trigger acme payment.succeeded --override amount=500 --wait
  carillon trigger acme payment.succeeded --count 1000 --rate 50`;

function readRate(text: string): number {
  const value = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (value > 0 && value <= 1000) return value;
  throw new InvalidArgumentError('It must be a number above 0, up to 1000.');
}

async function trigger(cli: Cli, tenant: string, type: string | undefined, flags: Flags): Promise<void> {
  const client = cli.client();
  if (flags.list === true) return printExamples(cli, client, tenant);
  if (type === undefined) {
    const hint = `see the types that have an example: ${carillon} trigger ${tenant} --list`;
    throw new Failure('give an event type', { hint, exitCode: exitCodes.usage });
  }
  const payload = await makePayload(cli, client, { tenant, type }, flags);
  const json = `${JSON.stringify({ type, mode: flags.mode }).slice(0, -1)},"payload":${payload}}`;
  const deps = {
    client,
    clock: cli.clock,
    onWait: (ms: number) => cli.terminal.note(`the server is busy; retrying in ${ms / 1000} s`),
  };
  const start = cli.clock.now();
  for (let made = 0; made < flags.count; made++) {
    if (flags.rate !== undefined) {
      const waitMs = start + (made * 1000) / flags.rate - cli.clock.now();
      if (waitMs > 0) await cli.clock.sleep(waitMs);
    }
    const { event } = await publishOne(deps, tenant, json);
    await printTriggered(cli, client, { tenant, event }, flags);
  }
}

async function printExamples(cli: Cli, client: AdminClient, tenant: string): Promise<void> {
  const found = await listExamples(client, tenant);
  cli.answer({ data: found }, () =>
    formatFields(
      found.map(
        ({ type, payload }) => [toPlain(type), toPlain(JSON.stringify(payload)).slice(0, shownMax)] as const,
      ),
      cli.terminal.colors.dim,
    ),
  );
}

/** The text of the payload: unchanged where nothing is to be changed, because parsing and printing could change numbers. */
async function makePayload(
  cli: Cli,
  client: AdminClient,
  { tenant, type }: { readonly tenant: string; readonly type: string },
  { file, changes = [], edit }: Flags,
): Promise<string> {
  const text =
    file === undefined
      ? JSON.stringify(await findExample(client, tenant, type), null, 2)
      : await readFile(cli, file);
  const changed =
    changes.length === 0 ? text : JSON.stringify(applyChanges(requireJson(text), changes), null, 2);
  const edited = edit === true ? await editText(cli.environment, 'payload.json', `${changed}\n`) : changed;
  requireJson(edited);
  return edited.trim();
}

async function readFile(cli: Cli, file: string): Promise<string> {
  return Buffer.from(await readWhole(await openInput(cli, file), payloadBytesMax)).toString('utf8');
}

function requireJson(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    const why = error instanceof InvalidArgumentError ? error.message : '';
    throw new Failure(`the payload: ${why}`, { exitCode: exitCodes.usage, cause: error });
  }
}

function applyChanges(payload: JsonValue, changes: readonly PayloadChange[]): JsonValue {
  try {
    return changePayload(payload, changes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Failure(error.message, { exitCode: exitCodes.usage, cause: error });
  }
}

async function printTriggered(
  cli: Cli,
  client: AdminClient,
  { tenant, event }: { readonly tenant: string; readonly event: PublishedEvent },
  { wait, timeout }: Flags,
): Promise<void> {
  const { id, type, mode, deliveries, unsent } = event;
  const line = `${cli.terminal.colors.green('published')} ${toPlain(id)}  ${toPlain(type)}  ${mode}  deliveries: ${deliveries}`;
  const hint =
    unsent === null ? '' : `\nnothing is sent: ${carillon} events explain ${tenant} ${toPlain(id)}`;
  if (wait !== true) return cli.answer(event, () => line + hint);
  const answered = await waitForAnswers(cli, client, { tenant, event: id, mode }, timeout * 1000);
  cli.answer({ event, deliveries: answered }, () =>
    [line + hint, ...answered.map((one) => `  ${describeAnswer(cli, one)}`)].join('\n'),
  );
  if (answered.some(isFailed)) cli.setExitCode(exitCodes.failed);
}
