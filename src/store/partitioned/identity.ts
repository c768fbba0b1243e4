// Which database is which partition: each says it, so that one is not used in the place of another.
import { StoreError } from '../sql.ts';
import type { Store } from '../store.ts';

/** The directory has an identity of its own; every partition says whose it is, and which. */
export const identityName = 'directory';
export const membershipName = 'partition';

/** A database that is exchanged for another one is not used. */
export async function requireIdentity(store: Store, name: string, identity: string): Promise<Store> {
  const own = `${name} of ${identity}`;
  const known = await store.metadata.putIfAbsent(membershipName, own);
  if (known === own) return store;
  await store.close();
  throw new StoreError(
    `the database of the partition ${name} is that of the partition ${known}; check CARILLON_PARTITIONS.`,
  );
}
