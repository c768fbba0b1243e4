import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { problem, useFakeAdmin } from '../../../test/support/fake-admin.ts';

const admin = useFakeAdmin();
const key = 'cak_01234567890123456789';
let home = '';
let file = '';

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'carillon-home-'));
  file = join(home, '.config/carillon/config.json');
  admin.answer = ({ key: sent }) =>
    sent === `Bearer ${key}` ? { status: 200, body: me } : problem(401, 'key_unknown');
});
afterEach(() => rmSync(home, { recursive: true }));

const me = {
  version: '1.2.3',
  key: { id: 'key_1', name: 'laptop', kind: 'key' },
  scopes: ['read', 'publish'],
  tenants: ['acme'],
};

const type = (
  args: readonly string[],
  options: { input?: string; environment?: Record<string, string> } = {},
) => admin.carillon(args, { ...options, environment: { HOME: home, ...options.environment } });

const login = (...more: readonly string[]) =>
  type(['login', '--server', admin.origin, ...more], { input: `${key}\n` });

test('login checks the key, and saves it where its owner alone can read it', async () => {
  const { code, out, error } = await login();
  expect([code, error]).toEqual([0, '']);
  expect(out).toBe(`logged in to ${admin.origin} as "laptop" with the profile "default"\n${file}\n`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, '.config/carillon')).mode & 0o777).toBe(0o700);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    current: 'default',
    profiles: { default: { server: admin.origin, key } },
  });
});

test('a key that the server does not know is not saved, and is not printed', async () => {
  const { code, out, error } = await type(['login', '--server', admin.origin], { input: 'cak_wrong' });
  expect(code).toBe(1);
  expect(out + error).not.toContain('cak_wrong');
  expect(() => statSync(file)).toThrow('ENOENT');
});

test('whoami with the profile of the login, and with none', async () => {
  await login('--profile', 'live');
  const { code, out } = await type(['whoami']);
  expect(code).toBe(0);
  expect(out).toBe(
    `server   ${admin.origin}\nversion  1.2.3\nprofile  live\nkey      laptop (key_1)\n` +
      'scopes   read, publish\ntenants  acme\n',
  );
  const given = { CARILLON_SERVER: admin.origin, CARILLON_ADMIN_KEY: key };
  const other = await type(['whoami', '--json'], { environment: given });
  expect(JSON.parse(other.out)).toEqual({ server: admin.origin, profile: null, ...me });
});

test('a profile is named by a flag, and by a variable', async () => {
  await login('--profile', 'live');
  await login('--profile', 'test');
  const profileOf = async (args: readonly string[], environment = {}) =>
    JSON.parse((await type(['whoami', '--json', ...args], { environment })).out).profile;
  expect(await profileOf([])).toBe('test');
  expect(await profileOf(['--profile', 'live'])).toBe('live');
  expect(await profileOf([], { CARILLON_PROFILE: 'live' })).toBe('live');
  const unknown = await type(['whoami', '--profile', 'none']);
  expect([unknown.code, unknown.error]).toEqual([78, expect.stringContaining('there are: live, test')]);
});

test('the key of a profile goes to its own server only', async () => {
  await login();
  const elsewhere = 'http://127.0.0.1:1';
  const both = await type(['whoami', '--profile', 'default', '--server', elsewhere]);
  expect([both.code, both.error]).toEqual([2, expect.stringContaining('a profile has both')]);
  // A server without a key of its own: that of the profile is not sent there.
  const asked = admin.asked.length;
  for (const environment of [
    { CARILLON_SERVER: admin.origin },
    { CARILLON_SERVER: admin.origin, CARILLON_PROFILE: '' },
  ]) {
    const { code, error } = await type(['whoami'], { environment });
    expect([code, error]).toEqual([78, expect.stringContaining('there is no admin key')]);
  }
  const flag = await type(['whoami', '--server', admin.origin], {
    environment: { CARILLON_PROFILE: 'default' },
  });
  expect(flag.code).toBe(78);
  expect(admin.asked).toHaveLength(asked);
});

test('a file that others can read, or of another form, is refused', async () => {
  await login();
  chmodSync(file, 0o644);
  const open = await type(['whoami']);
  expect([open.code, open.error]).toEqual([78, expect.stringContaining(`chmod 600 ${file}`)]);
  chmodSync(file, 0o600);
  for (const text of ['{', '[]', 'null', '{"profiles":{"a":{"server":1}}}']) {
    writeFileSync(file, text);
    expect((await type(['whoami'])).code, text).toBe(78);
  }
});

test('logout removes a profile with its key', async () => {
  await login();
  await login('--profile', 'live');
  expect((await type(['logout', '--profile', 'default'])).out).toBe(
    `removed the profile "default" of ${admin.origin}\n`,
  );
  expect(readFileSync(file, 'utf8')).not.toContain('default');
  expect((await type(['logout'])).code).toBe(0);
  expect(readFileSync(file, 'utf8')).not.toContain(key);
  expect((await type(['logout'])).error).toContain('there is no profile to remove');
});
