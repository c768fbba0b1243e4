// `npm run sbom`: the software bill of materials of an installation, in CycloneDX, to standard output. npm makes it from the
// lock file. Asked to leave out dev dependencies, it would leave out also what both need, such as `pg`: hence it gets a lock file
// that has none.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runtimeManifests } from './runtime-packages.ts';

/** npm names the document after its folder. */
export function makeSbom(): string {
  const temporary = mkdtempSync(join(tmpdir(), 'carillon-sbom-'));
  const folder = join(temporary, 'carillon');
  try {
    const { manifest, lock } = runtimeManifests();
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
    const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'];
    return execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

if (import.meta.main) process.stdout.write(makeSbom());
