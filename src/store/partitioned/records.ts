// The rest: counts of minutes, the audit log, sealed texts, facts about the databases, the archive.
import type { PageRequest } from '#core/commands.ts';
import { allTenants } from '#core/stats.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import type { AuditStore, ReadStore, SealedStore, StatsRow, StatsStore, Store } from '../store.ts';
import { mergePages } from './pages.ts';
import type { Partition } from './partition.ts';
import { isUnavailable } from './partition.ts';
import type { Routes } from './routes.ts';

export function readStats<S extends ReadStore>(routes: Routes<S>): ReadStore['stats'] {
  return {
    async read(filter) {
      const { tenant, tenants, endpoints } = filter;
      const isOfAll = tenant === null && tenants === undefined && endpoints === null;
      const own = tenant === null ? routes.partitions : [routes.homeOf(tenant)];
      const rows = await routes.all(isOfAll ? [routes.directory] : own, (store) => store.stats.read(filter));
      return rows.flat().sort((a, b) => a.minute - b.minute);
    },
  };
}

/** Rows that are kept for a partition that is down, or a tenant that moves; the oldest are dropped. */
const rowsMax = 10_000;

export function createStats(routes: Routes<Store>): StatsStore {
  let unwritten: readonly StatsRow[] = [];
  const add = async (partition: Partition<Store>, rows: readonly StatsRow[]): Promise<void> => {
    try {
      await routes.call(partition, (store) => store.stats.add(rows));
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      unwritten = [...unwritten, ...rows].slice(-rowsMax);
    }
  };
  return {
    ...readStats(routes),
    async add(rows) {
      // What waits is sorted again: a tenant may have moved.
      const all = [...unwritten, ...rows];
      unwritten = [];
      const groups = Map.groupBy(all, ({ tenant }) =>
        tenant === allTenants ? routes.directory : routes.homeOf(tenant),
      );
      await Promise.all([...groups].map(([place, own]) => add(place, own)));
    },
  };
}

export function readAudit<S extends ReadStore>(routes: Routes<S>): ReadStore['audit'] {
  return {
    // An entry is where its change is.
    list: (filter, page) =>
      mergePages(routes, routes.partitions, page, { list: 'audit', idOf: ({ id }) => id }, (store, own) =>
        store.audit.list(filter, own),
      ),
  };
}

export function createAudit(routes: Routes<Store>): AuditStore {
  return {
    ...readAudit(routes),
    append: (change) => routes.inDirectory((store) => store.audit.append(change)),
    async deleteExpired(before, rows) {
      const found = await routes.usable((store) => store.audit.deleteExpired(before, rows));
      return found.reduce((sum, { result }) => sum + result, 0);
    },
  };
}

export function readSealed<S extends ReadStore>(routes: Routes<S>): ReadStore['sealed'] {
  // The directory comes last, with the value that says which key the databases have.
  const order = routes.partitions.toReversed();
  return {
    async list({ cursor, limit }: PageRequest) {
      const [at, own] = readPlace(cursor);
      const partition = order[at];
      if (partition === undefined) return { items: [], nextCursor: null };
      const page = await routes.call(partition, (store) => store.sealed.list({ cursor: own, limit }));
      const isEnd = page.nextCursor === null && at + 1 >= order.length;
      const next = page.nextCursor === null ? [at + 1, null] : [at, page.nextCursor];
      return { items: page.items, nextCursor: isEnd ? null : writeCursor(sealedList, JSON.stringify(next)) };
    },
  };
}

const sealedList = 'partitions:sealed';

function readPlace(cursor: string | null): readonly [number, string | null] {
  const text = readCursor(sealedList, cursor);
  return text === null ? [0, null] : (JSON.parse(text) as [number, string | null]);
}

export function createSealed(routes: Routes<Store>): SealedStore {
  return {
    ...readSealed(routes),
    // Each is written where it is as it was read.
    async replace(values) {
      const counts = await routes.all(routes.partitions, (store) => store.sealed.replace(values));
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

export function readServer<S extends ReadStore>(routes: Routes<S>): ReadStore['server'] {
  return {
    async describe() {
      const found = await routes.usable((store) => store.server.describe());
      const own = found.find(({ partition }) => partition === routes.directory) ?? found[0];
      if (own === undefined) throw routes.directory.unavailable();
      return { ...own.result, sizeBytes: found.reduce((sum, { result }) => sum + result.sizeBytes, 0) };
    },
  };
}

/** There is none with several partitions: see config.ts. */
export function readArchive<S extends ReadStore>(routes: Routes<S>): ReadStore['archive'] {
  return {
    progress: () => routes.inDirectory((store) => store.archive.progress()),
    tenants: (after) => routes.inDirectory((store) => store.archive.tenants(after)),
    files: (after) => routes.inDirectory((store) => store.archive.files(after)),
    events: (day, tenant, at) => routes.inDirectory((store) => store.archive.events(day, tenant, at)),
    deliveries: (day, tenant, at) => routes.inDirectory((store) => store.archive.deliveries(day, tenant, at)),
  };
}

export function createArchive(routes: Routes<Store>): Store['archive'] {
  return {
    ...readArchive(routes),
    begin: (terms) => routes.inDirectory((store) => store.archive.begin(terms)),
    note: (lease, files, until) => routes.inDirectory((store) => store.archive.note(lease, files, until)),
    finish: (lease) => routes.inDirectory((store) => store.archive.finish(lease)),
  };
}
