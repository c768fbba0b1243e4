// Replays and checks are with their tenants. The engine looks for them everywhere, and names them by their ids.
import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { idSlot } from '#lib/ids.ts';
import type { CheckStore, ClaimedCheck, ReadStore, ReplayStore, Store } from '../store.ts';
import type { Partition } from './partition.ts';
import { nullWhenDown } from './partition.ts';
import type { Routes } from './routes.ts';

export function readReplays<S extends ReadStore>(routes: Routes<S>): ReadStore['replays'] {
  return {
    get: (tenant, id) => routes.home(tenant, (store) => store.replays.get(tenant, id)),
    list: (tenant, page) => routes.home(tenant, (store) => store.replays.list(tenant, page)),
    count: (terms) => routes.home(terms.tenant, (store) => store.replays.count(terms)),
    countBackfill: (terms) => routes.home(terms.tenant, (store) => store.replays.countBackfill(terms)),
  };
}

const replaysMax = 10_000;

export function createReplays(routes: Routes<Store>): ReplayStore {
  const tenants = new BoundedMap<string, TenantId>(replaysMax);
  const listRunning: ReplayStore['listRunning'] = async () => {
    const found = await routes.usable((store) => store.replays.listRunning());
    // What a tenant that has moved leaves behind for a moment is not its own any more.
    const own = found.flatMap(({ partition, result }) =>
      result.filter(({ tenant }) => routes.homeOf(tenant) === partition),
    );
    for (const { id, tenant } of own) tenants.set(id, tenant);
    return own.sort((a, b) => (a.id < b.id ? -1 : 1));
  };
  return {
    ...readReplays(routes),
    async create(replay) {
      await routes.home(replay.tenant, (store) => store.replays.create(replay));
      tenants.set(replay.id, replay.tenant);
    },
    listRunning,
    async step(id, count, now, keptSince) {
      if (tenants.get(id) === undefined) await listRunning();
      const tenant = tenants.get(id);
      const place = tenant === undefined ? routes.inSlot(idSlot(id)) : routes.homeOf(tenant);
      return routes.call(place, (store) => store.replays.step(id, count, now, keptSince));
    },
    stop: (tenant, id) => routes.home(tenant, (store) => store.replays.stop(tenant, id)),
  };
}

export function readChecks<S extends ReadStore>(routes: Routes<S>): ReadStore['checks'] {
  return {
    async list(endpoint: EndpointId) {
      const found = await routes.byId(endpoint, async (store) => {
        const checks = await store.checks.list(endpoint);
        return checks.length === 0 ? null : checks;
      });
      return found ?? [];
    },
    get: (endpoint, id) => routes.byId(endpoint, (store) => store.checks.get(endpoint, id)),
  };
}

export function createChecks(routes: Routes<Store>): CheckStore {
  const placeOf = ({ partition, check }: ClaimedCheck): Partition<Store> =>
    partition === undefined ? routes.homeOf(check.tenant) : routes.numbered(partition);
  return {
    ...readChecks(routes),
    create: (check) => routes.home(check.tenant, (store) => store.checks.create(check)),
    async claim(now) {
      for (const partition of routes.partitions) {
        if (!partition.isUsable) continue;
        const claimed = await routes.call(partition, (store) => store.checks.claim(now)).catch(nullWhenDown);
        if (claimed !== null) return { ...claimed, partition: partition.number };
      }
      return null;
    },
    note: (claimed, items) => routes.call(placeOf(claimed), (store) => store.checks.note(claimed, items)),
    finish: (claimed, items, now) =>
      routes.call(placeOf(claimed), (store) => store.checks.finish(claimed, items, now)),
  };
}
