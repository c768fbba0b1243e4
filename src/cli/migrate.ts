// `carillon migrate`: brings the database to the newest schema, and nothing else.
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { addSettingFlags, readSettings } from './setting-flags.ts';

export function addMigrate(program: Command, cli: Cli): void {
  const command = program
    .command('migrate')
    .description('Bring the database to the newest schema. Starting the server does so too.');
  addSettingFlags(command).action(async (options: Record<string, unknown>) => {
    const config = readSettings(cli, options);
    const { migrate } = await import('#app.ts');
    cli.answer(await migrate(config), ({ applied }) => describe(applied));
  });
}

function describe(applied: readonly string[]): string {
  return applied.length === 0
    ? 'nothing to do: the schema is the newest'
    : applied.map((name) => `applied ${name}`).join('\n');
}
