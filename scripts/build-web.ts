// Builds the pages into web/dist when they are not built yet, or from other files. Runs at `npm ci`, before `npm start`
// and before packing: a build that is current costs reading its inputs.
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../src/lib/hmac.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'web/dist');
const mark = 'inputs.txt';

/** Everything that a build reads. */
const inputs = [
  'web/**/*',
  'src/contract/**/*.ts',
  '*.md',
  'docs/**/*.md',
  'docs/images/*.svg',
  'packages/*/README.md',
  'src/dialects/standard/README.md',
  'examples/{publish,verify}/**/*',
];

/** Returns false when the build was current. */
export function buildWeb(): boolean {
  const hash = hashInputs();
  const known = join(dist, mark);
  if (existsSync(known) && readFileSync(known, 'utf8') === hash) return false;
  const fresh = join(root, 'node_modules/.cache', `web-${process.pid}`);
  runVite(fresh);
  writeFileSync(join(fresh, mark), hash);
  rmSync(dist, { recursive: true, force: true });
  try {
    renameSync(fresh, dist);
  } catch (error) {
    // Another process has built the same meanwhile.
    if (!existsSync(known)) throw error;
    rmSync(fresh, { recursive: true });
  }
  return true;
}

/** In a process of its own: with the NODE_ENV of a test, it would be a build for developers. */
function runVite(folder: string): void {
  const args = ['build', 'web', '--logLevel', 'warn', '--emptyOutDir', '--outDir', folder];
  execFileSync(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), ...args], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function hashInputs(): string {
  const files = [...inputs, 'package-lock.json'].flatMap((glob) => globSync(glob, { cwd: root }));
  const own = files.filter((file) => !file.startsWith('web/dist') && statSync(join(root, file)).isFile());
  const lines = own.toSorted().map((file) => `${file} ${sha256Hex(readFileSync(join(root, file)))}`);
  return sha256Hex(lines.join('\n'));
}

if (import.meta.main) {
  if (buildWeb()) console.log('built the pages into web/dist');
}
