// A test run without a usable Postgres fails; it skips no test.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test.each([
  { TEST_DATABASE_URL: 'postgres://postgres@127.0.0.1:1/postgres' },
  { TEST_DATABASE_URL: '', TEST_POSTGRES_BIN: '/nowhere' },
])('a test run with %o fails with the reason', async (settings) => {
  const root = join(import.meta.dirname, '../..');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', 'test/tidy.test.ts'], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code, output).toBe(1);
  expect(output).toMatch(
    /the tests can't use the Postgres of TEST_DATABASE_URL: .*ECONNREFUSED|\/nowhere\/initdb ENOENT/,
  );
  expect(output).not.toMatch(/skipped|passed/);
});
