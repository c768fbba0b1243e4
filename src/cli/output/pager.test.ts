// The pager is a real program that writes what it gets to a file.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { openPages } from './pager.ts';
import { createTerminal } from './terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'carillon-pager-'));
const file = join(folder, 'paged');
let printed = '';

beforeEach(() => {
  printed = '';
  rmSync(file, { force: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Screen {
  readonly PAGER?: string;
  readonly isTTY?: boolean;
  readonly pager?: boolean;
  readonly TERM?: string;
}

function open({ PAGER = `cat > ${file}`, isTTY = true, pager = true, ...environment }: Screen = {}) {
  const out = { isTTY, columns: 20, rows: 5, write: (text: string) => (printed += text) };
  const terminal = createTerminal(out, { write: () => {} }, () => false);
  return openPages({
    terminal,
    environment: { ...process.env, ...environment, PAGER },
    flags: () => ({ pager }),
  });
}

const paged = (): string | null => (existsSync(file) ? readFileSync(file, 'utf8') : null);

test('text that fits the screen is printed at the end', async () => {
  const pages = open();
  expect(await pages.print('a\nb')).toBe(true);
  expect(await pages.print('c')).toBe(true);
  expect(printed).toBe('');
  await pages.end();
  expect({ printed, paged: paged() }).toEqual({ printed: 'a\nb\nc\n', paged: null });
});

test.each([
  ['more lines than the screen', 'a\nb\nc\nd\ne'],
  ['lines that take several rows', 'a'.repeat(90)],
])('%s go through the pager', async (_, text) => {
  const pages = open();
  await pages.print(text);
  await pages.print('more');
  await pages.end();
  expect({ printed, paged: paged() }).toEqual({ printed: '', paged: `${text}\nmore\n` });
});

test.each<[string, Screen]>([
  ['no terminal', { isTTY: false }],
  ['--no-pager', { pager: false }],
  ['an empty PAGER', { PAGER: '' }],
  ['PAGER=cat', { PAGER: 'cat' }],
  ['a terminal without functions', { TERM: 'dumb' }],
])('%s: everything is printed at once', async (_, screen) => {
  const pages = open(screen);
  await pages.print('a\n'.repeat(20));
  expect(printed).toBe(`${'a\n'.repeat(20)}\n`);
  await pages.end();
  expect(paged()).toBeNull();
});

test('a pager that was quit wants no more, and is no failure', async () => {
  const pages = open({ PAGER: `head -n 1 > ${file}` });
  let count = 0;
  while ((await pages.print('line\n'.repeat(10_000))) && count < 1000) count += 1;
  await pages.end();
  expect(count).toBeLessThan(1000);
  expect(paged()).toBe('line\n');
});

test('a pager that cannot be run is named', async () => {
  const pages = open({ PAGER: '/does/not/exist' });
  await pages.print('a\n'.repeat(20));
  await expect(pages.end()).rejects.toThrow('the pager "/does/not/exist" cannot be run');
});
