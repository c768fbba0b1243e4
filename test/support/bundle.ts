// The server and the command line for the tests that start processes: from a few files instead of a thousand, which is half of the
// processor time of a start. Each file of src/ still finds what lies beside it, and reads it there.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';

const root = join(import.meta.dirname, '../..');
const entries = ['main', 'app/thread-entry', 'transforms/thread'];
const variable = 'CARILLON_TEST_MAIN';

/** The file that `node` runs. */
export function mainFile(): string {
  return process.env[variable] ?? join(root, 'src/main.ts');
}

/** Global setup of vitest. The files of the tests get its place by the environment. */
export async function setup(): Promise<() => void> {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  // There, what is not bundled is found.
  const folder = mkdtempSync(join(cache, 'carillon-bundle-'));
  const bundle = await rolldown({
    cwd: root,
    platform: 'node',
    input: Object.fromEntries(entries.map((entry) => [entry, join(root, 'src', `${entry}.ts`)])),
    // Most files are those of typebox. Other packages may look for files beside them.
    external: (id) => /^[@a-z]/.test(id) && !id.startsWith('typebox'),
    plugins: [inPlace(folder)],
    logLevel: 'silent',
  });
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: '[name].js', sourcemap: true });
  process.env[variable] = join(folder, 'main.js');
  return () => rmSync(folder, { recursive: true, force: true });
}

/** Writes where each file lies into it, and resolves the threads to their bundled files. */
function inPlace(folder: string): Plugin {
  return {
    name: 'in-place',
    transform(code, id) {
      if (!id.startsWith(join(root, 'src') + sep) || !code.includes('import.meta')) return null;
      return code
        .replaceAll(/import\.meta\.resolve\('#([^']+)\.ts'\)/g, (_whole, name: string) =>
          JSON.stringify(pathToFileURL(join(folder, `${name}.js`)).href),
        )
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(id)))
        .replaceAll('import.meta.filename', JSON.stringify(id))
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href));
    },
  };
}
