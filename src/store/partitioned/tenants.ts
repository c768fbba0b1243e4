// Tenants: the directory has all of them, and each is in its partition, too, with everything that is its own. What is done to a tenant
// takes two databases: it is noted, done in the directory, done in the partition, and then the note is taken away. Whatever is left
// in between is repaired from the directory.
import { Fault } from '#core/fault.ts';
import { operatorTenant, type Tenant, type TenantId } from '#core/tenant.ts';
import { systemClock } from '#lib/clock.ts';
import { hasNul } from '../records/scope.ts';
import type { ReadStore, SlotMap, Store, TenantStore } from '../store.ts';
import type { Mirror } from './mirror.ts';
import type { Partition } from './partition.ts';
import type { Routes } from './routes.ts';

export function readTenants<S extends ReadStore>(routes: Routes<S>): ReadStore['tenants'] {
  return {
    async get(id) {
      const own = await routes.home(id, (store) => store.tenants.get(id));
      if (own !== null || routes.homeOf(id) === routes.directory) return own;
      return routes.inDirectory((store) => store.tenants.get(id));
    },
    list: (page, among) => routes.inDirectory((store) => store.tenants.list(page, among)),
  };
}

interface Means {
  /** Whose changes are audited. */
  readonly routes: Routes<Store>;
  /** Whose are not: the change is in the audit log of the directory. */
  readonly copies: Routes<Store>;
  readonly mirror: Mirror;
  readonly map: { readonly current: SlotMap; reload(): Promise<void> };
}

export function createTenants({ routes, copies, mirror, map }: Means): TenantStore {
  /** `work` in the directory, then the repair of what it leaves. */
  const inBoth = async <Result>(id: TenantId, work: () => Promise<Result>): Promise<Result> => {
    // No tenant has such an id, which no column takes.
    if (hasNul(id)) return work();
    await begin(routes, map, id);
    requireUsable(routes.homeOf(id));
    const result = await work();
    await repairTenant(copies, id);
    await copies.inDirectory(async (store) => store.slots?.end(id));
    return result;
  };
  return {
    list: readTenants(routes).list,
    async get(id) {
      const own = await routes.home(id, (store) => store.tenants.get(id));
      if (own !== null || routes.homeOf(id) === routes.directory) return own;
      const original = await routes.inDirectory((store) => store.tenants.get(id));
      if (original !== null) await repairTenant(copies, id);
      return original;
    },
    async create(tenant) {
      if (tenant.id !== operatorTenant) {
        return inBoth(tenant.id, () => routes.inDirectory((store) => store.tenants.create(tenant)));
      }
      const isCreated = await routes.inDirectory((store) => store.tenants.create(tenant));
      if (isCreated) await mirror.copy();
      return isCreated;
    },
    change: (id, change) => inBoth(id, () => routes.inDirectory((store) => store.tenants.change(id, change))),
    async remove(id, now) {
      const home = routes.homeOf(id);
      return inBoth(id, async () => {
        const isRemoved = await routes.inDirectory((store) => store.tenants.remove(id, now));
        if (home === routes.directory) return isRemoved;
        // Also where a process has removed it from the directory alone.
        return (await copies.home(id, (store) => store.tenants.remove(id, now))) || isRemoved;
      });
    },
  };
}

/** So that nothing is begun in the directory that cannot be ended. */
function requireUsable(partition: Partition<Store>): void {
  if (!partition.isUsable) throw partition.unavailable();
}

const tries = 5;

/** Under the version of the slot map that this process routes by. */
async function begin(routes: Routes<Store>, map: Means['map'], id: TenantId): Promise<void> {
  for (let left = tries; left > 0; left--) {
    const isBegun = await routes.inDirectory(async (store) =>
      store.slots?.begin(id, map.current.version, systemClock.now()),
    );
    if (isBegun !== false) return;
    await map.reload();
  }
  throw new Fault('unavailable', 'the partitions are being changed; send this again in a moment', {
    retryAfterSeconds: 1,
  });
}

/** The tenant in its partition as the directory has it. True when the directory has it, and the partition did not. */
export async function repairTenant(copies: Routes<Store>, id: TenantId): Promise<boolean> {
  const home = copies.homeOf(id);
  if (home === copies.directory) return false;
  const original = await copies.inDirectory((store) => store.tenants.get(id));
  const copy = await copies.call(home, (store) => store.tenants.get(id));
  await copies.call(home, async (store) => {
    if (original === null) {
      if (copy !== null) await store.tenants.remove(id, systemClock.now());
    } else if (copy === null) await store.tenants.create(original);
    else if (contentOf(copy) !== contentOf(original)) {
      const { name, metadata, contact } = original;
      await store.tenants.change(id, { name, metadata, contact });
    }
  });
  return original !== null && copy === null;
}

function contentOf({ name, metadata, contact }: Tenant): string {
  return JSON.stringify([name, metadata, contact]);
}

/** Longer than any change takes: its process does not work on it any more. */
const abandonedMs = 120_000;

/** Ends what processes have left unfinished. */
export async function repairTenants(copies: Routes<Store>): Promise<void> {
  const before = systemClock.now() - abandonedMs;
  const ids = await copies.inDirectory(async (store) => store.slots?.unfinished(before));
  for (const id of ids ?? []) {
    if (!copies.homeOf(id).isUsable) continue;
    await repairTenant(copies, id);
    await copies.inDirectory(async (store) => store.slots?.end(id));
  }
}
