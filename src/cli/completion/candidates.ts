// What the word at the cursor may become: the names of commands and flags, and the values that a flag chooses from.
import type { Command, Option } from 'commander';

export interface Candidate {
  readonly value: string;
  /** One line for people. */
  readonly about: string;
}

/**
 * `words` are those after the name of the program, up to the cursor; the last one is what is typed of its word, perhaps
 * nothing. Empty where only a value of the caller's own fits.
 */
export function findCandidates(program: Command, words: readonly string[]): readonly Candidate[] {
  const typed = words.at(-1) ?? '';
  const { command, pending } = walk(program, words.slice(0, -1));
  const all =
    pending !== null
      ? toCandidates(pending.argChoices)
      : typed.startsWith('-')
        ? listFlags(program, command)
        : listWords(command);
  return all.filter(({ value }) => value.startsWith(typed));
}

interface Place {
  readonly command: Command;
  /** The flag whose value is to come. */
  readonly pending: Option | null;
}

function walk(program: Command, words: readonly string[]): Place {
  let command = program;
  let pending: Option | null = null;
  for (const word of words) {
    if (pending !== null) pending = null;
    else if (word.startsWith('-')) {
      const option = optionsOf(program, command).find(({ long, short }) => [long, short].includes(word));
      pending = option !== undefined && (option.required || option.optional) ? option : null;
    } else command = command.commands.find((one) => one.name() === word) ?? command;
  }
  return { command, pending };
}

function listFlags(program: Command, command: Command): readonly Candidate[] {
  const flags = optionsOf(program, command).map(({ long, short, description }) => ({
    value: long ?? short ?? '',
    about: toLine(description),
  }));
  return [...flags, { value: '--help', about: 'show the help' }];
}

function optionsOf(program: Command, command: Command): readonly Option[] {
  return [...new Set([...command.options, ...program.options])].filter(({ hidden }) => !hidden);
}

function listWords(command: Command): readonly Candidate[] {
  const commands = command.createHelp().visibleCommands(command);
  if (commands.length === 0)
    return command.registeredArguments.flatMap((one) => toCandidates(one.argChoices));
  return commands.map((one) => ({ value: one.name(), about: toLine(one.description()) }));
}

function toCandidates(values: readonly string[] | undefined): readonly Candidate[] {
  return (values ?? []).map((value) => ({ value, about: '' }));
}

/** The first sentence: a tab and a line end would end the candidate. */
function toLine(text: string): string {
  return (/^.*?(?=[.;(]\s|[.;]?$)/.exec(text.replace(/\s+/g, ' '))?.[0] ?? '').trim();
}
