// `carillon backup` and `carillon restore`: a copy of the SQLite file, and putting one in its place.
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { carillon } from '../invocation.ts';
import { createProgress, type Progress } from '../output/progress.ts';
import { addSettingFlags, readSettings } from '../setting-flags.ts';

export function addBackup(program: Command, cli: Cli): void {
  const backup = program
    .command('backup <file>')
    .description('Copy the SQLite database into a new file, also while a server uses it.')
    .option('--compact', 'rewrite the copy without free pages, as a file that shrinks after retention');
  addSettingFlags(backup).action(async (file: string, options: Record<string, unknown>) => {
    const config = await readSettings(cli, options);
    const { backUp } = await import('#app/backup.ts');
    const isCompact = options['compact'] === true;
    const made = await showProgress(cli, (onProgress) => backUp(config, file, { isCompact, onProgress }));
    cli.answer(made, () => `${file}: copied and checked. ${keyHint}`);
  });
  const restore = program
    .command('restore <file>')
    .description('Put a backup in the place of the SQLite database. Stop the server first.');
  addSettingFlags(restore).action(async (file: string, options: Record<string, unknown>) => {
    const config = await readSettings(cli, options);
    const app = await import('#app/backup.ts');
    const now = cli.clock.now();
    const restored = await showProgress(cli, (onProgress) => app.restore(config, file, { now, onProgress }));
    cli.answer(restored, ({ database, aside }) =>
      [
        `${database}: restored from ${file}`,
        ...aside.map((moved) => `  what was there is now ${moved}`),
        nextHint,
      ].join('\n'),
    );
  });
}

const keyHint =
  'It does not contain encryption.key, without which its secrets cannot be read: keep that in another place.';
const nextHint = `Start the server with: ${carillon} serve --paused. It delivers nothing until you run: ${carillon} resume`;

async function showProgress<Result>(
  cli: Cli,
  work: (onProgress: (done: number, total: number) => void) => Promise<Result>,
): Promise<Result> {
  let progress: Progress | null = null;
  try {
    return await work((done, total) => {
      progress ??= createProgress(cli, 'pages', total);
      progress.show(done);
    });
  } finally {
    cli.terminal.progress(null);
  }
}
