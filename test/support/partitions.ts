// A store over several databases of one server, which are dropped when it is closed.
import type { IdSource } from '#lib/ids.ts';
import { createReads, openPartitionedStore } from '#store/partitioned/index.ts';
import { openPostgresReads, openPostgresStore } from '#store/postgres/index.ts';
import type { SlotMap, Store } from '#store/store.ts';
import type { StoreHarness } from '../contracts/store-world.ts';
import { createDatabase, templateName } from './postgres.ts';

export const partitionNames = ['directory', 'b', 'c'];

/** Settings of a server process over these databases, the directory first. */
export function spreadSettings([directory = '', ...others]: readonly string[]): Record<string, string> {
  return {
    DATABASE_URL: directory,
    CARILLON_PARTITIONS: others.map((url, index) => `${partitionNames[index + 1]}=${url}`).join(),
    CARILLON_DATABASE_POOL: '4',
    LOG_LEVEL: 'fatal',
    SHUTDOWN_TIMEOUT: '2s',
  };
}

/** `urls` of the directory and the others. */
export function openAll(urls: readonly string[], ids: IdSource, now: number): Promise<Store> {
  const [directory, ...others] = urls.map(
    (url) => () => openPostgresStore({ url, poolMax: 4, ids, now, isPartition: true }),
  );
  if (directory === undefined) throw new Error('no partition');
  const places = others.map((open, index) => ({ name: partitionNames[index + 1] ?? '', open }));
  return openPartitionedStore(directory, places, () => ids.next('dir', now));
}

export async function openPartitions(
  server: string,
  { ids, now }: { ids: IdSource; now: number },
): Promise<StoreHarness & { readonly urls: readonly string[] }> {
  const databases = await Promise.all(partitionNames.map(() => createDatabase(server, templateName)));
  const urls = databases.map(({ url }) => url);
  let store = await openAll(urls, ids, now);
  const map = await readMap(urls[0] ?? '');
  return {
    store,
    urls,
    async reopen(at) {
      await store.close();
      return (store = await openAll(urls, ids, at));
    },
    async close() {
      await store.close();
      await Promise.all(databases.map((database) => database.drop()));
    },
    openReads: (bounds) => {
      const [directory, ...others] = urls.map((url) => openPostgresReads({ url, poolMax: 4 }, bounds));
      if (directory === undefined) throw new Error('no partition');
      const places = others.map((reads, index) => ({ name: partitionNames[index + 1] ?? '', store: reads }));
      return createReads(directory, places, map);
    },
  };
}

async function readMap(url: string): Promise<SlotMap> {
  const reads = openPostgresReads({ url, poolMax: 4 });
  const map = await reads.slots?.read();
  await reads.close();
  if (!map) throw new Error('there is no slot map');
  return map;
}
