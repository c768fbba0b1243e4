// `remove` of tenants, endpoints and credentials, and `revoke` of keys: asks for confirmation on a terminal, and needs `--yes` elsewhere.
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import type { AdminClient } from './client.ts';
import { exitCodes, Failure } from './failure.ts';
import { toPlain } from './output/terminal.ts';

interface Removal {
  /** The name of the command. */
  readonly verb?: 'remove' | 'revoke';
  readonly noun: string;
  /** The names of the ids that the command takes. The last one is the id of what is removed. */
  readonly ids: readonly string[];
  /** What else happens, as one sentence: for the help and the question. */
  readonly consequence: string;
  readonly remove: (client: AdminClient, ...ids: readonly string[]) => Promise<undefined>;
}

/** Adds `remove` or `revoke` to a group of commands. */
export function addRemove(
  group: Command,
  cli: Cli,
  { verb = 'remove', noun, ids, consequence, remove }: Removal,
): void {
  const { title, done } = verbs[verb];
  const command = group
    .command(verb)
    .description(`${title} one ${noun}. ${consequence}`)
    .arguments(ids.map((id) => `<${id}>`).join(' '))
    .option('-y, --yes', `${verb} without asking`);
  command.action(async () => {
    const client = cli.client();
    const name = `${noun} ${toPlain(command.args.at(-1) ?? '')}`;
    const { yes } = command.opts<{ yes?: true }>();
    if (yes !== true) await confirm(cli, verb, { name, consequence });
    cli.answer(await remove(client, ...command.args), () => `${done} ${name}`);
  });
}

const verbs = {
  remove: { title: 'Remove', doing: 'removing', done: 'removed' },
  revoke: { title: 'Revoke', doing: 'revoking', done: 'revoked' },
  purge: { title: 'Purge', doing: 'purging', done: 'purged' },
} as const;

/** Throws `Failure` unless the person at the terminal agrees. */
export async function confirm(
  { takeInput, terminal }: Cli,
  verb: keyof typeof verbs,
  { name, consequence }: { readonly name: string; readonly consequence: string },
): Promise<void> {
  const { title, doing, done } = verbs[verb];
  const input = takeInput();
  if (input.isTTY !== true || !terminal.isErrorTerminal) {
    const hint = `add --yes to ${verb} without asking`;
    throw new Failure(`${doing} ${name} needs confirmation`, { hint, exitCode: exitCodes.usage });
  }
  terminal.prompt(`${title} ${name}? ${consequence} [y/N] `);
  if (!/^y(es)?$/i.test(await readLine(input))) throw new Failure(`nothing was ${done}`);
}

/** One line of a terminal, which arrives as one chunk. Empty at the end of the input. */
async function readLine(input: AsyncIterable<Uint8Array>): Promise<string> {
  for await (const chunk of input) return Buffer.from(chunk).toString('utf8').trim();
  return '';
}
