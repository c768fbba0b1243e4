// `carillon types`: TypeScript types of the events of a catalogue, for publishers and receivers.
import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { JsonValue } from '#lib/json.ts';
import type { Cli } from '../cli.ts';
import { Failure, messageOf } from '../failure.ts';
import { readCatalogue } from '../event-types/read-catalogue.ts';
import { writeTypesFile } from '../types/types-file.ts';

interface TypesFlags {
  readonly tenant?: string;
  readonly dialect?: string;
  readonly out?: string;
  readonly fromExamples?: true;
}

const examples = `
Examples:
  carillon types --out src/event-types.ts
  carillon types --tenant acme --from-examples > event-types.ts`;

export function addTypes(program: Command, cli: Cli): void {
  program
    .command('types')
    .description(
      'Print TypeScript types of the events of the catalogue, for @carillon/client and @carillon/verify.',
    )
    .option('--tenant <tenant>', 'the catalogue that this tenant publishes by')
    .addOption(
      new Option('--dialect <dialect>', "catalogue of a platform (default: the operator's own)").conflicts(
        'tenant',
      ),
    )
    .option('--out <file>', 'write them to this file')
    .option('--from-examples', 'types without a schema get the type of their examples (default: unknown)')
    .addHelpText('after', examples)
    .action((flags: TypesFlags) => printTypes(cli, flags));
}

async function printTypes(
  cli: Cli,
  { tenant, dialect: given, out, fromExamples }: TypesFlags,
): Promise<void> {
  const client = cli.client();
  const dialect =
    tenant === undefined ? given : (await client.call('getTenant', { params: { tenant } })).dialect;
  const types = await readCatalogue(client, dialect);
  const name = types[0]?.dialect ?? dialect ?? 'standard';
  const text = writeTypesFile({
    dialect: name,
    types,
    body: await bodyOf(name),
    isInferred: fromExamples === true,
  });
  if (out === undefined) return cli.answer({ types: text }, () => text.trimEnd());
  await writeFile(out, text).catch((cause: unknown) => {
    throw new Failure(`cannot write ${out}: ${messageOf(cause)}`, { cause });
  });
  cli.answer({ out, types: types.length }, () => `${types.length} event types in ${out}`);
}

/** Loaded only here: the dialects are the larger part of the program. */
async function bodyOf(dialect: string): Promise<JsonValue | null> {
  const { deliveryBodyOf } = await import('#app/samples.ts');
  return deliveryBodyOf(dialect);
}
