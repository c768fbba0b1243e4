// `carillon partitions add`: enters a database in the slot map before any process names it in CARILLON_PARTITIONS.
import { StoreError } from '../sql.ts';
import type { SlotMap, Store } from '../store.ts';
import { identityName, requireIdentity } from './identity.ts';
import { withPartitions } from './slot-map.ts';

/** Returns the next map, in which the partition has its share of the empty slots. Throws `StoreError`. */
export async function enterPartition(
  directory: Store,
  added: Store,
  name: string,
  newId: () => string,
): Promise<SlotMap> {
  const identity = await directory.metadata.putIfAbsent(identityName, newId());
  await requireIdentity(added, name, identity);
  const map = await directory.slots?.change((current, used) => withPartitions(current, [name], used));
  if (map === undefined) throw new StoreError('partitions are Postgres databases; check DATABASE_URL.');
  return map;
}
