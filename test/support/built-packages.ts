// The packages of packages/ as their users have them: built, in the node_modules of a folder of their own.
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPackage, entries } from '../../scripts/build-packages.ts';

const root = join(import.meta.dirname, '../..');

export const packageNames = Object.keys(entries);

/** Returns the folder, which the caller removes. */
export async function installBuiltPackages(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-packages-'));
  // Deno finds in node_modules only what a package.json names.
  const dependencies = Object.fromEntries(packageNames.map((name) => [`@carillon/${name}`, '*']));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', dependencies }));
  for (const name of packageNames) {
    const installed = join(folder, 'node_modules/@carillon', name);
    mkdirSync(installed, { recursive: true });
    copyFileSync(join(root, 'packages', name, 'package.json'), join(installed, 'package.json'));
    await buildPackage(name, join(installed, 'dist'));
  }
  return folder;
}
