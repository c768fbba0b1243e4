import { describe, expect, test } from 'vitest';
import type { EndpointId } from '#core/endpoint.ts';
import type { EventDraft, Publication } from '#core/event.ts';
import type { TenantId } from '#core/tenant.ts';
import type { FanOut, PublishOutcome } from '#store/store.ts';
import { leaseMs, live, only, type OpenStore, openWorld, result, start, type World } from './store-world.ts';

const terms = { now: start, leaseMs, capacity: () => 1000 };

export function fanOutContract(open: OpenStore): void {
  describe('a publication with more deliveries than one transaction writes', () => {
    test('is accepted with its events, and its deliveries follow in pieces', async () => {
      const { world, tenant, endpoints, publication } = await large(open);
      const { results, claims, fanOut } = await stage(world, publication);
      expect(claims).toEqual([]);
      expect(deliveriesOf(results)).toEqual(publication.map(() => endpoints.length));
      expect((await world.store.events.get(live(tenant), 'event-59'))?.deliveries).toBe(endpoints.length);
      expect(await count(world, tenant)).toBe(0);
      const again = await world.store.events.publish([publication], terms);
      expect(again.fanOuts.size).toBe(0);
      expect(deliveriesOf(again.results)).toEqual(deliveriesOf(results));
      const piece = await world.store.events.fanOut(fanOut, 400, start);
      expect(await count(world, tenant)).toBe(400);
      expect(piece?.due).toEqual(endpoints);
      await finish(world, piece?.rest ?? null);
      await expectWhole(world, tenant, endpoints, publication);
      expect(await world.store.events.takeFanOuts()).toEqual([]);
    });

    test('is completed after a crash between two pieces, also when the endpoints have changed', async () => {
      const { world, tenant, endpoints, publication } = await large(open);
      const { fanOut } = await stage(world, publication);
      await world.store.events.fanOut(fanOut, 409, start);
      await world.reopen(start + 1);
      await world.endpoint(tenant);
      const left = only(await world.store.events.takeFanOuts());
      expect(left).toEqual({ ...fanOut, written: 409 });
      expect(await world.store.events.takeFanOuts()).toEqual([]);
      await finish(world, left);
      await expectWhole(world, tenant, endpoints, publication);
      await world.reopen(start + 2);
      expect(await world.store.events.takeFanOuts()).toEqual([]);
    });

    test('numbers its events if they ask for it, after those of before', async () => {
      const { world, tenant, endpoints, publication } = await large(open, { isNumbered: true });
      await world.publish([world.draft(tenant, { isNumbered: true })], start, 0);
      const { fanOut } = await stage(world, publication);
      await finish(world, fanOut);
      const numbers = [];
      for (const { id } of publication) {
        numbers.push((await world.store.events.get(live(tenant), id ?? ''))?.event.number);
      }
      expect(numbers).toEqual(publication.map((_, nth) => nth + 2));
      expect(await count(world, tenant)).toBe(endpoints.length * (publication.length + 1));
    });

    test('keeps the order of the events of a key, and does not notify disabled endpoints', async () => {
      const { world, tenant, endpoints, publication } = await large(open, { orderingKey: 'k' });
      const [first = '' as EndpointId, disabled = '' as EndpointId] = endpoints;
      const enabled = { value: false, reason: 'requested' } as const;
      await world.store.endpoints.change(live(tenant), { id: disabled }, () => {
        return { now: start, isUrlUnique: false, enabled };
      });
      const { fanOut } = await stage(world, publication);
      const piece = await world.store.events.fanOut(fanOut, 400, start);
      expect(piece?.due).toEqual(endpoints.filter((id) => id !== disabled));
      await finish(world, piece?.rest ?? null);
      for (const { id } of publication) {
        const claims = await world.claim(first, start);
        expect(claims.map(({ event }) => event.id)).toEqual([id]);
        await world.record([result(only(claims), 'accepted')], start);
      }
    });
  });

  test('publications that do not fit into a transaction are deferred, and small ones are not', async () => {
    const { world, tenant, endpoints } = await large(open);
    const other = await world.tenant();
    await world.endpoint(other);
    const drafts = Array.from({ length: 45 }, (_, nth) => world.draft(tenant, { id: `single-${nth}` }));
    const publications = [...drafts, world.draft(other)].map((draft) => [draft]);
    const { results, claims, fanOuts } = await world.store.events.publish(publications, terms);
    expect(fanOuts.size).toBe(0);
    const kinds = results.map(({ kind }) => kind);
    expect(kinds).toEqual([
      ...Array<string>(40).fill('published'),
      ...Array<string>(5).fill('deferred'),
      'published',
    ]);
    expect(claims).toHaveLength(40 * endpoints.length + 1);
    expect(await world.store.events.get(live(tenant), 'single-40')).toBeNull();
    const deferred = publications.filter((_, index) => kinds[index] === 'deferred');
    const later = await world.store.events.publish(deferred, terms);
    expect(later.results.map(({ kind }) => kind)).toEqual(Array<string>(5).fill('published'));
    expect(await count(world, tenant)).toBe(45 * endpoints.length);
  });
}

interface Large {
  readonly world: World;
  readonly tenant: TenantId;
  readonly endpoints: readonly EndpointId[];
  /** 60 events, each for 25 endpoints. */
  readonly publication: Publication;
}

async function large(open: OpenStore, more: Partial<EventDraft> = {}): Promise<Large> {
  const world = await openWorld(open);
  const tenant = await world.tenant();
  const endpoints: EndpointId[] = [];
  for (let i = 0; i < 25; i++) endpoints.push((await world.endpoint(tenant)).id);
  const ids = Array.from({ length: 60 }, (_, nth) => `event-${nth}`);
  return { world, tenant, endpoints, publication: ids.map((id) => world.draft(tenant, { id, ...more })) };
}

async function stage(world: World, publication: Publication): Promise<PublishOutcome & { fanOut: FanOut }> {
  const outcome = await world.store.events.publish([publication], terms);
  return { ...outcome, fanOut: only([...outcome.fanOuts.values()]) };
}

async function finish(world: World, left: FanOut | null): Promise<void> {
  for (let fanOut = left; fanOut !== null;) {
    fanOut = (await world.store.events.fanOut(fanOut, 400, start))?.rest ?? null;
  }
}

function deliveriesOf(results: PublishOutcome['results']): number[] {
  return results.flatMap((one) =>
    one.kind === 'published' ? one.events.map((event) => event.deliveries) : [],
  );
}

async function count(world: World, tenant: TenantId): Promise<number> {
  return (await listAll(world, tenant)).length;
}

async function listAll(world: World, tenant: TenantId, more: { event?: string } = {}) {
  const found = [];
  for (let cursor: string | null = null; ;) {
    const page = { limit: 200, cursor };
    const { items, nextCursor } = await world.store.deliveries.list(live(tenant), more, page);
    found.push(...items);
    cursor = nextCursor;
    if (cursor === null) return found;
  }
}

/** Expects one delivery of each event for each endpoint, found by the event too. */
async function expectWhole(
  world: World,
  tenant: TenantId,
  endpoints: readonly EndpointId[],
  publication: Publication,
): Promise<void> {
  expect(await count(world, tenant)).toBe(endpoints.length * publication.length);
  for (const { id } of publication) {
    const found = await listAll(world, tenant, { event: id ?? '' });
    expect(found.map(({ endpoint }) => endpoint).toSorted()).toEqual(endpoints);
  }
}
