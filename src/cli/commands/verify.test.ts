// `carillon verify` as it is typed; src/cli/checks/signature.test.ts has the signatures.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runInProcess } from '../../../test/support/in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'carillon-verify-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const headers = {
  'Webhook-Id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
const secretFile = write('secret', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n');
const args = ['verify', '--secret-file', secretFile, ...lines.flatMap((line) => ['--header', line])];
const scheme = 'HMAC-SHA256 in webhook-signature (Standard Webhooks v1)';
const at = ['--at', '2021-02-25T15:02:10Z'];
const input = '{"test": 2432232314}';

test('a right signature', async () => {
  const { code, out } = await runInProcess([...args, ...at], { input });
  expect({ code, out }).toEqual({
    code: 0,
    out: `valid: signed with this secret at 2021-02-25T15:02:10.000Z, ${scheme}\n`,
  });
});

test('from a file, as JSON', async () => {
  const path = join(folder, 'payload.json');
  writeFileSync(path, input);
  const { out } = await runInProcess([...args, ...at, path, '--json']);
  expect(JSON.parse(out)).toEqual({ valid: true, scheme, signedAt: '2021-02-25T15:02:10.000Z' });
});

test('a wrong one ends with 1 and says why', async () => {
  const old = await runInProcess(args, { input });
  expect(old).toMatchObject({
    code: 1,
    out: '',
    error: expect.stringMatching(/^error: invalid: .* old; the limit is 5 min/),
  });
  const wrong = await runInProcess([...args, ...at, '--json'], { input: 'x' });
  expect(wrong.code).toBe(1);
  expect(JSON.parse(wrong.out)).toMatchObject({
    valid: false,
    problem: expect.any(String),
    hint: expect.any(String),
  });
});

test('a wider tolerance', async () => {
  const { code } = await runInProcess([...args, '--tolerance', '1000000000'], { input });
  expect(code).toBe(0);
});

test.each([
  ['one per line', lines.join('\n')],
  ['a raw request', `POST /hook HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n{"no: header": 1}`],
  ['as curl prints it', `> POST / HTTP/1.1\n${lines.map((line) => `> ${line}`).join('\n')}`],
  ['JSON', JSON.stringify(headers)],
])('headers from a file: %s', async (_, text) => {
  const file = ['--headers', write('headers', text)];
  const { code } = await runInProcess(['verify', '--secret-file', secretFile, ...file, ...at], { input });
  expect(code).toBe(0);
});

test.each<[string, string[], number, RegExp]>([
  ['no headers', ['--secret-file', secretFile], 2, /there are no headers/],
  ['a file without headers', ['--secret-file', secretFile, '--headers', '/dev/null'], 2, /holds no headers/],
  ['no secret', ['--header', 'a: b'], 2, /required option '--secret-file <file>'/],
  ['a wrong header', ['--secret-file', secretFile, '--header', 'a b'], 2, /It must be "name: value"/],
  ['the body and the secret', ['--secret-file', '-', '--header', 'a: b'], 2, /for one thing only/],
  ['an unsigned request', ['--secret-file', secretFile, '--header', 'a: b'], 1, /no header with a signature/],
])('%s', async (_, more, code, message) => {
  const result = await runInProcess(['verify', ...more], { input });
  expect(result).toMatchObject({ code, out: '', error: expect.stringMatching(message) });
});
