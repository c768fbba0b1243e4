// `carillon endpoints test-transform`: what the transform of an endpoint makes of a sample.
import type { Command } from 'commander';
import type { TransformVerdict } from '#contract/settings.ts';
import { given } from '#lib/given.ts';
import type { JsonValue } from '#lib/json.ts';
import { parseJson } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { readText } from '../endpoint-settings.ts';
import { exitCodes, Failure } from '../failure.ts';
import { toPlain, toPlainLines } from '../output/terminal.ts';

export function addTestTransform(endpoints: Command, cli: Cli): void {
  interface Flags {
    readonly payload?: JsonValue;
    readonly type?: string;
    readonly orderingKey?: string;
    readonly transformFile?: string;
  }
  endpoints
    .command('test-transform <tenant> <endpoint>')
    .description('Try the transform of an endpoint with a sample. Nothing is published or sent.')
    .option('--payload <json>', 'payload of the sample', parseJson)
    .option('--type <type>', 'event type of the sample')
    .option('--ordering-key <key>', 'ordering key of the sample')
    .option('--transform-file <file>', 'source to try in place of that of the endpoint; - is standard input')
    .action(async (tenant: string, id: string, { payload, transformFile, ...rest }: Flags) => {
      if (payload === undefined)
        throw new Failure('give the payload with --payload', { exitCode: exitCodes.usage });
      const transform = transformFile === undefined ? undefined : await readText(cli, transformFile);
      const body = { payload, ...rest, ...given({ transform }) };
      const verdict = await cli.client().call('testTransform', { params: { tenant, id }, body });
      cli.answer(verdict, (shown) => describe(cli, shown));
    });
}

function describe(
  cli: Cli,
  { canceled, payload, headers, url, error, durationMs }: TransformVerdict,
): string {
  const { dim, red, yellow } = cli.terminal.colors;
  const time = dim(`${durationMs} ms`);
  if (error !== null) {
    const { message, line, column } = error;
    const place = line === null ? '' : `line ${line}${column === null ? '' : `, column ${column}`}: `;
    return `${red('fails')} ${time}\n  ${toPlain(`${place}${message}`)}`;
  }
  if (canceled) return `${yellow('cancels the delivery')} ${time}`;
  const lines = Object.entries(headers).map(([name, value]) => toPlain(`${name}: ${value}`));
  return [
    `POST ${toPlain(url ?? '')} ${time}`,
    ...lines,
    '',
    toPlainLines(JSON.stringify(payload, null, 2)),
  ].join('\n');
}
