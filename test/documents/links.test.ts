// Links of the documentation lead to files and headings that are there, and every page is in the index.
import { existsSync, globSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { readIndex } from '../../web/build/markdown.ts';
import { pages, readAnchors, readProse } from '../support/markdown.ts';

const linked = [...pages, 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];

test.each(linked)('the links of %s', (page) => {
  const links = [...readProse(page).matchAll(/\]\((?!https?:|\/)([^)\s]+)\)/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !isThere(page, link))).toEqual([]);
});

test('the index has every page once', () => {
  const listed = readIndex().map(({ path }) => path);
  const others = ['docs/README.md', ...globSync('docs/*.md'), ...globSync('packages/*/README.md')];
  expect(listed.toSorted()).toEqual([...new Set(others)].toSorted());
});

function isThere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(file)) return false;
  return anchor === undefined || !file.endsWith('.md') || readAnchors(file).includes(anchor);
}
