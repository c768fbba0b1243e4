// A scaffolded dialect works at once: it compiles, is tidy and keeps the contract. Tested in a copy of the repository.
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scaffoldDialect } from './new-dialect.ts';

const run = promisify(execFile);
const name = 'paylane';

/** What the dialect and its tests need; the repository's vitest.config.ts would start Postgres, which they do not. */
const copied = [
  'src',
  'examples',
  'packages',
  'scripts',
  'test/contracts',
  'test/support',
  'test/tidy.test.ts',
  'package.json',
  'tsconfig.json',
  '.dependency-cruiser.cjs',
  '.oxlintrc.json',
  '.prettierrc.json',
];

describe('a scaffolded dialect', () => {
  const root = mkdtempSync(join(tmpdir(), 'carillon-scaffold-'));
  let paths: readonly string[] = [];
  const sources = (): readonly string[] => paths.filter((path) => path.endsWith('.ts'));

  beforeAll(async () => {
    const isWanted = (path: string): boolean => !(path.startsWith('src/') && path.endsWith('.test.ts'));
    for (const path of copied) cpSync(path, join(root, path), { recursive: true, filter: isWanted });
    symlinkSync(join(process.cwd(), 'node_modules'), join(root, 'node_modules'));
    paths = await scaffoldDialect(root, name);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test('is a folder, fixtures, a client, a contract test and a line of the index', () => {
    const folder = `src/dialects/${name}/`;
    const files = ['auth', 'errors', 'events', 'index', 'routes', 'samples', 'signing', 'wire'];
    expect(sources().toSorted()).toEqual(
      [
        ...files.map((file) => `${folder}${file}.ts`),
        'src/dialects/index.ts',
        `test/contracts/${name}.test.ts`,
        `test/contracts/clients/${name}.ts`,
      ].toSorted(),
    );
    expect(paths).toContain(`test/fixtures/${name}/request-put.json`);
    expect(paths.filter((path) => /tollgate/i.test(readFileSync(join(root, path), 'utf8')))).toEqual([]);
    expect(readFileSync(join(root, 'src/dialects/index.ts'), 'utf8')).toContain(`spritz, ${name}];`);
  });

  test.each([
    ['has the right types', 'tsc', []],
    ['imports what a dialect may', 'depcruise', ['src', 'examples', '--output-type', 'err']],
    [
      'keeps the contract and is tidy',
      'vitest',
      ['run', `test/contracts/${name}.test.ts`, 'test/tidy.test.ts'],
    ],
  ])('%s (%s)', async (_what, tool, args) => {
    await expect(runTool(root, tool, args)).resolves.toBe('');
  });

  test('is formatted and has nothing that the linter reports', async () => {
    await expect(runTool(root, 'prettier', ['--check', ...sources()])).resolves.toBe('');
    const lint = ['--type-aware', '--deny-warnings', ...sources()];
    await expect(runTool(root, 'oxlint', lint)).resolves.toBe('');
  });

  test('is refused where a dialect of this name exists, or the name is none', async () => {
    await expect(scaffoldDialect(root, name)).rejects.toThrow('exists; choose another name');
    for (const wrong of ['', 'Pay', 'pay-lane', '../x', '1pay']) {
      await expect(scaffoldDialect(root, wrong)).rejects.toThrow('cannot name a dialect');
    }
  });
});

/** What a tool prints when it fails; empty when it succeeds. */
async function runTool(cwd: string, tool: string, args: readonly string[]): Promise<string> {
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env = { PATH: path, HOME: process.env['HOME'] };
  return run(join(cwd, 'node_modules/.bin', tool), args, { cwd, env }).then(
    () => '',
    (error: { stdout: string; stderr: string }) => `${tool}: ${error.stdout}${error.stderr}`,
  );
}
