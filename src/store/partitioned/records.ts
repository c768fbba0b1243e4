// The rest: counts of minutes, the audit log, sealed texts, facts about the databases, the archive.
import { type ArchivePosition, firstMode } from '#core/archive.ts';
import type { PageRequest } from '#core/commands.ts';
import { allTenants } from '#core/stats.ts';
import { operatorTenant, type TenantId } from '#core/tenant.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import type {
  ArchivePage,
  AuditStore,
  ReadStore,
  SealedStore,
  StatsRow,
  StatsStore,
  Store,
} from '../store.ts';
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

/** One archive of all databases: the directory says how far it has come, and a tenant is read where it is at home. */
export function readArchive<S extends ReadStore>(routes: Routes<S>): ReadStore['archive'] {
  return {
    progress: () => routes.inDirectory((store) => store.archive.progress()),
    files: (after) => routes.inDirectory((store) => store.archive.files(after)),
    async tenants(after) {
      const pages = await routes.all(routes.partitions, (store) => store.archive.tenants(after));
      // Beyond the end of the shortest page, the others may have more.
      const ends = pages.flatMap((page) => page.at(-1) ?? []);
      const end = ends.reduce((least, one) => (one < least ? one : least), ends[0] ?? '');
      return [...new Set(pages.flat())].filter((tenant) => tenant <= end).sort();
    },
    events: (day, tenant, position) =>
      readPage(routes, tenant, position, (store, at) => store.archive.events(day, tenant, at)),
    deliveries: (day, tenant, position) =>
      readPage(routes, tenant, position, (store, at) => store.archive.deliveries(day, tenant, at)),
  };
}

type ReadPage<S, Page> = (store: S, position: ArchivePosition | null) => Promise<Page>;

/**
 * By a map that is not old: what has moved is not read where it was, where it is being deleted. What the operator has is in every
 * database: one after the other.
 */
async function readPage<S, Page extends ArchivePage<'events' | 'deliveries'>>(
  routes: Routes<S>,
  tenant: TenantId,
  position: ArchivePosition | null,
  read: ReadPage<S, Page>,
): Promise<Page> {
  await routes.requireMap();
  if (tenant !== operatorTenant) {
    const home = routes.homeOf(tenant);
    return { ...(await routes.call(home, (store) => read(store, position))), place: home.number };
  }
  const nth = position?.place ?? 0;
  const partition = routes.partitions[nth] ?? routes.directory;
  const page = await routes.call(partition, (store) => read(store, position));
  const next = page.next ?? (nth + 1 < routes.partitions.length ? { mode: firstMode, after: null } : null);
  if (next === null) return page;
  return { ...page, next: { ...next, place: page.next === null ? nth + 1 : nth } };
}

export function createArchive(routes: Routes<Store>): Store['archive'] {
  const { directory } = routes;
  const others = routes.partitions.filter((one) => one !== directory);
  const oldestDay = async (): Promise<number | null> => {
    const days = await routes.all(routes.partitions, (store) => store.archive.oldestDay());
    const known = days.filter((day) => day !== null);
    return known.length === 0 ? null : Math.min(...known);
  };
  const seal = async (until: number): Promise<void> => {
    await routes.all(others, (store) => store.archive.seal(until));
  };
  return {
    ...readArchive(routes),
    oldestDay,
    seal,
    async begin(terms) {
      const progress = await routes.inDirectory((store) => store.archive.progress());
      const oldest = progress === null ? { oldestDay: await oldestDay() } : {};
      const day = await routes.inDirectory((store) => store.archive.begin({ ...terms, ...oldest }));
      // Before anything of the day is read.
      if (day !== null) await seal(day.until);
      return day;
    },
    note: (lease, files, until) => routes.inDirectory((store) => store.archive.note(lease, files, until)),
    finish: (lease) => routes.inDirectory((store) => store.archive.finish(lease)),
  };
}
