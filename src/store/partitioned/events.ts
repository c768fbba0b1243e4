// Events are with their tenants. What is published for the operator is written to the directory, or elsewhere while that is down; notices
// are where what they report is, so its events are on every partition.
import type { Publication } from '#core/event.ts';
import { operatorTenant, type TenantId } from '#core/tenant.ts';
import { feedCursors } from '../records/feed.ts';
import type { EventStore, FanOut, PublishOutcome, PublishTerms, ReadStore, Store } from '../store.ts';
import { readFeed } from './feed.ts';
import { mergePages } from './pages.ts';
import { isUnavailable, nullWhenDown, type Partition } from './partition.ts';
import type { Routes } from './routes.ts';
import { tag } from './tags.ts';
import { repairTenant } from './tenants.ts';

export function readEvents<S extends ReadStore>(routes: Routes<S>): ReadStore['events'] {
  return {
    feed: (scope, after, bounds, now) => readFeed(routes, scope, after, bounds, now),
    feedCursors,
    get: (scope, id) => routes.first(routes.placesOf(scope.tenant), (store) => store.events.get(scope, id)),
    list: (scope, page, filter) =>
      mergePages(
        routes,
        routes.placesOf(scope.tenant),
        page,
        {
          list: 'events',
          idOf: ({ event }) => `${event.mode} ${event.id}`,
          keyOf: ({ event }) => event.createdAt,
        },
        (store, own) => store.events.list(scope, own, filter),
      ),
  };
}

export function createEvents(routes: Routes<Store>, copies: Routes<Store>): EventStore {
  return {
    ...readEvents(routes),
    async publish(publications, terms) {
      await routes.confirmMap();
      const outcome = await publish(routes, publications, terms);
      const places = [...publications.keys()].filter((index) => isDoubtful(outcome.results[index]));
      if (places.length === 0) return outcome;
      const refused = places.map((index) => publications[index] ?? []);
      if (!(await isOtherwiseNow(routes, copies, refused, outcome))) return outcome;
      const again = await publish(routes, refused, terms).catch(nullWhenDown);
      return again === null ? outcome : withSome(outcome, again, places);
    },
    async fanOut(fanOut, count, now) {
      const partition = routes.numbered(fanOut.partition);
      const written = await routes.call(partition, (store) => store.events.fanOut(fanOut, count, now));
      if (written === null || written.rest === null) return written;
      return { ...written, rest: { ...written.rest, partition: partition.number } };
    },
    async takeFanOuts() {
      const found = await routes.usable((store) => store.events.takeFanOuts());
      return found.flatMap(({ partition, result }) => tag(result, partition));
    },
  };
}

type Result = PublishOutcome['results'][number];

/** Its tenant may have moved, or not be in its partition yet. */
function isDoubtful(result: Result | undefined): boolean {
  return result?.kind === 'unavailable' || result?.kind === 'tenant_not_found';
}

async function isOtherwiseNow(
  routes: Routes<Store>,
  copies: Routes<Store>,
  refused: readonly Publication[],
  { results }: PublishOutcome,
): Promise<boolean> {
  const tenants = refused.flatMap(([draft]) => (draft === undefined ? [] : [draft.tenant]));
  if (await routes.hasMoved(tenants).catch(() => false)) return true;
  const unknown = results.flatMap((one) => (one.kind === 'tenant_not_found' ? [one.tenant] : []));
  return unknown.length > 0 && repairAll(copies, unknown);
}

/** The outcome of a batch, of which the publications in these places have been published again. */
function withSome(outcome: PublishOutcome, again: PublishOutcome, places: readonly number[]): PublishOutcome {
  const results = [...outcome.results];
  for (const [nth, result] of again.results.entries()) results[places[nth] ?? 0] = result;
  const fanOuts = new Map(outcome.fanOuts);
  for (const [nth, fanOut] of again.fanOuts) fanOuts.set(places[nth] ?? 0, fanOut);
  const claims = [...outcome.claims, ...again.claims];
  return { results, fanOuts, claims, due: [...outcome.due, ...again.due] };
}

/** A process died between the directory and the partition. True when the partition has one now that it had not. */
async function repairAll(copies: Routes<Store>, tenants: readonly TenantId[]): Promise<boolean> {
  const repaired = await Promise.all(
    [...new Set(tenants)].map((tenant) => repairTenant(copies, tenant).catch(() => false)),
  );
  return repaired.includes(true);
}

/** One transaction in each partition. What one cannot take is refused by itself, unless there is nothing else. */
async function publish(
  routes: Routes<Store>,
  publications: readonly Publication[],
  terms: PublishTerms,
): Promise<PublishOutcome> {
  const indexes = Map.groupBy(publications.keys(), (index) => placeOf(routes, publications[index]));
  const groups = [...indexes];
  const written = await Promise.allSettled(
    groups.map(([partition, group]) => {
      const own = group.map((index) => publications[index] ?? []);
      return routes.call(partition, (store) => store.events.publish(own, terms));
    }),
  );
  const refused = written.find((one) => one.status === 'rejected');
  if (refused !== undefined && written.every((one) => one.status === 'rejected')) throw refused.reason;
  const results: PublishOutcome['results'][number][] = publications.map(() => ({ kind: 'unavailable' }));
  const fanOuts = new Map<number, FanOut>();
  for (const [nth, one] of written.entries()) {
    const [partition, group] = groups[nth] ?? [];
    if (one.status === 'rejected') {
      if (!isUnavailable(one.reason)) throw one.reason;
      continue;
    }
    if (partition === undefined || group === undefined) continue;
    for (const [place, result] of one.value.results.entries()) results[group[place] ?? 0] = result;
    for (const [place, fanOut] of one.value.fanOuts) {
      fanOuts.set(group[place] ?? 0, { ...fanOut, partition: partition.number });
    }
  }
  return {
    results,
    fanOuts,
    claims: written.flatMap((one, nth) => {
      const [partition] = groups[nth] ?? [];
      return one.status === 'rejected' || partition === undefined ? [] : tag(one.value.claims, partition);
    }),
    due: written.flatMap((one) => (one.status === 'rejected' ? [] : one.value.due)),
  };
}

function placeOf(routes: Routes<Store>, publication: Publication | undefined): Partition<Store> {
  const tenant = publication?.[0]?.tenant ?? operatorTenant;
  const home = routes.homeOf(tenant);
  if (tenant !== operatorTenant || home.isUsable) return home;
  return routes.partitions.find((one) => one.isUsable) ?? home;
}
