// Stores as several processes would have them: each its own connections, all on one database.
import { onTestFinished } from 'vitest';
import { createIdSource, type IdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { openPostgresStore } from '#store/postgres/index.ts';
import type { Store } from '#store/store.ts';
import { openWorld, start, type World } from '../contracts/store-world.ts';
import { createDatabase, templateName } from './postgres.ts';

export interface SharedDatabase {
  readonly url: string;
  /** A story told by a process of its own; the first of them has made nothing yet. */
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
): Promise<Store> {
  return openPostgresStore({ url, poolMax: 4, ids, now });
}
