// The help of each command names the scopes of a key that it needs. What the commands really call is compared with that list in
// test/support/fake-admin.ts, for every command line of the tests.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { type RouteName, routes } from '#contract/routes.ts';
import { systemClock } from '#lib/clock.ts';
import { createProgram } from './program.ts';
import { commandRoutes } from './scopes.ts';

/** They ask nothing of a server, or only whose key it is. */
const withoutScope = [
  'archive search',
  'archive verify',
  'backup',
  'complete',
  'completion',
  'demo',
  'help',
  'keys new-encryption-key',
  'login',
  'logout',
  'migrate',
  'migrate copy',
  'partitions add',
  'partitions list',
  'partitions move',
  'probe',
  'restore',
  'serve',
  'verify',
  'whoami',
];

const nothing = { write: () => true };
const context = {
  out: nothing,
  error: nothing,
  input: Object.assign((async function* () {})(), { isTTY: false }),
  environment: {},
  clock: systemClock,
};

/** Names of all commands that do something by themselves. */
function listNames(command: Command, before = ''): readonly string[] {
  return command.commands.flatMap((one) => {
    const name = `${before}${one.name()}`;
    const below = listNames(one, `${name} `);
    return below.length > 0 && name !== 'migrate' ? below : [name, ...below];
  });
}

test('each command names the scopes that it needs, but for those that need none', () => {
  const { program } = createProgram(context, false, () => {});
  const names = listNames(program);
  expect(names.filter((name) => !(name in commandRoutes)).toSorted()).toEqual(withoutScope);
});

test('each route that the command line calls by its name belongs to a command', () => {
  const declared = new Set<string>(Object.values(commandRoutes).flat());
  const called = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    // The demo has a server of its own.
    .filter((file) => /(?<![.]test)[.]ts$/.test(file) && !file.startsWith('demo/'))
    .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
    .flatMap((text) => Array.from(text.matchAll(/(?:call|stream|publish)\(\s*'(\w+)'/g), ([, name]) => name));
  const scoped = called.filter((name) => name !== undefined && routes[name as RouteName].scope !== null);
  expect(scoped.length).toBeGreaterThan(60);
  expect(scoped.filter((name) => name === undefined || !declared.has(name))).toEqual([]);
});
