// Endpoints are with their tenants. Those of the operator are in the directory, with a copy on every partition.
import type { EndpointKey } from '#core/commands.ts';
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import { Fault } from '#core/fault.ts';
import { operatorTenant, type TenantId } from '#core/tenant.ts';
import type { EndpointStore, ReadStore, Store, TenantSecretStore } from '../store.ts';
import type { Mirror } from './mirror.ts';
import type { Owners } from './owners.ts';
import { mergePages } from './pages.ts';
import type { Partition } from './partition.ts';
import type { Routes } from './routes.ts';
import { repairTenant } from './tenants.ts';

export function readEndpoints<S extends ReadStore>(routes: Routes<S>): ReadStore['endpoints'] {
  return {
    get: (scope, key) => routes.home(scope.tenant, (store) => store.endpoints.get(scope, key)),
    list: (scope, query) => routes.home(scope.tenant, (store) => store.endpoints.list(scope, query)),
    find: (scope, filter, page) =>
      mergePages(
        routes,
        places(routes, scope.tenant),
        page,
        { list: 'endpoints', idOf: ({ id }) => id },
        (store, own) => store.endpoints.find(scope, filter, own),
      ),
    listKnown: (scope, page) => routes.home(scope.tenant, (store) => store.endpoints.listKnown(scope, page)),
    listAttention: (terms, page) =>
      mergePages(
        routes,
        routes.partitions,
        page,
        { list: 'attention', idOf: ({ endpoint }) => endpoint.id, isAscending: true },
        (store, own) => store.endpoints.listAttention(terms, own),
      ),
  };
}

/** Where the originals are. */
function places<S>(routes: Routes<S>, tenant: TenantId | null): readonly Partition<S>[] {
  return tenant === null ? routes.partitions : [routes.homeOf(tenant)];
}

interface Means {
  readonly routes: Routes<Store>;
  readonly copies: Routes<Store>;
  readonly mirror: Mirror;
  readonly owners: Owners;
}

export function createEndpoints({ routes, copies, mirror, owners }: Means): EndpointStore {
  const reads = readEndpoints(routes);
  const learn = <Found extends Endpoint | null>(found: Found): Found => {
    if (found !== null) owners.learn(found.id, found.tenant);
    return found;
  };
  /** After a change of an endpoint of the operator. */
  const follow = async (tenant: TenantId, id: EndpointId): Promise<void> => {
    if (tenant === operatorTenant) await mirror.copy([id]);
  };
  return {
    ...reads,
    get: async (scope, key) => learn(await reads.get(scope, key)),
    async list(scope, query) {
      const page = await reads.list(scope, query);
      for (const endpoint of page.items) learn(endpoint);
      return page;
    },
    async create(endpoint, rules) {
      const { tenant } = endpoint;
      const create = () => routes.home(tenant, (store) => store.endpoints.create(endpoint, rules));
      const created = await whereTenantIs(copies, tenant, create);
      learn(endpoint);
      if (created === 'created') await follow(tenant, endpoint.id);
      return created;
    },
    async change(scope, key, decide) {
      const changed = await routes.home(scope.tenant, (store) => store.endpoints.change(scope, key, decide));
      if (changed !== null && changed !== 'url_taken') await follow(scope.tenant, changed.after.id);
      return changed;
    },
    async remove(scope, key: EndpointKey, now) {
      const removed = await routes.home(scope.tenant, (store) => store.endpoints.remove(scope, key, now));
      if (removed !== null) await follow(scope.tenant, removed.id);
      return removed;
    },
    async listDisabled(before, after, limit) {
      const found = await routes.usable((store) => store.endpoints.listDisabled(before, after, limit));
      const all = new Map(found.flatMap(({ result }) => result.map((one) => [one.id, learn(one)])));
      return [...all.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
    },
    load: (ids) =>
      routes.byIds(ids, async (store, partition, left) => {
        const found = [...(await store.endpoints.load(left))];
        // What a tenant that has moved leaves behind for a moment is old.
        const own = found.filter(([, { endpoint }]) => routes.placesOf(endpoint.tenant).includes(partition));
        for (const [, { endpoint }] of own) learn(endpoint);
        return new Map(own);
      }),
    async owners(ids) {
      const groups = await owners.split(ids);
      const found = await routes.usable(
        (store, partition) => store.endpoints.owners(groups.get(partition) ?? []),
        [...groups.keys()],
      );
      return new Map(found.flatMap(({ result }) => [...result]));
    },
  };
}

/** Where a tenant was created in the directory, and its process died then, its partition gets it now. */
async function whereTenantIs<Result>(
  copies: Routes<Store>,
  tenant: TenantId,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'tenant_not_found') throw error;
    if (!(await copies.hasMoved([tenant]))) await repairTenant(copies, tenant);
    return work();
  }
}

export function createTenantSecrets({ routes, mirror }: Pick<Means, 'routes' | 'mirror'>): TenantSecretStore {
  const follow = async (tenant: TenantId): Promise<void> => {
    if (tenant === operatorTenant) await mirror.copy();
  };
  return {
    get: (tenant, mode) => routes.home(tenant, (store) => store.tenantSecrets.get(tenant, mode)),
    async set(tenant, mode, secret) {
      const changed = await routes.home(tenant, (store) => store.tenantSecrets.set(tenant, mode, secret));
      await follow(tenant);
      return changed;
    },
    async putIfAbsent(tenant, mode, secret) {
      const stored = await routes.home(tenant, (store) =>
        store.tenantSecrets.putIfAbsent(tenant, mode, secret),
      );
      await follow(tenant);
      return stored;
    },
  };
}
