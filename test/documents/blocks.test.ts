// Every fenced block of the documentation is run, parsed, taken from a file, or says why not. `test/e2e/documents.test.ts` runs
// those that nothing is said of.
import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { type Block, pages, readBlocks } from '../support/markdown.ts';

const blocks = pages.flatMap(readBlocks);
const placeOf = ({ page, line }: Block): string => `${page}:${line}`;

/** How many blocks may be of each kind that no test runs. Raise a number only for what cannot be run. */
const bounds = {
  // Needs systemd, a cluster, a second machine, or an answer of a person.
  elsewhere: 16,
  // Part of a program: only its syntax is tested.
  fragment: 9,
  // Output, requests by hand, pictures and settings, in no language.
  text: 32,
};

test('few blocks are not run', () => {
  const counted = {
    elsewhere: blocks.filter(({ info }) => info === 'elsewhere').length,
    fragment: blocks.filter(({ info }) => info === 'fragment').length,
    text: blocks.filter(({ language }) => language === '').length,
  };
  for (const [kind, bound] of Object.entries(bounds)) {
    expect(counted[kind as keyof typeof bounds], kind).toBeLessThanOrEqual(bound);
  }
  const run = blocks.filter(({ language, info }) => language === 'sh' && info === '');
  expect(run.length).toBeGreaterThan(20);
});

test('a block in no language has nothing that could be run', () => {
  const shown = blocks.filter(
    ({ language, text }) =>
      language === '' && /^(\$ )?([A-Z_]+=\S+ )*(carillon|npx|npm|node|curl) /m.test(text),
  );
  expect(shown.map(placeOf)).toEqual([]);
});

test('what a block names is there: the test that does the same, or the file that it is taken from', () => {
  const named = blocks.filter(({ info }) => !['', 'fragment', 'elsewhere'].includes(info));
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(({ info }) => !existsSync(info)).map(placeOf)).toEqual([]);
  const taken = named.filter(({ info }) => !info.endsWith('.test.ts'));
  expect(
    taken.filter(({ info, text }) => !flat(readFileSync(info, 'utf8')).includes(flat(text))).map(placeOf),
  ).toEqual([]);
});

test.each(blocks.filter(({ language }) => language === 'json'))('the JSON at $page:$line', ({ text }) => {
  expect(() => JSON.parse(text)).not.toThrow();
});

test.each(blocks.filter(({ language }) => language === 'yaml'))('the YAML at $page:$line', ({ text }) => {
  expect(parseYaml(text)).toBeTypeOf('object');
});

const fragments = blocks.filter(
  ({ language, info }) => ['js', 'ts'].includes(language) && info === 'fragment',
);

test.each(fragments)('the fragment at $page:$line', ({ text }) => {
  expect(() => stripTypeScriptTypes(text)).not.toThrow();
});

/** Without what lines begin and end with: a sample may be indented otherwise. */
function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
