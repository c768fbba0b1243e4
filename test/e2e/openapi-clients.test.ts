// Public generators make clients of the six served documents, and each client authenticates and does the main job of its API
// on a running server. Skipped where the generators cannot be installed, which the name of the suite then says.
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dialects } from '#dialects/index.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, type Harness, temporaryFolder, testKeys } from '../support/harness.ts';
import { type Printed, pythonProgram, typescriptProgram } from '../support/openapi-programs.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const run = promisify(execFile);
const folder = temporaryFolder();
/** A registry that is slower counts as one that cannot be reached. */
const installing = { timeout: 60_000 };
const names = ['admin', ...dialects.map(({ name }) => name)];

interface Language {
  readonly name: string;
  readonly install: () => Promise<unknown>;
  /** Makes a client of a document and a program that uses it; throws what the generator reports. */
  readonly generate: (name: string, document: string) => Promise<void>;
  readonly start: (name: string, env: Readonly<Record<string, string>>) => Promise<string>;
}

const node = join(folder, 'node');
const bin = (name: string): string => join(node, 'node_modules/.bin', name);
const pins = ['openapi-typescript@7.13.0', 'openapi-fetch@0.17.0', 'typescript@5.9.3'];
const compilerOptions = {
  strict: true,
  noEmit: true,
  target: 'es2022',
  module: 'esnext',
  moduleResolution: 'bundler',
  allowImportingTsExtensions: true,
  lib: ['es2022', 'dom', 'dom.iterable'],
  types: [],
};

const typescript: Language = {
  name: 'openapi-typescript',
  async install() {
    mkdirSync(node);
    writeFileSync(join(node, 'package.json'), '{"type":"module"}');
    writeFileSync(join(node, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...pins], {
      cwd: node,
      ...installing,
    });
  },
  async generate(name, document) {
    await run(bin('openapi-typescript'), [document, '--output', `${name}-schema.ts`], { cwd: node });
    writeFileSync(join(node, `${name}.ts`), typescriptProgram(name));
  },
  start: async (name, env) =>
    (await run(process.execPath, [`${name}.ts`], { cwd: node, env: { ...process.env, ...env } })).stdout,
};

const python = join(folder, 'python');
const generator = 'openapi-python-client';

const openapiPythonClient: Language = {
  name: generator,
  async install() {
    await run('python3', ['-m', 'venv', python]);
    const pip = ['install', '--quiet', '--disable-pip-version-check', `${generator}==0.29.1`];
    await run(join(python, 'bin/pip'), pip, installing);
    writeFileSync(join(python, 'config.yml'), 'post_hooks: []\n');
  },
  async generate(name, document) {
    const output = join(python, `${name}_client`);
    const config = join(python, 'config.yml');
    const args = [
      'generate',
      '--path',
      document,
      '--output-path',
      output,
      '--meta',
      'none',
      '--config',
      config,
    ];
    const { stdout, stderr } = await run(join(python, 'bin', generator), [...args, '--fail-on-warning']);
    expect(stdout + stderr).not.toMatch(/warning|unable|removal/i);
    writeFileSync(join(python, `${name}.py`), pythonProgram(name));
  },
  start: async (name, env) =>
    (await run(join(python, 'bin/python'), [`${name}.py`], { cwd: python, env: { ...process.env, ...env } }))
      .stdout,
};

/** Null when it is installed, otherwise why it is not. */
function tryInstall({ install }: Language): Promise<string | null> {
  return install().then(
    () => null,
    (error: Error) => error.message.trim().split('\n').at(-1) ?? '',
  );
}

const [noTypescript, noPython] = await Promise.all([tryInstall(typescript), tryInstall(openapiPythonClient)]);

let harness: Harness;
let receiver: Receiver;
let url: string;
beforeAll(async () => {
  [harness, receiver] = await Promise.all([boot(), startReceiver()]);
  url = await harness.engine.http.listen({ host: '127.0.0.1', port: 0 });
  for (const name of names) {
    const path = name === 'admin' ? '/openapi.json' : `/openapi/${name}.json`;
    const { body } = await harness.call('GET', path);
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(body));
  }
});
afterAll(async () => {
  await Promise.all([harness.close(), receiver.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** What a program needs to call the API of that name, as a new tenant. */
async function open(name: string, language: Language): Promise<Record<string, string>> {
  const tenant = `${name}-${language.name}`;
  const shared = {
    URL: url,
    TENANT: tenant,
    TARGET: `${receiver.url}/${tenant}`,
    NOW: String(harness.clock.now()),
  };
  if (name === 'admin') return { ...shared, TOKEN: testKeys.adminKeys[0] };
  await harness.admin('POST', '/tenants', { id: tenant, name, dialect: name });
  const { body } = await harness.admin('POST', `/tenants/${tenant}/credentials`, { mode: 'live' });
  return { ...shared, TOKEN: body.token ?? '', KEY: body.key ?? '', SECRET: body.secret ?? '' };
}

async function work(name: string, language: Language): Promise<Printed> {
  return JSON.parse(await language.start(name, await open(name, language)));
}

function describeLanguage(language: Language, reason: string | null): void {
  const skipped = reason === null ? '' : ` (skipped, not installed: ${reason})`;
  describe.skipIf(reason !== null)(`clients by ${language.name}${skipped}`, () => {
    test.each(names)('a client of %s is generated without a warning', async (name) => {
      await language.generate(name, join(folder, `${name}.json`));
    });

    test.each(names)('the client of %s authenticates and does the main job', async (name) => {
      const { made, found } = await work(name, language);
      expect(made).toBeTypeOf('string');
      expect(found).toEqual([made]);
    });

    test('what the client of admin publishes is delivered', async () => {
      await harness.turn();
      const path = `/admin-${language.name}`;
      expect(receiver.requests.filter((request) => request.path === path)).toHaveLength(1);
    });
  });
}

describeLanguage(typescript, noTypescript);
describeLanguage(openapiPythonClient, noPython);

test.skipIf(noTypescript !== null)(
  'all that is written with the TypeScript clients has the right types',
  async () => {
    await expect(run(bin('tsc'), ['--project', node])).resolves.toMatchObject({ stdout: '' });
  },
);

test.skipIf(noPython !== null)('no model of a Python client has a name that ends in a counter', () => {
  const models = names.flatMap((name) => readdirSync(join(python, `${name}_client/models`)));
  expect(models.filter((file) => /\d\.py$/.test(file))).toEqual([]);
});
