// Asks for a secret: on a terminal without showing it, elsewhere from standard input.
import type { Cli, Input } from './cli.ts';
import { exitCodes, Failure } from './failure.ts';
import { readSecret } from './secret-input.ts';

/** Characters of a secret that is typed. */
const lengthMax = 4096;

export async function askForSecret(cli: Cli, question: string): Promise<string> {
  if (!cli.isInputTerminal) return readSecret(cli, '-', exitCodes.usage);
  cli.terminal.prompt(question);
  const input = cli.takeInput();
  input.setRawMode?.(true);
  try {
    return await readHidden(input);
  } finally {
    input.setRawMode?.(false);
    cli.terminal.note('');
  }
}

async function readHidden(input: Input): Promise<string> {
  let typed = '';
  for await (const chunk of input) {
    for (const character of Buffer.from(chunk).toString('utf8')) {
      if (character === '\r' || character === '\n') return typed.trim();
      if (character === '\u0003' || character === '\u0004') throw canceled();
      typed = character === '\u007f' || character === '\b' ? typed.slice(0, -1) : typed + character;
      if (typed.length > lengthMax)
        throw new Failure('that is longer than a key', { exitCode: exitCodes.usage });
    }
  }
  return typed.trim();
}

function canceled(): Failure {
  return new Failure('nothing was saved');
}
