// Deliveries are where their events are. The engine names them by endpoints, by ids and by claims; claims carry their partition.
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type {
  AttemptResult,
  DeliveryStore,
  Due,
  ReadStore,
  Recorded,
  RecordTerms,
  Store,
  Wanted,
} from '../store.ts';
import { tailAttempts } from './feed.ts';
import type { Owners } from './owners.ts';
import { mergePages } from './pages.ts';
import type { Partition } from './partition.ts';
import type { Routes } from './routes.ts';
import { tag } from './tags.ts';

export function readDeliveries<S extends ReadStore>(routes: Routes<S>): ReadStore['deliveries'] {
  return {
    list: (scope, filter, page) =>
      mergePages(
        routes,
        routes.placesOf(scope.tenant),
        page,
        { list: 'deliveries', idOf: ({ id }) => id },
        (store, own) => store.deliveries.list(scope, filter, own),
      ),
    get: (scope, id) =>
      routes.first(routes.placesOf(scope.tenant), (store) => store.deliveries.get(scope, id)),
    listAttempts: (scope, endpoint, page) =>
      mergePages(
        routes,
        routes.placesOf(scope.tenant),
        page,
        { list: 'attempts', idOf: ({ attempt }) => attempt.id },
        (store, own) => store.deliveries.listAttempts(scope, endpoint, own),
      ),
    findAttempts: (scope, filter, page) =>
      mergePages(
        routes,
        routes.placesOf(scope.tenant),
        page,
        { list: 'found attempts', idOf: ({ id }) => id },
        (store, own) => store.deliveries.findAttempts(scope, filter, own),
      ),
    tailAttempts: (scope, filter, from) => tailAttempts(routes, scope, filter, from),
    async count(scope, filter, max) {
      const counts = await routes.all(routes.placesOf(scope.tenant), (store) =>
        store.deliveries.count(scope, filter, max),
      );
      return Math.min(
        max,
        counts.reduce((sum, count) => sum + count, 0),
      );
    },
    listAttemptsOf: (scope, id, page) =>
      routes.first(routes.placesOf(scope.tenant), (store) =>
        store.deliveries.listAttemptsOf(scope, id, page),
      ),
    content: (id) => routes.byId(id, (store) => store.deliveries.content(id)),
  };
}

export function createDeliveries(routes: Routes<Store>, owners: Owners): DeliveryStore {
  /** What all partitions answer that something of this endpoint is on. */
  const ofEndpoint = async <Result>(
    endpoint: EndpointId,
    work: (store: Store, partition: Partition<Store>) => Promise<Result>,
  ): Promise<Result[]> => routes.all(await owners.placesOf(endpoint), work);
  return {
    ...readDeliveries(routes),
    async agenda(after, limit) {
      const found = await routes.usable((store) => store.deliveries.agenda(after, limit));
      const ends = found.flatMap(({ result }) => result.reached ?? []).toSorted();
      const reached = ends[0] ?? null;
      const due = earliest(found.flatMap(({ result }) => result.due));
      return { due: due.filter(({ endpoint }) => reached === null || endpoint <= reached), reached };
    },
    async nextDue(endpoints) {
      const groups = await owners.split(endpoints);
      const found = await routes.usable(
        (store, partition) => store.deliveries.nextDue(groups.get(partition) ?? []),
        [...groups.keys()],
      );
      return earliest(found.flatMap(({ result }) => result));
    },
    claim: (wanted, now, leaseMs) => claim(routes, owners, wanted, now, leaseMs),
    async pull(endpoint, count, now, leaseMs) {
      const claims: Claim[] = [];
      for (const partition of await owners.placesOf(endpoint)) {
        const left = count - claims.length;
        if (left <= 0) break;
        const own = await routes.call(partition, (store) =>
          store.deliveries.pull(endpoint, left, now, leaseMs),
        );
        claims.push(...tag(own, partition));
      }
      return claims;
    },
    async findClaims(endpoint, leases) {
      const found = await ofEndpoint(endpoint, async (store, partition) =>
        tag(await store.deliveries.findClaims(endpoint, leases), partition),
      );
      return found.flat();
    },
    async extend(endpoint, leases, until) {
      return (await ofEndpoint(endpoint, (store) => store.deliveries.extend(endpoint, leases, until))).flat();
    },
    async countMissed(endpoint, now, max) {
      const found = await ofEndpoint(endpoint, (store) => store.deliveries.countMissed(endpoint, now, max));
      const times = found.flatMap(({ since }) => since ?? []);
      return {
        count: Math.min(
          max,
          found.reduce((sum, { count }) => sum + count, 0),
        ),
        since: times.length === 0 ? null : Math.min(...times),
      };
    },
    async release(claims, now) {
      const groups = Map.groupBy(claims, (one) => placeOf(routes, one));
      const places = [...groups.keys()];
      await routes.all(places, (store, place) => store.deliveries.release(groups.get(place) ?? [], now));
    },
    record: (results, terms) => record(routes, results, terms),
    redeliver: (scope, id, now, attemptsMax) =>
      routes.first(routes.placesOf(scope.tenant), (store) =>
        store.deliveries.redeliver(scope, id, now, attemptsMax),
      ),
    cancel: (scope, id, now) =>
      routes.first(routes.placesOf(scope.tenant), (store) => store.deliveries.cancel(scope, id, now)),
    async cancelWaiting(endpoint, filter, now) {
      const counts = await ofEndpoint(endpoint, (store) =>
        store.deliveries.cancelWaiting(endpoint, filter, now),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },
    async countWaiting() {
      const found = await routes.usable((store) => store.deliveries.countWaiting());
      return found.reduce((sum, { result }) => sum + result, 0);
    },
  };
}

/** In the order of their ids; of several entries of an endpoint the earliest. */
function earliest(dues: readonly Due[]): Due[] {
  const byEndpoint = new Map<EndpointId, number>();
  for (const { endpoint, dueAt } of dues) {
    byEndpoint.set(endpoint, Math.min(dueAt, byEndpoint.get(endpoint) ?? Infinity));
  }
  return [...byEndpoint]
    .map(([endpoint, dueAt]) => ({ endpoint, dueAt }))
    .sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
}

/** Those of partitions that are down are left: their deliveries are found when these are up again. */
async function claim(
  routes: Routes<Store>,
  owners: Owners,
  wanted: readonly Wanted[],
  now: number,
  leaseMs: number,
): Promise<readonly Claim[]> {
  if (wanted.length === 0) return [];
  const counts = new Map(wanted.map(({ endpoint, count }) => [endpoint, count]));
  const groups = await owners.split([...counts.keys()]);
  const shares = new Map<EndpointId, number>();
  for (const id of [...groups.values()].flat()) shares.set(id, (shares.get(id) ?? 0) + 1);
  const found = await routes.usable(
    (store, partition) => {
      const own = (groups.get(partition) ?? []).map((endpoint) => ({
        endpoint,
        // What is on several partitions is claimed from each in part.
        count: Math.ceil((counts.get(endpoint) ?? 0) / (shares.get(endpoint) ?? 1)),
      }));
      return store.deliveries.claim(own, now, leaseMs);
    },
    [...groups.keys()],
  );
  return found.flatMap(({ partition, result }) => tag(result, partition));
}

function placeOf(routes: Routes<Store>, { partition, event }: Claim): Partition<Store> {
  return partition === undefined ? routes.homeOf(event.tenant) : routes.numbered(partition);
}

/** One transaction in each partition; the engine gives those of one at a time. */
async function record(
  routes: Routes<Store>,
  results: readonly AttemptResult[],
  terms: RecordTerms,
): Promise<Recorded> {
  const groups = Map.groupBy(results, (result) => placeOf(routes, result.claim));
  const recorded = await routes.all([...groups.keys()], (store, place) =>
    store.deliveries.record(groups.get(place) ?? [], terms),
  );
  return {
    stale: recorded.reduce((sum, { stale }) => sum + stale, 0),
    kept: new Set(recorded.flatMap(({ kept }) => [...kept])),
    disabled: recorded.flatMap(({ disabled }) => disabled),
    due: [...new Set(recorded.flatMap(({ due }) => due))],
  };
}
