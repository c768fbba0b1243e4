// Processes that share the databases of a move: one of another version may not know of closed slots, and would write past them.
import { readProcessName } from '#core/server.ts';
import { type Database, perform } from '../postgres/database.ts';
import { databaseFacts } from '../postgres/facts.ts';
import { StoreError } from '../sql.ts';

/** Throws `StoreError`. */
export async function requireVersion(db: Database, version: string): Promise<void> {
  const { processes } = await perform(db, databaseFacts());
  for (const { name } of processes) {
    const known = readProcessName(name);
    if (known === null || known.version === version) continue;
    throw new StoreError(
      `the process ${known.pid} on ${known.host} is of version ${known.version}, and this is ${version}; upgrade all processes before slots move.`,
    );
  }
}
