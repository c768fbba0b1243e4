// The URL of a database as a flag. One with a password comes from a file: every user of the machine can read arguments.
import { InvalidArgumentError, Option } from 'commander';
import { hasPassword } from '#lib/postgres-url.ts';
import { exitCodes, Failure } from './failure.ts';

const forms = {
  sqlite: { pattern: /^sqlite:./, form: 'sqlite:<file>' },
  postgres: { pattern: /^postgres(ql)?:\/\/./, form: 'postgres://…' },
} as const;

type DatabaseKind = keyof typeof forms;

export function databaseUrlOption(
  flags: string,
  description: string,
  ...kinds: readonly DatabaseKind[]
): Option {
  const fileFlag = `${flags.replace(/ .*/, '')}-file`;
  const wanted = kinds.map((kind) => forms[kind]);
  return new Option(flags, description).argParser((text) => {
    // Not an error of the parser, which prints the argument.
    if (hasPassword(text)) throw passwordRefused(fileFlag);
    if (wanted.some(({ pattern }) => pattern.test(text))) return text;
    throw new InvalidArgumentError(`It must be ${wanted.map(({ form }) => form).join(' or ')}.`);
  });
}

function passwordRefused(fileFlag: string): Failure {
  return new Failure('the password of a database must not be an argument, which every user here can read', {
    hint: `give the URL in a file, with ${fileFlag}; - is standard input`,
    exitCode: exitCodes.usage,
  });
}
