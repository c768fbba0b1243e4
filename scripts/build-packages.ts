// Builds packages/<name>/dist: one JavaScript file for each entry, without dependencies, and declarations. Those of the
// contract are printed from its schemas, so that the packages need no schema library for their types.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { writeContract } from './contract-types.ts';

const root = join(import.meta.dirname, '..');

/** The entries of each package, as its `exports` name them. */
export const entries: Readonly<Record<string, readonly string[]>> = {
  client: ['client'],
  portal: ['portal'],
  verify: ['verify', 'express', 'fastify', 'hono', 'web'],
};

/** Writes the JavaScript of entries of a package into `folder`. */
export async function buildScripts(
  name: string,
  entries: readonly string[],
  folder: string,
  isMinified = false,
): Promise<void> {
  const source = join(root, 'packages', name, 'src');
  const files = entries.map((entry) => [entry, join(source, `${entry}.ts`)]);
  await build({
    configFile: false,
    logLevel: 'warn',
    root: source,
    publicDir: false,
    build: {
      lib: { entry: Object.fromEntries(files), formats: ['es'] },
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      minify: isMinified,
      rolldownOptions: { output: { chunkFileNames: '[name].js' } },
    },
  });
}

/** Writes the declarations of a package beside its JavaScript. */
async function buildTypes(name: string, folder: string): Promise<void> {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, 'packages-'));
  try {
    compile(name, scratch);
    const made = join(scratch, 'packages', name, 'src');
    for (const file of readdirSync(made).filter((file) => file.endsWith('.d.ts'))) {
      writeFileSync(join(folder, file), toShipped(readFileSync(join(made, file), 'utf8')));
    }
    const contract = join(scratch, 'src/contract');
    if (name !== 'client') return;
    await writeContract(join(folder, 'contract'), contract);
    const routes = readFileSync(join(contract, 'routes.d.ts'), 'utf8');
    writeFileSync(join(folder, 'contract/routes.d.ts'), toShipped(routes));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function compile(name: string, folder: string): void {
  const sources = (entries[name] ?? []).map((entry) => join(root, 'packages', name, 'src', `${entry}.ts`));
  const config = {
    extends: join(root, 'packages/tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      rootDir: root,
      outDir: folder,
    },
    files: sources,
    include: [],
  };
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const path = join(folder, 'tsconfig.json');
  writeFileSync(path, JSON.stringify(config));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', path], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** The same declarations with the paths that they have in the package. */
function toShipped(declarations: string): string {
  return declarations
    .replaceAll('../../../src/contract/', './contract/')
    .replaceAll(/((?:from|import\() ?['"]\.[^'"]*)\.ts(?=['"])/g, '$1.js');
}

/** Writes into `folder` what the package has in `dist`. */
export async function buildPackage(name: string, folder: string): Promise<void> {
  await buildScripts(name, entries[name] ?? [], folder);
  await buildTypes(name, folder);
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
}

if (import.meta.main) {
  for (const name of Object.keys(entries)) await buildPackage(name, join(root, 'packages', name, 'dist'));
}
