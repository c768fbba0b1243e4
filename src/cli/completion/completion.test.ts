// Candidates, and the scripts in the shells that this machine has.
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#lib/clock.ts';
import { createProgram } from '../program.ts';
import { findCandidates } from './candidates.ts';
import { type Shell, scripts, shells } from './scripts.ts';

const output = { write: () => {} };
const { program } = createProgram(
  { out: output, error: output, input: (async function* () {})(), environment: {}, clock: systemClock },
  false,
  () => {},
);
const valuesFor = (...words: string[]): string[] => findCandidates(program, words).map(({ value }) => value);

describe('candidates', () => {
  test.each<[string, string[], string[]]>([
    ['a command', ['cred'], ['credentials']],
    ['a subcommand', ['credentials', ''], ['create', 'list', 'remove', 'help']],
    ['behind a global flag with a value', ['--server', 'http://h', 'events', 'p'], ['publish']],
    ['behind a global flag without one', ['--json', 'migrate', 'c'], ['copy']],
    ['a flag', ['deliveries', 'list', '--st'], ['--state']],
    ['a flag of listen', ['listen', '3000', '--ins'], ['--inspect', '--insecure']],
    ['types', ['typ'], ['types']],
    ['a flag of types', ['types', '--from'], ['--from-examples']],
    ['a global flag', ['deliveries', 'list', '--serv'], ['--server']],
    ['a value', ['deliveries', 'list', 'acme', '--state', 'e'], ['exhausted']],
    ['a value of a global flag', ['tenants', 'list', '--color', ''], ['auto', 'always', 'never']],
    ['an argument that is a choice', ['completion', ''], ['bash', 'zsh', 'fish']],
    ['an id, which is not known', ['tenants', 'show', ''], []],
    ['a file', ['verify', '--headers', ''], []],
    ['nothing of that name', ['nope'], []],
  ])('%s', (_, words, expected) => {
    expect(valuesFor(...words)).toEqual(expected);
  });

  test('every candidate is one line with what it does', () => {
    const seen = [
      ['', ''],
      ['serve', '-'],
      ['endpoints', 'create', '-'],
    ].flatMap((words) => findCandidates(program, words));
    expect(seen.length).toBeGreaterThan(40);
    for (const { value, about } of seen) expect(`${value}\t${about}`).toMatch(/^[^\s]+\t[^\t\n]{5,}$/);
  });

  test('hidden commands are not offered', () => {
    expect(valuesFor('')).not.toContain('complete');
  });
});

const folder = mkdtempSync(join(tmpdir(), 'carillon-completion-'));
const main = join(import.meta.dirname, '../../main.ts');

beforeAll(() => {
  const shim = join(folder, 'carillon');
  writeFileSync(shim, `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`);
  chmodSync(shim, 0o755);
  writeFileSync(join(folder, 'a-file.json'), '{}');
  for (const shell of shells) writeFileSync(join(folder, `_carillon.${shell}`), scripts[shell]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The words of a line as a list of the shell; after a space at its end the word at the cursor is empty. */
const listOf = (line: string): string =>
  `(${line
    .split(' ')
    .map((word) => `'${word}'`)
    .join(' ')})`;

/** Prints what the shell offers for a line, one per line. */
const asks: Readonly<Record<Shell, (line: string) => string>> = {
  bash: (line) => `
    source ./_carillon.bash
    complete -p carillon >&2
    COMP_WORDS=${listOf(line)}
    COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
    _carillon && printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: (line) => `
    autoload -Uz compinit && compinit -D -u
    source ./_carillon.zsh
    [[ \${_comps[carillon]} == _carillon ]] || exit 1
    _describe() { print -l -- "\${(@P)2}" }
    _files() { print -l -- *.json }
    words=${listOf(line)}
    CURRENT=$#words
    _carillon`,
  fish: (line) => `source ./_carillon.fish; complete -C '${line}'`,
};

describe.each(shells)('%s', (shell) => {
  const version = ((): string | null => {
    try {
      return execFileSync(shell, ['--version'], { encoding: 'utf8' });
    } catch {
      return null;
    }
  })();

  const ask = async (line: string): Promise<string[]> => {
    const environment = {
      HOME: folder,
      PATH: [folder, process.env['PATH']].join(delimiter),
      XDG_CONFIG_HOME: folder,
    };
    const flags = shell === 'bash' ? ['--norc'] : shell === 'zsh' ? ['-f'] : ['--no-config'];
    const { stdout } = await promisify(execFile)(shell, [...flags, '-c', asks[shell](line)], {
      cwd: folder,
      env: environment,
    });
    return stdout.split('\n').filter((text) => text !== '');
  };

  test('completes commands, flags and values', async ({ skip }) => {
    if (version === null) skip(`there is no ${shell} on this machine`);
    const names = (offered: readonly string[]): string[] =>
      offered.map((text) => text.split(/[\t:]/)[0] ?? '');
    expect(names(await ask('carillon del'))).toEqual(['deliveries']);
    expect(names(await ask('carillon deliveries '))).toEqual(
      expect.arrayContaining(['list', 'show', 'redeliver', 'cancel']),
    );
    expect(names(await ask('carillon deliveries list --st'))).toEqual(['--state']);
    expect(names(await ask('carillon deliveries list acme --state ex'))).toEqual(['exhausted']);
  }, 60_000);

  test('completes file names elsewhere', async ({ skip }) => {
    if (version === null) skip(`there is no ${shell} on this machine`);
    // bash does this itself when the function offers nothing.
    if (shell === 'bash') expect(scripts.bash).toContain('-o default');
    else expect((await ask('carillon events publish acme a-')).join('\n')).toContain('a-file.json');
  }, 60_000);
});
