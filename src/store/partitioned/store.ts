// One store over several databases. Each publication, each claim and each change is in one of them, whole; nothing is a transaction over
// two. The first is the directory, which knows where the tenants are.
import { systemClock } from '#lib/clock.ts';
import type { Command, PartitionState, ReadStore, SlotMap, Store, StoreListener } from '../store.ts';
import { createAlertQueue, createAlerts, readAlerts } from './alerts.ts';
import { createDeliveries, readDeliveries } from './deliveries.ts';
import { createDirectory, readDirectory } from './directory.ts';
import { createEndpoints, createTenantSecrets, readEndpoints } from './endpoints.ts';
import { createEvents, readEvents } from './events.ts';
import { createChecks, createReplays, readChecks, readReplays } from './jobs.ts';
import { Mirror } from './mirror.ts';
import { Owners } from './owners.ts';
import { isUnavailable, type Partition } from './partition.ts';
import {
  createArchive,
  createAudit,
  createSealed,
  createStats,
  readArchive,
  readAudit,
  readSealed,
  readServer,
  readStats,
} from './records.ts';
import { Remembered } from './remembered.ts';
import { type MapSource, Routes } from './routes.ts';
import { countSlots } from './slot-map.ts';
import { createTenants, readTenants, repairTenants } from './tenants.ts';

/** How often tenants are looked for that a process has left unfinished. */
const repairEveryMs = 60_000;

export function createPartitionedStore(
  partitions: readonly Partition<Store>[],
  map: MapSource,
  close: () => Promise<void>,
): Store {
  const copies = new Routes(partitions, map);
  const owners = new Owners(copies);
  const mirror = new Mirror(copies);
  const remembered = new Remembered();
  let repairAt = 0;
  const repair = async (): Promise<void> => {
    if (systemClock.now() < repairAt) return;
    repairAt = systemClock.now() + repairEveryMs;
    await repairTenants(copies).catch((error: unknown) => {
      if (!isUnavailable(error)) throw error;
    });
  };
  for (const partition of partitions) {
    partition.watch({ opened: () => {}, up: () => mirror.copyTo(partition), down: () => {} });
  }
  const compose = (routes: Routes<Store>): Store => ({
    ...createDirectory(routes, remembered),
    tenants: createTenants({ routes, copies, mirror, map }),
    tenantSecrets: createTenantSecrets({ routes, mirror }),
    endpoints: createEndpoints({ routes, copies, mirror, owners }),
    events: createEvents(routes, copies),
    deliveries: createDeliveries(routes, owners),
    replays: createReplays(routes),
    checks: createChecks(routes),
    alerts: createAlerts(routes, mirror),
    alertQueue: createAlertQueue(routes),
    stats: createStats(routes),
    audit: createAudit(routes),
    sealed: createSealed(routes),
    server: readServer(routes),
    archive: createArchive(routes),
    by: (command: Command) => compose(copies.through((store) => store.by(command))),
    async check() {
      await copies.usable((store) => store.check());
    },
    async deleteExpired(before, now, rowsMax, eventsUntil) {
      await repair();
      const found = await copies.usable((store) => store.deleteExpired(before, now, rowsMax, eventsUntil));
      return found.reduce((sum, { result }) => sum + result, 0);
    },
    counters() {
      const all = partitions.flatMap(({ store }) => store?.counters() ?? []);
      const sum = (kind: 'commits' | 'statements'): number =>
        all.reduce((total, one) => total + one[kind], 0);
      return { commits: sum('commits'), statements: sum('statements') };
    },
    listen: (listener) => listen(partitions, listener, remembered, map),
    notifyDue(endpoints) {
      // Notifications are best-effort.
      void owners
        .split(endpoints)
        .then((groups) => {
          for (const [{ store }, own] of groups) store?.notifyDue?.(own);
        })
        .catch(() => {});
    },
    spread: {
      partitions: () => describe(partitions, map.current),
      map: () => map.current,
      closedSince: () => routes.inDirectory(async ({ slots }) => (await slots?.closedSince()) ?? null),
    },
    close,
  });
  return compose(copies);
}

function listen(
  partitions: readonly Partition<Store>[],
  listener: StoreListener,
  remembered: Remembered,
  map: MapSource,
): void {
  for (const partition of partitions) {
    const { name, number } = partition;
    const own: StoreListener = {
      ...listener,
      due: (endpoints) => listener.due(endpoints),
      changed: (endpoints) => listener.changed(endpoints),
      accessChanged() {
        remembered.forget();
        listener.accessChanged();
      },
      mapChanged: () => void map.reload().catch(() => {}),
      leasesLost: () => listener.leasesLost(number),
      noticed: (notice) => listener.noticed({ ...notice, detail: `partition ${name}: ${notice.detail}` }),
    };
    partition.watch({
      opened: (_, store) => store.listen?.(own),
      async up() {},
      down: (_, reason) =>
        listener.noticed({ level: 'error', event: 'partition.down', detail: `partition ${name}: ${reason}` }),
    });
  }
}

function describe(partitions: readonly Partition<Store>[], map: SlotMap): readonly PartitionState[] {
  const counts = countSlots(map);
  return partitions.map(({ name, number, isUsable }) => ({
    name,
    number,
    isUsable,
    slots: counts[number] ?? 0,
  }));
}

export function createPartitionedReads(
  partitions: readonly Partition<ReadStore>[],
  map: MapSource,
  close: () => Promise<void>,
): ReadStore {
  const routes = new Routes(partitions, map);
  return {
    ...readDirectory(routes, new Remembered()),
    tenants: readTenants(routes),
    endpoints: readEndpoints(routes),
    events: readEvents(routes),
    deliveries: readDeliveries(routes),
    replays: readReplays(routes),
    stats: readStats(routes),
    audit: readAudit(routes),
    checks: readChecks(routes),
    sealed: readSealed(routes),
    alerts: readAlerts(routes),
    server: readServer(routes),
    archive: readArchive(routes),
    close,
  };
}
