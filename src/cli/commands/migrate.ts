// `carillon migrate`: schema migrations, and copying a SQLite database to Postgres.
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { databaseUrlOption } from '../database-url.ts';
import { exitCodes, Failure } from '../failure.ts';
import { createProgress, type Progress } from '../output/progress.ts';
import { readSecret } from '../secret-input.ts';
import { addSettingFlags, readSettings } from '../setting-flags.ts';

export function addMigrate(program: Command, cli: Cli): void {
  const command = program
    .command('migrate')
    .description('Migrate the database to the newest schema. The server also does this at its start.');
  addSettingFlags(command).action(async (options: Record<string, unknown>) => {
    const config = await readSettings(cli, options);
    const { migrate } = await import('#app/database.ts');
    cli.answer(await migrate(config), ({ applied }) => describe(applied));
  });
  command
    .command('copy')
    .description('Copy everything from a SQLite file into an empty Postgres database. Stop the server first.')
    .addOption(databaseUrlOption('--from <url>', 'sqlite:<file>', 'sqlite').makeOptionMandatory())
    .addOption(databaseUrlOption('--to <url>', 'postgres://user@host/database, no password', 'postgres'))
    .option('--to-file <file>', 'file of that URL, with a password; - is standard input')
    .action((options: CopyFlags) => copyAll(cli, options));
}

interface CopyFlags {
  readonly from: string;
  readonly to?: string;
  readonly toFile?: string;
}

async function copyAll(cli: Cli, { from, to: url, toFile }: CopyFlags): Promise<void> {
  if ((url === undefined) === (toFile === undefined)) {
    throw new Failure('give the database to copy to with --to or --to-file', { exitCode: exitCodes.usage });
  }
  const to = url ?? (await readSecret(cli, toFile ?? '-'));
  const { copy } = await import('#app/database.ts');
  try {
    let progress: Progress | null = null;
    const rows = await copy(from, to, ({ table, done, total }) => {
      progress ??= createProgress(cli, 'rows', total);
      progress.show(done, table);
    });
    cli.terminal.progress(null);
    cli.answer({ rows }, describeCopied);
  } catch (error) {
    cli.terminal.progress(null);
    throw error;
  }
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
