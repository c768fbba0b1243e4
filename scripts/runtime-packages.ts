// The packages that an installation without dev dependencies has, from package-lock.json.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}
interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}
type Fields = Readonly<Record<string, unknown>>;

export interface RuntimePackage {
  readonly name: string;
  readonly version: string;
  /** As SPDX. */
  readonly licence: string;
}

const root = join(import.meta.dirname, '..');
const readRoot = <Content>(file: string): Content =>
  JSON.parse(readFileSync(join(root, file), 'utf8')) as Content;
const folder = 'node_modules/';

/** By name and version. */
export function listRuntimePackages(): readonly RuntimePackage[] {
  return Object.entries(readRoot<Lock>('package-lock.json').packages)
    .filter(isRuntime)
    .map(([path, { version = '', license = '' }]) => ({
      name: path.slice(path.lastIndexOf(folder) + folder.length),
      version,
      licence: license,
    }))
    .toSorted((one, other) => keyOf(one).localeCompare(keyOf(other), 'en'));
}

/** package.json and package-lock.json as they would be without dev dependencies and workspaces. */
export function runtimeManifests(): { readonly manifest: Fields; readonly lock: Fields } {
  const lock = readRoot<Lock & Fields>('package-lock.json');
  const packages = Object.entries(lock.packages).filter(isRuntime);
  return {
    manifest: withoutDev(readRoot<Fields>('package.json')),
    lock: {
      ...lock,
      packages: { '': withoutDev(lock.packages[''] as Fields), ...Object.fromEntries(packages) },
    },
  };
}

function isRuntime([path, { dev, link }]: readonly [string, LockedPackage]): boolean {
  return path.startsWith(folder) && dev !== true && link !== true;
}

const forDevelopment: ReadonlySet<string> = new Set(['devDependencies', 'workspaces', 'overrides']);

function withoutDev(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !forDevelopment.has(name)));
}

function keyOf({ name, version }: RuntimePackage): string {
  return `${name} ${version}`;
}
