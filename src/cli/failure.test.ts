// How command lines fail: messages, problem details and exit codes; and what is no failure.
import { describe, expect, test } from 'vitest';
import { eventLine, pageOf, problem, useFakeAdmin } from '../../test/support/fake-admin.ts';
import type { InProcessOptions } from '../../test/support/in-process.ts';

const admin = useFakeAdmin();

describe('failures', () => {
  test('a refusal is printed with every field', async () => {
    admin.answer = () => ({
      ...problem(400, 'field_invalid'),
      body: {
        type: 'urn:carillon:problem:field_invalid',
        detail: 'url: is wrong (and 1 more)',
        code: 'field_invalid',
        errors: [
          { field: 'url', message: 'is wrong' },
          { field: 'mode', message: 'is wrong, too' },
        ],
      },
    });
    const { code, out, error } = await admin.carillon(['endpoints', 'create', 'acme', 'x']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toBe('error: url: is wrong (and 1 more)\n  mode: is wrong, too\n');
  });

  describe('with --json are problem details', () => {
    const fail = async (args: readonly string[], options?: InProcessOptions) => {
      const { code, out, error } = await admin.carillon([...args, '--json'], options);
      expect(out).toBe('');
      expect(error.split('\n')).toHaveLength(2);
      const value: Record<string, unknown> = JSON.parse(error);
      return { exit: code, ...value };
    };

    test('a refusal of the server as it came, with a hint', async () => {
      admin.answer = () => problem(404, 'tenant_not_found');
      expect(await fail(['tenants', 'show', 'acme'])).toEqual({
        exit: 1,
        type: 'urn:carillon:problem:tenant_not_found',
        title: 'tenant_not_found',
        status: 404,
        code: 'tenant_not_found',
        detail: 'tenant_not_found happened',
        errors: [],
        hint: 'list all tenants with: npm run -s carillon -- tenants list',
      });
    });

    test('a refused line of a file names the line', async () => {
      admin.answer = () =>
        problem(400, 'field_invalid', [{ field: 'events[1].type', message: 'is not known' }]);
      const input = `\n${eventLine(1)}\n${eventLine(2)}\n`;
      expect(await fail(['events', 'publish', 'acme', '-'], { input })).toMatchObject({
        exit: 1,
        status: 400,
        code: 'field_invalid',
        detail: 'line 3: type: is not known',
        details: ['nothing was published'],
      });
    });

    test.each([
      ['no server', ['tenants', 'list', '--server', 'http://127.0.0.1:1'], 1, 'server_unreachable'],
      ['an unknown flag', ['tenants', 'list', '--limits'], 2, 'usage_wrong'],
      ['a wrong value', ['tenants', 'list', '--limit', 'x'], 2, 'usage_wrong'],
      ['no subcommand', ['tenants'], 2, 'usage_wrong'],
      ['nothing to change', ['endpoints', 'change', 'a', 'b'], 2, 'usage_wrong'],
      ['no such file', ['events', 'publish', 'a', '/does/not/exist'], 1, 'command_failed'],
    ])('%s', async (_, args, exit, code) => {
      const type = `urn:carillon:problem:${code}`;
      const text = expect.stringMatching(/^[^\n]{10,}$/);
      expect(await fail(args)).toMatchObject({ exit, code, type, title: text, detail: text });
    });

    test('a wrong environment', async () => {
      const failed = await fail(['tenants', 'list'], { environment: { PORT: 'x', LOG_LEVEL: 'y' } });
      expect(failed).toMatchObject({
        exit: 78,
        code: 'configuration_wrong',
        detail: expect.stringMatching(/^PORT must .*; LOG_LEVEL must /),
      });
    });

    test('help is not a failure', async () => {
      expect(await admin.carillon(['--help', '--json'])).toMatchObject({ code: 0, error: '' });
    });
  });

  test.each([
    ['a wrong key', problem(401, 'key_unknown'), /hint: this server has another admin key/],
    ['no such tenant', problem(404, 'tenant_not_found'), /hint: .*npm run -s carillon -- tenants list\n/],
    [
      'another server',
      { status: 404, body: '<html>' },
      /answered 404 .*\nhint: check that this is the URL of a Carillon server/,
    ],
    ['a redirection', { status: 301, headers: { location: 'https://x/' } }, /answered 301 to https:\/\/x\//],
    ['no JSON', { status: 200, body: 'hello' }, /answered 200 without/],
  ])('%s', async (_, answered, message) => {
    admin.answer = () => answered;
    const { code, error } = await admin.carillon(['tenants', 'show', 'acme']);
    expect({ code, error }).toEqual({ code: 1, error: expect.stringMatching(message) });
  });

  test('nothing listens at the address', async () => {
    const { code, error } = await admin.carillon(['tenants', 'list', '--server', 'http://127.0.0.1:1']);
    expect(code).toBe(1);
    expect(error).toMatch(/^error: cannot reach http:\/\/127\.0\.0\.1:1: .*\nhint: .*\n$/);
  });

  test('text from a server cannot control the terminal', async () => {
    admin.answer = () => ({ status: 400, body: { type: 'x', code: 'x', detail: 'a\u001b[2Jb\nc' } });
    expect((await admin.carillon(['tenants', 'list'])).error).toBe('error: ab c\n');
  });

  test.each<[string, string[], Record<string, string>, number, RegExp]>([
    [
      'no key',
      ['tenants', 'list'],
      { DATABASE_URL: `sqlite:${admin.folder}/none/x.db` },
      78,
      /there is no admin key/,
    ],
    [
      'a key with a line end',
      ['tenants', 'list', '--admin-key-file', admin.write('two-lines', 'a\nb')],
      {},
      78,
      /^((?!a\nb)[^])*characters that are not allowed/,
    ],
    [
      'a wrong environment',
      ['tenants', 'list'],
      { PORT: 'x', LOG_LEVEL: 'y' },
      78,
      /^error: PORT .*\nerror: LOG_LEVEL .*\nhint: .*\n$/,
    ],
    [
      'a wrong CARILLON_SERVER',
      ['tenants', 'list', '--admin-key-file', admin.write('k', 'k')],
      { CARILLON_SERVER: 'nowhere' },
      78,
      /"nowhere" is not the URL/,
    ],
    ['a wrong --server', ['tenants', 'list', '--server', 'nowhere'], {}, 2, /must be a URL/],
    ['an unknown command', ['tenantz'], {}, 2, /unknown command.*\n\(Did you mean tenants/],
    ['an unknown flag', ['tenants', 'list', '--limits', '3'], {}, 2, /unknown option/],
    ['a missing argument', ['tenants', 'show'], {}, 2, /missing required argument/],
    ['too many arguments', ['tenants', 'show', 'a', 'b'], {}, 2, /too many arguments/],
    ['no subcommand', ['tenants'], {}, 2, /Usage: carillon tenants/],
    ['a wrong choice', ['deliveries', 'list', 'a', '--state', 'gone'], {}, 2, /Allowed choices/],
    ['a wrong code', ['deliveries', 'list', '--code', '6xx'], {}, 2, /HTTP status such as 503/],
    ['a wrong payload', ['endpoints', 'test', 'a', 'b', '--payload', '{'], {}, 2, /not valid JSON/],
    ['a wrong number', ['tenants', 'list', '--limit', '201'], {}, 2, /from 1 to 200/],
    [
      'an id of dots',
      ['tenants', 'show', '..', '--admin-key-file', admin.write('k', 'k')],
      {},
      2,
      /".." cannot be an id/,
    ],
    ['nothing to change', ['endpoints', 'change', 'a', 'b'], {}, 2, /nothing to change/],
  ])('%s', async (_, args, environment, expected, message) => {
    const { code, out, error } = await admin.carillon(args, { environment });
    expect({ code, out, error }).toEqual({ code: expected, out: '', error: expect.stringMatching(message) });
    expect(admin.asked).toEqual([]);
  });

  describe('secrets', () => {
    const key = 'cak_from_standard_input';

    test('come from standard input, which is read once', async () => {
      admin.answer = () => pageOf([]);
      const list = ['tenants', 'list', '--json', '--admin-key-file', '-'];
      expect((await admin.carillon(list, { input: `${key}\n` })).code).toBe(0);
      expect(admin.asked[0]?.key).toBe(`Bearer ${key}`);
      const twice = await admin.carillon(['events', 'publish', 'acme', '-', '--admin-key-file', '-'], {
        input: key,
      });
      expect(twice).toMatchObject({ code: 2, error: expect.stringMatching(/read for one thing only/) });
    });

    test.each<[string, string[], number, RegExp]>([
      [
        'no such file',
        ['tenants', 'list', '--admin-key-file', '/none'],
        78,
        /cannot read \/none: no such file/,
      ],
      ['an empty file', ['tenants', 'list', '--admin-key-file', '/dev/null'], 78, /\/dev\/null is empty/],
      ['no key at all', ['serve', '--encryption-key-file', '/none'], 78, /cannot read \/none/],
      [
        'a short key',
        ['serve', '--encryption-key-file', admin.write('short', key)],
        78,
        /ENCRYPTION_KEY must be 32/,
      ],
      ['a key as an argument', ['tenants', 'list', '--admin-key', key], 2, /unknown option '--admin-key'/],
      ['another one', ['serve', '--encryption-key', key], 2, /unknown option '--encryption-key'/],
      [
        'a password as an argument',
        ['serve', '--database-url', `postgres://u:${key}@h/d`],
        2,
        /with --database-url-file/,
      ],
      [
        'a password as a parameter',
        ['migrate', 'copy', '--from', 'sqlite:x', '--to', `postgres://h/d?password=${key}`],
        2,
        /with --to-file/,
      ],
    ])('%s', async (_, args, code, message) => {
      for (const more of [[], ['--json']]) {
        const result = await admin.carillon([...args, ...more]);
        expect(result).toMatchObject({ code, out: '', error: expect.stringMatching(message) });
        expect(result.error).not.toContain(key);
      }
    });
  });

  test.each<[string, string[], RegExp]>([
    [
      'a number',
      ['serve', '--port', 'x'],
      /--port <value>' argument 'x' is invalid. It must be a whole number\./,
    ],
    ['a duration', ['migrate', '--retention', '5'], /It must be a number and a unit/],
    ['a CIDR', ['doctor', '--allow-targets', '10.0.0.0'], /--allow-targets.*10\.0\.0\.0/],
    ['a choice', ['serve', '--role', 'none'], /It must be one of api, worker, all\./],
    ['a database', ['serve', '--database-url', 'mysql://h'], /It must be sqlite:<file> or postgres:\/\/…\./],
    [
      'a source',
      ['migrate', 'copy', '--from', 'postgres://h/d', '--to', 'postgres://h/e'],
      /It must be sqlite:/,
    ],
    ['no target', ['migrate', 'copy', '--from', 'sqlite:x'], /with --to or --to-file/],
    ['a URL', ['doctor', '--target', 'x'], /It must be a URL/],
    ['--color', ['tenants', 'list', '--color', 'green'], /Allowed choices are auto, always, never/],
  ])('a wrong value of a flag is wrong usage: %s', async (_, args, message) => {
    const { code, out, error } = await admin.carillon(args);
    expect({ code, out, error }).toEqual({ code: 2, out: '', error: expect.stringMatching(message) });
  });

  test('help of a command at any depth', async () => {
    const usage = expect.stringContaining('Usage: carillon tenants create [options] <name>');
    for (const args of [
      ['help', 'tenants', 'create'],
      ['tenants', 'help', 'create'],
      ['tenants', 'create', '--help'],
    ]) {
      expect(await admin.carillon(args)).toMatchObject({ code: 0, error: '', out: usage });
    }
    expect((await admin.carillon(['help'])).out).toMatch(/^Usage: carillon \[options\]/);
    const unknown = await admin.carillon(['help', 'tenants', 'make']);
    expect(unknown).toMatchObject({
      code: 2,
      out: '',
      error: expect.stringMatching(/unknown command 'make'\nhint: there are: create, list, /),
    });
  });

  test('help and version are not failures', async () => {
    expect(await admin.carillon(['--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('Usage: carillon'),
    });
    expect(await admin.carillon(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    const { out } = await admin.carillon(['serve', '--help']);
    expect(out).toContain('--allow-targets');
    expect(out).toContain('CARILLON_RETENTION; default: 30d');
  });
});
