// Opens the partitions of a store: the directory must answer, the others may come later.
import { systemClock } from '#lib/clock.ts';
import { StoreError } from '../sql.ts';
import type { ReadStore, SlotMap, Store } from '../store.ts';
import { identityName, requireIdentity } from './identity.ts';
import { Partition } from './partition.ts';
import { directoryName, requirePartitions, withPartitions } from './slot-map.ts';
import type { MapSource } from './routes.ts';
import { createPartitionedReads, createPartitionedStore } from './store.ts';

export { enterPartition } from './enter.ts';
export { membershipName } from './identity.ts';

/** How to open one of the databases. */
export interface PartitionPlace<S> {
  readonly name: string;
  readonly open: () => Promise<S>;
}

/** How often the slot map is read again, besides when it is told to have changed; for reading nothing is told. */
const reloadMs = 5_000;
const readsReloadMs = 1_000;
/** A map that was read before this is not trusted. What has moved is deleted where it was later than that: see moves/mover.ts. */
export const confirmedMs = 10_000;

/** `places` in any order, without the directory. Throws `StoreError`. */
export async function openPartitionedStore(
  directory: () => Promise<Store>,
  places: readonly PartitionPlace<Store>[],
  newId: () => string,
): Promise<Store> {
  const check = (store: Store): Promise<void> => store.check();
  const close = (store: Store): Promise<void> => store.close();
  const first = new Partition<Store>({ name: directoryName, number: 0, open: directory, check, close });
  const opened: Partition<Store>[] = [first];
  const closing = new AbortController();
  const closeAll = async (): Promise<void> => {
    closing.abort();
    await Promise.all(opened.map((partition) => partition.close()));
  };
  try {
    await first.start({ isRequired: true });
    const map = await first.call(async (store) =>
      store.slots?.change((...known) => withNames(known, places)),
    );
    if (map === undefined) throw new StoreError('CARILLON_PARTITIONS needs Postgres databases.');
    requirePartitions(
      map,
      places.map(({ name }) => name),
    );
    const identity = await first.call((store) => store.metadata.putIfAbsent(identityName, newId()));
    const source = watchMap(first, map, closing.signal);
    for (const { name, open } of places) {
      const number = map.names.indexOf(name);
      const openOwn = async (): Promise<Store> => requireIdentity(await open(), name, identity);
      const partition = new Partition<Store>({ name, number, open: openOwn, check, close });
      opened.push(partition);
      await partition.start({ isRequired: false });
    }
    const store = createPartitionedStore(opened, source, closeAll);
    await Promise.all(opened.map((partition) => partition.settle().catch(() => {})));
    return store;
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function withNames(
  [current, used]: readonly [SlotMap | null, ReadonlySet<number>],
  places: readonly PartitionPlace<Store>[],
): SlotMap {
  return withPartitions(
    current,
    places.map(({ name }) => name),
    used,
  );
}

type WithMap = Pick<ReadStore, 'slots'>;

function watchMap<S extends WithMap>(
  directory: Partition<S>,
  first: SlotMap,
  signal: AbortSignal,
  everyMs = reloadMs,
): MapSource {
  let current = first;
  let readAt = systemClock.now();
  const reload = async (): Promise<void> => {
    const read = await directory.call(async (store) => (await store.slots?.read()) ?? null);
    readAt = systemClock.now();
    if (read !== null && read.version > current.version) current = read;
  };
  const watch = async (): Promise<void> => {
    while (!signal.aborted) {
      await systemClock.sleep(everyMs, signal);
      if (!signal.aborted) await reload().catch(() => {});
    }
  };
  void watch();
  const require = async (): Promise<void> => {
    if (systemClock.now() - readAt > confirmedMs) await reload();
  };
  return {
    get current() {
      return current;
    },
    reload,
    confirm: () => require().catch(() => {}),
    require,
  };
}

/** A database that is opened for reading. Connects with the first read. */
interface ReadPlace {
  readonly name: string;
  readonly store: ReadStore;
}

/** For reading, beside a store that this process opens. */
export async function openPartitionedReads(
  directory: ReadStore,
  others: readonly ReadPlace[],
): Promise<ReadStore> {
  for (let left = mapReadsMax; ; left--) {
    // Until the other thread has migrated the directory and written the map.
    const map = await directory.slots?.read().catch((error: unknown) => {
      if (left === 0) throw error;
      return null;
    });
    if (map) return createReads(directory, others, map);
    if (left === 0) throw new StoreError('the directory has no slot map; it is written by the engine.');
    await systemClock.sleep(mapReadMs);
  }
}

/** Ten minutes: the engine gives up before. */
const mapReadsMax = 3_000;
const mapReadMs = 200;

/** The same, where the slot map is known. */
export function createReads(directory: ReadStore, others: readonly ReadPlace[], map: SlotMap): ReadStore {
  const places = [{ name: directoryName, store: directory }, ...others];
  const partitions = places.map(
    ({ name, store }) =>
      new Partition<ReadStore>({
        name,
        number: map.names.indexOf(name),
        store,
        open: () => Promise.resolve(store),
        check: (own) => own.tenants.get(nobody),
        close: (own) => own.close(),
      }),
  );
  const closing = new AbortController();
  const [first] = partitions;
  if (first === undefined) throw new Error('a store over no partition');
  const source = watchMap(first, map, closing.signal, readsReloadMs);
  for (const partition of partitions) void partition.start({ isRequired: false });
  return createPartitionedReads(partitions, source, async () => {
    closing.abort();
    await Promise.all(partitions.map((partition) => partition.close()));
  });
}

/** No tenant has this id. */
const nobody = '-' as Parameters<ReadStore['tenants']['get']>[0];
