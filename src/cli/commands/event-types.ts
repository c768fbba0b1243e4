// `carillon event-types`: the event catalogue.
import type { Command } from 'commander';
import { compare, type Difference } from '#contract/event-types-difference.ts';
import { type Content, readEventTypes } from '#contract/event-types-document.ts';
import type { EventType } from '#contract/event-types.ts';
import { DocumentError } from '#contract/json-document.ts';
import type { JsonObject, JsonValue } from '#lib/json.ts';
import { parseJson } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { type AdminClient, ApiFailure } from '../client.ts';
import { jsonObject } from '../endpoint-settings.ts';
import { exitCodes, Failure, messageOf, nothingToChange } from '../failure.ts';
import { openInput, readWhole } from '../input.ts';
import { carillon } from '../invocation.ts';
import { addPageFlags, type Columns, type PageFlags, printPages } from '../output/pages.ts';
import { formatFields } from '../output/table.ts';
import { toPlain, toPlainLines } from '../output/terminal.ts';
import { fullTime } from '../output/times.ts';
import { addRemove, confirm } from '../removal.ts';
import { readCatalogue } from '../event-types/read-catalogue.ts';

interface SetFlags {
  readonly group?: string | false;
  readonly description?: string | false;
  readonly schema?: JsonObject | false;
  readonly schemaFile?: string;
  readonly example?: JsonValue[];
  readonly deprecated?: boolean;
}

interface ImportFlags {
  readonly dryRun?: true;
  readonly prune?: true;
  readonly yes?: true;
}

const dialectFlag = ['--dialect <dialect>', "catalogue of a platform (default: the operator's own)"] as const;
/** A catalogue at its bounds has as much; a document repeats components. */
const documentBytesMax = 128 * 1024 * 1024;

export function addEventTypes(program: Command, cli: Cli): void {
  const types = program.command('event-types').description('The event catalogue.');
  addPageFlags(types.command('list').description('List event types, by name.'))
    .option(...dialectFlag)
    .action(({ dialect, ...page }: PageFlags & { dialect?: string }) =>
      printPages(cli, page, columns, (client, place) =>
        client.call('listEventTypes', { query: { dialect, ...place } }),
      ),
    );
  types
    .command('show <type>')
    .description('Show an event type with its schema and examples.')
    .option(...dialectFlag)
    .action(async (name: string, query: { dialect?: string }) => {
      const type = await cli.client().call('getEventType', { params: { name }, query });
      await cli.page(type, (value) => describeType(cli, value));
    });
  addSet(types, cli);
  addRemove(types, cli, {
    noun: 'event type',
    ids: ['type'],
    consequence: 'Endpoints and events of this type stay as they are.',
    remove: (client, name = '') => client.call('removeEventType', { params: { name } }),
  });
  addImport(types, cli);
  types
    .command('export')
    .description('Print a catalogue as an OpenAPI document, as YAML or with --json as JSON.')
    .option(...dialectFlag)
    .action(async (query: { dialect?: string }) => {
      const document = await cli.client().call('exportEventTypes', { query });
      const { stringify } = await import('yaml');
      cli.answer(document, (value) => stringify(value, { aliasDuplicateObjects: false }).trimEnd());
    });
}

function addSet(types: Command, cli: Cli): void {
  types
    .command('set <type>')
    .description('Create or change an event type. Only the given fields change.')
    .option('--group <name>', 'group under which people find it')
    .option('--no-group', 'remove the group')
    .option('--description <text>', 'text for people')
    .option('--no-description', 'remove the description')
    .option('--schema <json>', 'JSON Schema (draft 2020-12) of the payload', jsonObject)
    .option('--schema-file <file>', 'the same from a file, JSON or YAML; - is standard input')
    .option('--no-schema', 'remove the schema')
    .option('--example <json>', 'example of a payload; repeat it for more', readExample)
    .option('--deprecated', 'mark it as deprecated')
    .option('--no-deprecated', 'not deprecated')
    .action(async (name: string, flags: SetFlags) => {
      const client = cli.client();
      const change = await readChange(cli, flags);
      const before = await findType(client, name);
      if (before !== null && Object.keys(change).length === 0) {
        throw nothingToChange('give --group, --description, --schema, --example or --deprecated');
      }
      const body = { ...contentOf(before), ...change };
      const type = await client.call('setEventType', { params: { name }, body });
      cli.answer(type, (value) => describeType(cli, value));
    });
}

function readExample(text: string, previous: readonly JsonValue[] | undefined): JsonValue[] {
  return [...(previous ?? []), parseJson(text)];
}

async function readChange(
  cli: Cli,
  { group, description, schema, schemaFile, example, deprecated }: SetFlags,
): Promise<Partial<Content>> {
  if (schemaFile !== undefined && schema !== undefined) {
    throw new Failure('give the schema once', { exitCode: exitCodes.usage });
  }
  const given = schemaFile === undefined ? schema : await readDocument(cli, schemaFile);
  return {
    ...(group === undefined ? {} : { groupName: group || null }),
    ...(description === undefined ? {} : { description: description || null }),
    ...(given === undefined ? {} : { schema: (given || null) as Content['schema'] }),
    ...(example === undefined ? {} : { examples: example }),
    ...(deprecated === undefined ? {} : { deprecated }),
  };
}

async function findType(client: AdminClient, name: string): Promise<EventType | null> {
  return client.call('getEventType', { params: { name } }).catch((error: unknown) => {
    if (error instanceof ApiFailure && error.problem?.code === 'event_type_not_found') return null;
    throw error;
  });
}

function contentOf(type: EventType | null): Partial<Content> {
  if (type === null) return {};
  const { groupName, description, schema, examples, deprecated } = type;
  return { groupName, description, schema, examples, deprecated };
}

function addImport(types: Command, cli: Cli): void {
  types
    .command('import <file>')
    .description(
      'Set the event types of an OpenAPI 3.1 document (YAML or JSON): each of its webhooks is one.',
    )
    .option('--dry-run', 'only show what would change')
    .option('--prune', 'remove the event types that the document does not have')
    .option('-y, --yes', 'prune without asking')
    .action((file: string, flags: ImportFlags) => importTypes(cli, file, flags));
}

async function importTypes(cli: Cli, file: string, { dryRun, prune, yes }: ImportFlags): Promise<void> {
  const wanted = readWanted(await readDocument(cli, file));
  const client = cli.client();
  const difference = compare(await readCatalogue(client), wanted);
  const removed = prune === true ? difference.missing : [];
  if (dryRun !== true) {
    if (removed.length > 0 && yes !== true) {
      const name = `${removed.length} event types that the document does not have`;
      await confirm(cli, 'remove', { name, consequence: '' });
    }
    for (const name of [...difference.created, ...difference.changed.map((one) => one.name)]) {
      await setType(client, name, wanted.get(name));
    }
    for (const name of removed) await client.call('removeEventType', { params: { name } });
  }
  const { created, changed, unchanged } = difference;
  const isDryRun = dryRun === true;
  cli.answer({ dryRun: isDryRun, created, changed, removed, unchanged }, () =>
    describeDifference(cli, difference, { isDryRun, isPruned: prune === true }),
  );
}

function readWanted(document: JsonValue): ReadonlyMap<string, Content> {
  try {
    return readEventTypes(document);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    throw new Failure(error.message, { exitCode: exitCodes.usage });
  }
}

/** What fails names the type; those before it are set. */
async function setType(client: AdminClient, name: string, body: Content | undefined): Promise<void> {
  if (body === undefined) return;
  await client.call('setEventType', { params: { name }, body }).catch((error: unknown) => {
    if (!(error instanceof ApiFailure)) throw error;
    const { details, hint, exitCode } = error;
    throw new Failure(`event type ${name}: ${error.message}`, { details, hint, exitCode, cause: error });
  });
}

/** JSON is YAML, too. Aliases are bounded: a document of a few lines could have billions of members. */
async function readDocument(cli: Cli, file: string): Promise<JsonValue> {
  const text = Buffer.from(
    await readWhole(await openInput(cli, file, exitCodes.usage), documentBytesMax),
  ).toString();
  try {
    if (/^\s*[{[]/.test(text)) return JSON.parse(text) as JsonValue;
    const { parse } = await import('yaml');
    return parse(text, { maxAliasCount: 1000 }) as JsonValue;
  } catch (error) {
    throw new Failure(`${file} is neither YAML nor JSON: ${messageOf(error)}`, { exitCode: exitCodes.usage });
  }
}

function describeDifference(
  cli: Cli,
  { created, changed, missing, unchanged }: Difference,
  { isDryRun, isPruned }: { readonly isDryRun: boolean; readonly isPruned: boolean },
): string {
  const { green, yellow, red, dim } = cli.terminal.colors;
  const lines = [
    ...created.map((name) => green(`+ ${toPlain(name)}`)),
    ...changed.map(({ name, members }) => yellow(`~ ${toPlain(name)}  ${members.join(', ')}`)),
    ...missing.map((name) =>
      isPruned ? red(`- ${toPlain(name)}`) : dim(`  ${toPlain(name)}  not in the document; kept`),
    ),
  ];
  const removed = isPruned ? missing.length : 0;
  const counts = `${created.length} created, ${changed.length} changed, ${removed} removed, ${unchanged} unchanged`;
  return [...lines, isDryRun ? `dry run: ${counts}` : counts].join('\n');
}

const columns: Columns<EventType> = {
  names: ['NAME', 'GROUP', 'VERSION', 'SCHEMA', 'EXAMPLES', 'DEPRECATED', 'DESCRIPTION'],
  row: ({ name, groupName, version, schema, examples, deprecated, description }) => [
    toPlain(name),
    toPlain(groupName ?? '-'),
    String(version),
    schema === null ? 'no' : 'yes',
    String(examples.length),
    deprecated ? 'yes' : 'no',
    toPlain(description ?? '-'),
  ],
  least: ['EXAMPLES', 'VERSION', 'DESCRIPTION'],
  none: `no event types; create one with: ${carillon} event-types set <type>`,
};

function describeType(cli: Cli, type: EventType): string {
  const time = (text: string | null): string => (text === null ? '-' : fullTime(cli, text));
  const fields: [string, string][] = [
    ['name', toPlain(type.name)],
    ['dialect', toPlain(type.dialect)],
    ['group', toPlain(type.groupName ?? '-')],
    ['version', String(type.version)],
    ['deprecated', type.deprecated ? 'yes' : 'no'],
    ['description', toPlainLines(type.description ?? '-')],
    ['created', time(type.createdAt)],
    ['updated', time(type.updatedAt)],
    ['schema', type.schema === null ? 'none' : JSON.stringify(type.schema, null, 2)],
    ...type.examples.map((example): [string, string] => ['example', JSON.stringify(example, null, 2)]),
  ];
  return formatFields(fields, cli.terminal.colors.dim);
}
