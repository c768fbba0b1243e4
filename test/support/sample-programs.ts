// How the samples under examples/ are compiled and started, in each language.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildPackage } from '../../scripts/build-packages.ts';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

export interface SampleLanguage {
  readonly name: string;
  /** Why the samples do not run here; null when they do. */
  readonly missing: () => string | null;
  /** Why the sample of one dialect does not run here. */
  readonly missingFor?: (dialect: string) => string | null;
  /** Writes the programs into `folder`. Returns what compiles them, in this order. */
  readonly build?: (folder: string) => Promise<readonly Program[]> | readonly Program[];
  /** The receiver; it takes its port from PORT, but where `port` is an argument. */
  readonly receiver: (folder: string, port: number) => Program;
  /** Publishes one event; the number of the order follows. */
  readonly publish: (folder: string) => Program;
}

const root = join(import.meta.dirname, '../..');
const verify = (name: string): string => join(root, 'examples/verify', name);
const publish = (name: string): string => join(root, 'examples/publish', name);
const program = (command: string, args: readonly string[], cwd: string): Program => ({ command, args, cwd });

function runs(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

const needs =
  (command: string, ...args: readonly string[]) =>
  (): string | null =>
    runs(command, ...args) ? null : `${command} is not installed`;

/** What is compiled for Rust is kept: the libraries take half a minute of a processor. */
const crates = join(root, 'node_modules/.cache/samples-rust');
const cargo = (folder: string, ...args: readonly string[]): Program =>
  program(
    'cargo',
    ['build', '--locked', '--offline', '--quiet', '--target-dir', crates, ...quickBuild, ...args],
    folder,
  );
const quickBuild = ['--config', 'profile.dev.debug=false', '--config', 'build.incremental=false'];

const hasDotnet = runs('dotnet', '--version');

export const sampleLanguages: readonly SampleLanguage[] = [
  {
    name: 'JavaScript',
    missing: () => null,
    receiver: () => program(process.execPath, ['receiver.js'], verify('javascript')),
    publish: () => program(process.execPath, ['publish.js'], publish('javascript')),
  },
  {
    name: 'JavaScript with the packages',
    missing: () => null,
    build: installPackages,
    receiver: (folder) => program(process.execPath, ['receiver.mjs'], folder),
    publish: (folder) => program(process.execPath, ['publish.mjs'], folder),
  },
  {
    name: 'Python',
    missing: needs('python3', '--version'),
    missingFor: (dialect) =>
      dialect !== 'chip' || runs('python3', '-c', 'import cryptography')
        ? null
        : 'the Python package cryptography is not installed',
    receiver: () => program('python3', ['receiver.py'], verify('python')),
    publish: () => program('python3', ['publish.py'], publish('python')),
  },
  {
    name: 'PHP',
    missing: needs('php', '--version'),
    receiver: (_, port) => program('php', ['-S', `127.0.0.1:${port}`, 'receiver.php'], verify('php')),
    publish: () => program('php', ['publish.php'], publish('php')),
  },
  {
    name: 'Go',
    missing: needs('go', 'version'),
    build: (folder) => [
      program('go', ['build', '-o', join(folder, 'receiver'), '.'], verify('go')),
      program('go', ['build', '-o', join(folder, 'publish'), 'publish.go'], publish('go')),
    ],
    receiver: (folder) => program(join(folder, 'receiver'), [], folder),
    publish: (folder) => program(join(folder, 'publish'), [], folder),
  },
  {
    name: 'Java',
    missing: needs('javac', '--version'),
    build: (folder) => [
      program('sh', ['-c', `javac -d ${folder} ${verify('java')}/*.java ${publish('java')}/*.java`], folder),
    ],
    receiver: (folder) => program('java', ['-XX:TieredStopAtLevel=1', 'Receiver'], folder),
    publish: (folder) => program('java', ['-XX:TieredStopAtLevel=1', 'Publish'], folder),
  },
  {
    name: 'Ruby',
    missing: needs('ruby', '--version'),
    receiver: () => program('ruby', ['receiver.rb'], verify('ruby')),
    publish: () => program('ruby', ['publish.rb'], publish('ruby')),
  },
  {
    name: 'Rust',
    missing: findCrates,
    build: () => [
      cargo(verify('rust')),
      // Without TLS, whose compilation takes most of a minute: the server of the test is on loopback.
      cargo(publish('rust'), '--no-default-features'),
    ],
    receiver: (folder) => program(join(crates, 'debug/receiver'), [], folder),
    publish: (folder) => program(join(crates, 'debug/publish'), [], folder),
  },
  {
    name: 'C#',
    missing: () => (hasDotnet || runs('mcs', '--version') ? null : 'neither dotnet nor mcs is installed'),
    missingFor: (dialect) =>
      dialect !== 'chip' || hasDotnet ? null : 'Mono reads no public key in PEM: it needs .NET',
    build: (folder) => (hasDotnet ? buildWithDotnet(folder) : buildWithMono(folder)),
    receiver: (folder) => runSharp(folder, 'receiver'),
    publish: (folder) => runSharp(folder, 'publish'),
  },
];

/** The samples with the packages, which are installed beside them as `npm install` does. */
async function installPackages(folder: string): Promise<readonly Program[]> {
  for (const name of ['verify', 'client']) {
    const installed = join(folder, 'node_modules/@carillon', name);
    mkdirSync(installed, { recursive: true });
    await buildPackage(name, join(installed, 'dist'));
    copyFileSync(join(root, 'packages', name, 'package.json'), join(installed, 'package.json'));
  }
  copyFileSync(join(verify('javascript'), 'with-package.js'), join(folder, 'receiver.mjs'));
  copyFileSync(join(publish('javascript'), 'with-package.js'), join(folder, 'publish.mjs'));
  return [];
}

/** Downloads the libraries, once. */
function findCrates(): string | null {
  if (!runs('cargo', '--version')) return 'cargo is not installed';
  for (const cwd of [verify('rust'), publish('rust')]) {
    const { status, stderr } = spawnSync('cargo', ['fetch', '--locked', '--quiet'], {
      cwd,
      encoding: 'utf8',
    });
    if (status !== 0) return `cargo has no libraries here: ${stderr.trim().split('\n').at(0)}`;
  }
  return null;
}

function buildWithDotnet(folder: string): readonly Program[] {
  const [major] = spawnSync('dotnet', ['--version'], { encoding: 'utf8' }).stdout.split('.');
  // In a copy: the compiler writes beside the project.
  return ['receiver', 'publish'].flatMap((name) => {
    const source = name === 'receiver' ? verify('csharp') : publish('csharp');
    const copy = join(folder, `${name}-source`);
    const args = ['build', copy, '-o', join(folder, name), '--nologo', `-p:TargetFramework=net${major}.0`];
    return [program('cp', ['-r', source, copy], folder), program('dotnet', args, folder)];
  });
}

function buildWithMono(folder: string): readonly Program[] {
  const compile = (name: string, source: string): Program =>
    program('sh', ['-c', `mcs -out:${name}.exe -r:System.Net.Http.dll ${source}/*.cs`], folder);
  return [compile('receiver', verify('csharp')), compile('publish', publish('csharp'))];
}

function runSharp(folder: string, name: string): Program {
  return hasDotnet
    ? program('dotnet', [join(folder, name, `${name}.dll`)], folder)
    : program('mono', [`${name}.exe`], folder);
}
