// `carillon keys rotate-encryption` and `new-encryption-key`: another encryption key for a database that is in use.
import type { Command } from 'commander';
import type { RotatedEncryption } from '#contract/encryption.ts';
import type { Cli } from '../cli.ts';
import { exitCodes, Failure } from '../failure.ts';
import { carillon } from '../invocation.ts';
import { addSettingFlags, readSettings } from '../setting-flags.ts';

type Counts = Omit<RotatedEncryption, 'nextCursor'>;

export function addEncryptionKeys(keys: Command, cli: Cli): void {
  const add = keys
    .command('new-encryption-key')
    .description('Make a new encryption key, and put it first in encryption.key beside the SQLite database.');
  addSettingFlags(add).action(async (options: Record<string, unknown>) => {
    const config = await readSettings(cli, options);
    const { addEncryptionKey } = await import('#app/keys.ts');
    cli.answer(addEncryptionKey(config), ({ file, keys: count }) =>
      [
        `${file}: has a new key before ${count === 2 ? 'the one' : `the ${count - 1}`} that it had. Back it up.`,
        `Restart the server, and run: ${carillon} keys rotate-encryption`,
      ].join('\n'),
    );
  });

  keys
    .command('rotate-encryption')
    .description(
      'Encrypt all stored secrets with the newest encryption key, while the server works. Can be interrupted and run again.',
    )
    .action(() => rotate(cli));
}

async function rotate(cli: Cli): Promise<void> {
  const client = cli.client();
  let counts: Counts = { examined: 0, resealed: 0, remaining: 0 };
  let cursor: string | null = null;
  do {
    const step: RotatedEncryption = await client.call('rotateEncryption', {
      query: { cursor: cursor ?? undefined },
    });
    counts = add(counts, step);
    cursor = step.nextCursor;
    cli.terminal.progress(`${counts.examined} examined, ${counts.resealed} encrypted anew`);
  } while (cursor !== null);
  cli.terminal.progress(null);
  cli.answer(counts, describe);
  if (counts.remaining === 0) return;
  throw new Failure(`${counts.remaining} are not encrypted with the newest key`, {
    hint: `keep the older keys, start all processes with the same keys, and see: ${carillon} doctor`,
    exitCode: exitCodes.failed,
  });
}

function add(counts: Counts, step: RotatedEncryption): Counts {
  return {
    examined: counts.examined + step.examined,
    resealed: counts.resealed + step.resealed,
    // The last step counts all of them.
    remaining:
      step.nextCursor === null
        ? Math.max(counts.remaining, step.remaining)
        : counts.remaining + step.remaining,
  };
}

function describe({ examined, resealed, remaining }: Counts): string {
  const done = `${examined} examined, ${resealed} encrypted with the newest key`;
  return remaining > 0
    ? done
    : `${done}\nOlder keys are needed no more by this database. Backups from before still need them.`;
}
