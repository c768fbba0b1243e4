// Several stores on one Postgres database, as in several processes: each has its own connections.
import { onTestFinished } from 'vitest';
import { createIdSource, type IdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { openPostgresStore } from '#store/postgres/index.ts';
import type { Store } from '#store/store.ts';
import { openWorld, start, type World } from '../contracts/store-world.ts';
import { createDatabase, templateName } from './postgres.ts';

export interface SharedDatabase {
  readonly url: string;
  /** A world of the store contract on a store (process) of its own. */
  world(now?: number): Promise<World>;
}

/** A database that is dropped at the end of the test. */
export async function shareDatabase(server: string): Promise<SharedDatabase> {
  const database = await createDatabase(server, templateName);
  onTestFinished(() => database.drop());
  return {
    url: database.url,
    world: (now = start) =>
      openWorld(async ({ ids }) => {
        const store = await openProcess(database.url, ids, now);
        return { store, close: () => store.close(), reopen: () => Promise.reject(new Error('not here')) };
      }),
  };
}

export function openProcess(
  url: string,
  ids: IdSource = createIdSource(systemRandom),
  now = start,
  processName?: string,
): Promise<Store> {
  return openPostgresStore({ url, poolMax: 4, ids, now, processName });
}
