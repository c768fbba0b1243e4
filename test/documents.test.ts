// What the documents say is shown by a test names a file that is there.
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test.each(['README.md', 'SECURITY.md', 'docs/deploy.md', 'docs/operating.md', 'docs/reliability.md'])(
  'the files that %s names are there',
  (document) => {
    const named = [
      ...readFileSync(document, 'utf8').matchAll(/`((?:src|test|scripts|web|bench)\/[\w./-]+\.ts)`/g),
    ].map(([, path = '']) => path);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  },
);

test('each row of the threat model names what shows it', () => {
  const rows = readFileSync('SECURITY.md', 'utf8')
    .split('| boundary |')[1]
    ?.split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .map((line) => line.split(' | '));
  expect(rows?.length).toBeGreaterThan(20);
  for (const row of rows ?? []) expect(row.at(-1), row[1]).toMatch(/`(src|test|scripts)\/.+\.ts`/);
});
