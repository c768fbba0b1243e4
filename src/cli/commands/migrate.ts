// `carillon migrate`: schema migrations, and copying a SQLite database to Postgres.
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { addSettingFlags, readSettings } from '../setting-flags.ts';

export function addMigrate(program: Command, cli: Cli): void {
  const command = program
    .command('migrate')
    .description('Migrate the database to the newest schema. The server also does this at its start.');
  addSettingFlags(command).action(async (options: Record<string, unknown>) => {
    const config = readSettings(cli, options);
    const { migrate } = await import('#app/database.ts');
    cli.answer(await migrate(config), ({ applied }) => describe(applied));
  });
  command
    .command('copy')
    .description('Copy everything from a SQLite file into an empty Postgres database. Stop the server first.')
    .requiredOption('--from <url>', 'sqlite:<file>')
    .requiredOption('--to <url>', 'postgres://user:password@host/database')
    .action((options: { from: string; to: string }) => copyAll(cli, options));
}

async function copyAll(cli: Cli, { from, to }: { from: string; to: string }): Promise<void> {
  const { copy } = await import('#app/database.ts');
  try {
    const rows = await copy(from, to, ({ table, done, total }) =>
      cli.terminal.progress(`${bar(done / total)} ${done} of ${total} rows (${table})`),
    );
    cli.terminal.progress(null);
    cli.answer({ rows }, describeCopied);
  } catch (error) {
    cli.terminal.progress(null);
    throw error;
  }
}

const barWidth = 24;

function bar(part: number): string {
  const full = Math.round(part * barWidth);
  return `[${'#'.repeat(full)}${' '.repeat(barWidth - full)}]`;
}

function describeCopied({ rows }: { rows: Readonly<Record<string, number>> }): string {
  const lines = Object.entries(rows).map(([table, count]) => `${table.padEnd(20)} ${count}`);
  const next = 'Start Carillon with this DATABASE_URL and with the keys stored beside the SQLite file.';
  return ['Copied, and the counts agree:', ...lines, next].join('\n');
}

function describe(applied: readonly string[]): string {
  return applied.length === 0
    ? 'nothing to do: the schema is up to date'
    : applied.map((name) => `applied ${name}`).join('\n');
}
