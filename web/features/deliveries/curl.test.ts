import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { toCurl } from './curl.ts';

test('a shell reads every argument as it was sent', () => {
  const hostile = `it's $(rm -rf ~) \`id\` "x" \\ \n !`;
  const url = `http://127.0.0.1/'?a=$HOME`;
  const command = toCurl({ url, requestHeaders: { 'X-Name': hostile, Host: 'x' } }, hostile);
  // In place of curl, a function that prints its arguments.
  const script = `curl() { for each in "$@"; do printf '%s\\0' "$each"; done; }\n${command}`;
  const args = execFileSync('bash', ['-c', script]).toString().split('\0').slice(0, -1);
  expect(args).toEqual(['-i', url, '-H', `X-Name: ${hostile}`, '--data-binary', hostile]);
});
