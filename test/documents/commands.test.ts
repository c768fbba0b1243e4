// Every `carillon …` that the documentation writes is a command that there is, with flags that it has.
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '#cli/program.ts';
import { systemClock } from '#lib/clock.ts';
import { pages, readBlocks, readProse } from '../support/markdown.ts';

const silent = { write: () => true };
const { program } = createProgram(
  { out: silent, error: silent, input: process.stdin, environment: {}, clock: systemClock },
  false,
  () => {},
);

test.each(pages)('the commands in %s', (page) => {
  const inline = [...readProse(page).matchAll(/`([^`]+)`/g)].map(([, text = '']) =>
    text.replaceAll(/\s+/g, ' '),
  );
  const lines = readBlocks(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'));
  const calls = [...inline, ...lines].flatMap((text) =>
    [...text.matchAll(/(?:^|[|(] *|npx )carillon ([^|)#]*)/g)].map(([, words = '']) =>
      words.replace(/ [<>]+ .*$/, '').trim(),
    ),
  );
  expect(calls.flatMap((call) => problemsOf(call))).toEqual([]);
});

function problemsOf(call: string): readonly string[] {
  // Values in quotes are no words of the command line.
  const words = call.replaceAll(/'[^']*'|"[^"]*"/g, 'value').split(/\s+/);
  let command: Command = program;
  const problems: string[] = [];
  for (const word of words) {
    if (word.startsWith('--') && word !== '--') {
      const known = [...command.options, ...program.options].map(({ long }) => long);
      if (!known.includes(word.split('=')[0]) && word !== '--help') problems.push(`${call}: no flag ${word}`);
      continue;
    }
    const next: Command | undefined = command.commands.find(
      (one) => one.name() === word || one.aliases().includes(word),
    );
    if (next === undefined && command.commands.length > 0 && /^[a-z-]+$/.test(word)) {
      problems.push(`${call}: no command ${word}`);
    }
    if (next === undefined && command.commands.length > 0) break;
    command = next ?? command;
  }
  return problems;
}
