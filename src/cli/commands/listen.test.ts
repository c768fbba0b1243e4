// What docs/listen.md and the help of `carillon listen` say: every flag, and every exit code.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '#lib/clock.ts';
import { createProgram } from '../program.ts';

let help = '';
const output = { write: (text: string) => void (help += text) };
const { program } = createProgram(
  { out: output, error: output, input: (async function* () {})(), environment: {}, clock: systemClock },
  false,
  () => {},
);
const command = program.commands.find((one) => one.name() === 'listen');
command?.outputHelp();
const page = readFileSync(new URL('../../../docs/listen.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| '));

test.each(command?.options.map(({ long }) => long ?? '') ?? [])(
  '%s is in the table of flags and in the help',
  (flag) => {
    expect(rows.some((row) => row.split('|')[1]?.includes(`\`${flag}\``))).toBe(true);
    expect(help).toContain(flag);
  },
);

test('the exit codes of the help are those of the page', () => {
  const inHelp = [...help.matchAll(/^ {2}(\d+) {1,4}\S/gm)].map(([, code]) => code);
  const onPage = rows.map((row) => /^\| (\d+) \|/.exec(row)?.[1]).filter((code) => code !== undefined);
  expect(inHelp).toEqual(['0', '1', '2', '78', '130']);
  expect(onPage).toEqual(inHelp);
});
