// The packages as their users have them: built, in a node_modules of their own, with their size, their types, and the samples
// of their READMEs.
import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { installBuiltPackages, packageNames } from '../test/support/built-packages.ts';
import { buildScripts, entries } from './build-packages.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const folder = await installBuiltPackages();
symlinkSync(join(root, 'node_modules/fastify'), join(folder, 'node_modules/fastify'));

afterAll(() => rmSync(folder, { recursive: true }));

const tsc = join(root, 'node_modules/typescript/bin/tsc');
const compilerFlags = ['--module', 'nodenext', '--strict', '--noEmit', '--exactOptionalPropertyTypes'];
const nodeTypes = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];

/** Writes the files and compiles them. Returns the errors. */
async function compile(
  files: Readonly<Record<string, string>>,
  ...flags: readonly string[]
): Promise<string> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const args = [tsc, ...compilerFlags, ...nodeTypes, ...flags, ...Object.keys(files)];
  const { stdout } = await run(process.execPath, args, { cwd: folder }).catch(
    (error: { stdout: string }) => error,
  );
  return stdout;
}

const adapters = (entries['verify'] ?? []).filter((entry) => entry !== 'verify');

test.each([
  { name: 'client', of: ['client'], most: 12 },
  { name: 'portal', of: ['portal'], most: 2 },
  ...adapters.map((adapter) => ({ name: 'verify', of: ['verify', adapter], most: 4 })),
])('$name ($of) has at most $most KB, minified and compressed', async ({ name, of, most }) => {
  const minified = join(folder, `minified-${of.join('-')}`);
  await buildScripts(name, of, minified, true);
  const scripts = globSync('*.js', { cwd: minified }).map((file) => readFileSync(join(minified, file)));
  const bytes = scripts.reduce((sum, script) => sum + gzipSync(script).length, 0);
  console.log(`${of.join(' with ')}: ${bytes} bytes`);
  expect(bytes).toBeGreaterThan(600);
  expect(bytes).toBeLessThanOrEqual(most * 1024);
});

test.each(packageNames)('%s exports files that exist, and needs no package', (name) => {
  const installed = join(folder, 'node_modules/@carillon', name);
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    exports: Record<string, string | Record<string, string>>;
  };
  expect(Object.keys(manifest)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/[dD]ependencies$/)]),
  );
  const paths = Object.values(manifest.exports).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry),
  );
  const missing = paths.filter((path) => !existsSync(join(installed, path.replace('*', 'endpoints'))));
  expect(missing).toEqual([]);
  const texts = globSync('dist/**/*.{js,ts}', { cwd: installed }).map((file) =>
    readFileSync(join(installed, file), 'utf8'),
  );
  expect(texts.length).toBeGreaterThanOrEqual(2);
  const imported = texts.flatMap((text) =>
    [...text.matchAll(/(?:from|import\() ?['"]([^'"]+)/g)].map(([, path]) => path),
  );
  expect(imported.filter((path) => path?.startsWith('./') !== true)).toEqual([]);
});

test.each(['.', ...packageNames.map((name) => `packages/${name}`)])(
  '%s can be published as it is',
  (path) => {
    const place = join(root, path);
    const manifest = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    // `repository` is missing: there is no public address yet.
    expect(manifest).toMatchObject({
      name: path === '.' ? 'carillon' : `@carillon/${path.slice('packages/'.length)}`,
      version,
      description: expect.stringMatching(/^.{20,200}$/),
      license: 'MIT',
      type: 'module',
      exports: { '.': expect.anything(), './package.json': './package.json' },
      files: expect.arrayContaining([path === '.' ? '*.md' : 'dist']),
    });
    expect(manifest).not.toHaveProperty('private');
    if (path !== '.') expect(manifest.publishConfig).toEqual({ access: 'public' });
    // Of a workspace npm packs its own two files alone.
    expect(readFileSync(join(place, 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
    expect(existsSync(join(place, 'README.md'))).toBe(true);
  },
);

test('the types that the client ships are those of the contract', async () => {
  const source = join(root, 'src/contract/routes.ts');
  const check = `
    import type * as contract from '${source}';
    import type * as shipped from './node_modules/@carillon/client/dist/contract/routes.js';
    type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
    type Wrong = {
      [N in contract.RouteName]: N extends shipped.RouteName
        ? [Same<contract.Answer<N>, shipped.Answer<N>>, Same<contract.Body<N>, shipped.Body<N>>,
            Same<contract.Query<N>, shipped.Query<N>>, Same<contract.Call<N>, shipped.Call<N>>] extends [true, true, true, true]
          ? never : N
        : N;
    }[contract.RouteName];
    const wrong: [Wrong] extends [never] ? 'none' : Wrong = 'none';
    // @ts-expect-error: the check can fail
    const different: Same<shipped.Answer<'getTenant'>, shipped.Answer<'getEvent'>> = true;
    console.log(wrong, different);`;
  const flags = ['--target', 'es2024', '--skipLibCheck', '--allowImportingTsExtensions'];
  expect(await compile({ 'same.ts': check }, ...flags, '--noUncheckedIndexedAccess')).toBe('');
});

/** What the samples use of frameworks that are not here. */
const frameworks = `
declare module 'express' {
  import type { IncomingMessage, ServerResponse } from 'node:http';
  type Handler = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => unknown;
  export default function express(): { post(path: string, handler: Handler): void };
}
declare module 'hono' {
  interface Context { readonly req: { readonly raw: Request }; body(data: null, status: number): Response }
  export class Hono { post(path: string, handler: (context: Context) => Response | Promise<Response>): void }
}`;

test('the samples of the READMEs compile', async () => {
  const samplesOf = (name: string): string[] =>
    [
      ...readFileSync(join(root, 'packages', name, 'README.md'), 'utf8').matchAll(/```ts[^\n]*\n([^]*?)```/g),
    ].map(([, sample = '']) => sample);
  const [verifier = '', ...handlers] = samplesOf('verify');
  expect(handlers).toHaveLength(4);
  const files = handlers.map((sample, index) => [`adapter-${index}.ts`, verifier + sample]);
  // Without the types of a browser, and with the declarations of the packages checked.
  const flags = ['--target', 'es2022', '--lib', 'es2022'];
  const own = {
    'client.ts': samplesOf('client').join(''),
    'verifier.ts': verifier,
    'next.ts': verifier + handlers.at(-1),
  };
  expect(await compile(own, ...flags)).toBe('');
  const browser = ['--target', 'es2022', '--lib', 'es2022,dom'];
  expect(await compile({ 'element.ts': samplesOf('portal').join('') }, ...browser)).toBe('');
  const samples = { 'frameworks.d.ts': frameworks, ...Object.fromEntries(files) };
  expect(await compile(samples, ...flags, '--skipLibCheck')).toBe('');
});
