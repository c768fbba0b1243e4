// An older release for tests of upgrades: this repository as it was before one of its migrations, with the dependencies of today.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { listMigrations } from '#store/migrations.ts';

const root = join(import.meta.dirname, '../..');

/** Migrations before which there were releases whose dependencies are still installed here. */
type Migration = '0003-redeliveries' | '0013-endpoint-settings';

export interface OlderRelease {
  readonly folder: string;
  /** The file that `node` runs. */
  readonly main: string;
  /** The number of its last migration. */
  readonly schema: number;
}

/** Unpacks it into a new folder; null without the history, as in a shallow clone or a packed source. */
export function unpackReleaseBefore(migration: Migration): OlderRelease | null {
  const file = `src/store/sqlite/migrations/${migration}.sql`;
  const commits = tryGit('log', '--diff-filter=A', '--format=%H', '--', file).toString().trim();
  const first = commits.split('\n').at(-1) ?? '';
  const archive = first === '' ? null : tryGit('archive', `${first}^`, 'bin', 'src', 'package.json');
  if (archive === null || archive.length === 0) return null;
  const folder = mkdtempSync(join(tmpdir(), 'carillon-older-'));
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const migrations = listMigrations(pathToFileURL(join(folder, 'src/store/sqlite/migrations/')));
  return { folder, main: join(folder, 'src/main.ts'), schema: migrations.at(-1)?.number ?? 0 };
}

/** What git prints; nothing when it fails. */
function tryGit(...args: readonly string[]): Buffer {
  try {
    return execFileSync('git', args, { cwd: root, stdio: 'pipe', maxBuffer: 64 * 1024 * 1024 });
  } catch {
    return Buffer.alloc(0);
  }
}
