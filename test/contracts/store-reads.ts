// Reading beside the store: on connections of its own, and bounded.
import { describe, expect, test } from 'vitest';
import type { DeliveryFilter, Page } from '#core/commands.ts';
import type { ListedEvent } from '#core/event.ts';
import type { TenantId } from '#core/tenant.ts';
import type { ReadStore } from '#store/store.ts';
import {
  exhausted,
  firstPage,
  inMode,
  live,
  only,
  openWorld,
  type OpenStore,
  result,
  start,
  type World,
} from './store-world.ts';

interface Pages {
  readonly ids: readonly string[];
  readonly sizes: readonly number[];
}

async function listAll(
  reads: ReadStore,
  tenant: TenantId,
  filter: DeliveryFilter,
  limit: number,
): Promise<Pages> {
  const ids: string[] = [];
  const sizes: number[] = [];
  let cursor: string | null = null;
  do {
    const page = await reads.deliveries.list(inMode(tenant, null), filter, { limit, cursor });
    ids.push(...page.items.map(({ id }) => id));
    sizes.push(page.items.length);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return { ids, sizes };
}

/** Deliveries of two endpoints and both modes: delivered, exhausted, waiting and held, one in eight of another type. */
async function fill(world: World, tenant: TenantId): Promise<void> {
  const endpoints = [await world.endpoint(tenant), await world.endpoint(tenant)];
  await world.endpoint(tenant, { mode: 'test' });
  await world.endpoint(tenant, { enabled: false, disabledReason: 'requested', disabledAt: start });
  for (let i = 0; i < 24; i++) {
    const now = start + i * 1000;
    const draft = world.draft(tenant, {
      type: i % 8 === 0 ? 'rare' : 'usual',
      mode: i % 5 === 0 ? 'test' : 'live',
    });
    const { claims } = await world.publish([draft], now, i % 3 === 0 ? 0 : 9);
    const owned = claims.filter(({ endpoint }) => endpoint !== endpoints[1]?.id || i % 2 === 0);
    if (owned.length > 0) {
      await world.record(
        owned.map((claim, nth) =>
          nth === 0 && i % 4 === 1
            ? result(claim, 'refused', now, exhausted)
            : result(claim, 'accepted', now),
        ),
        now,
      );
    }
  }
}

export function readsContract(open: OpenStore): void {
  describe('reading beside the store', () => {
    test('sees at once what was committed', async () => {
      const world = await openWorld(open);
      const reads = world.openReads();
      const tenant = await world.tenant();
      expect(await reads.tenants.get(tenant)).toMatchObject({ id: tenant });
      const endpoint = await world.endpoint(tenant);
      expect(await reads.endpoints.get(live(tenant), { id: endpoint.id })).toEqual(endpoint);
      for (let i = 0; i < 5; i++) {
        const { claims } = await world.publish([world.draft(tenant, { id: `e${i}` })], start + i, 9);
        const claim = only(claims);
        expect(await reads.events.get(live(tenant), `e${i}`)).toMatchObject({ deliveries: 1 });
        expect(await reads.deliveries.get(live(tenant), claim.id)).toMatchObject({
          delivery: { state: 'pending' },
        });
        await world.record([result(claim)], start + i);
        const { items } = await reads.deliveries.list(live(tenant), {}, firstPage);
        expect(items).toHaveLength(i + 1);
        expect(items[0]).toMatchObject({ id: claim.id, state: 'delivered' });
        const log = await reads.deliveries.listAttempts(live(tenant), null, firstPage);
        expect(log.items).toHaveLength(i + 1);
      }
    });

    test('visits a bounded number of rows for a page, and goes on from there', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await fill(world, tenant);
      const foreign = await world.tenant();
      await fill(world, foreign);
      const unbounded = world.openReads({ msMax: 60_000 });
      const bounded = world.openReads({ rowsMax: 1 });
      const event = (await unbounded.events.list(live(tenant), firstPage)).items[3]?.event.id ?? '';
      const endpoints = await unbounded.endpoints.list(live(tenant), { ...firstPage, offset: 0 });
      const filters: DeliveryFilter[] = [
        {},
        { eventType: 'rare' },
        { eventType: 'none' },
        { state: 'exhausted' },
        { state: 'exhausted', eventType: 'rare' },
        { state: 'held' },
        { state: 'pending', eventType: 'rare' },
        { event },
        { since: start + 3000, until: start + 20_000, eventType: 'usual' },
        ...endpoints.items.map(({ id: endpoint }) => ({ endpoint, eventType: 'rare' })),
      ];
      for (const filter of filters) {
        const expected = await listAll(unbounded, tenant, filter, 200);
        expect(expected.sizes).toHaveLength(1);
        expect(expected.ids).toEqual(expected.ids.toSorted().toReversed());
        for (const limit of [1, 3]) {
          const { ids, sizes } = await listAll(bounded, tenant, filter, limit);
          expect(ids, JSON.stringify(filter)).toEqual(expected.ids);
          expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
        }
      }
      const rare = await listAll(
        bounded,
        tenant,
        {
          state: 'delivered',
          endpoint: endpoints.items.at(-1)?.id ?? '',
          eventType: 'rare',
        } as DeliveryFilter,
        3,
      );
      expect(rare.sizes).toContain(0);
    });

    test('looks at events for a bounded time for a page, and goes on from there', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const drafts = Array.from({ length: 1100 }, (_, i) =>
        world.draft(tenant, { id: `e${i}`, type: i === 0 ? 'rare' : 'usual' }),
      );
      await world.publish(drafts, start, 1);
      const hurried = world.openReads({ msMax: 0 });
      const pages: (readonly string[])[] = [];
      for (let cursor: string | null = null; ;) {
        const page: Page<ListedEvent> = await hurried.events.list(
          live(tenant),
          { ...firstPage, cursor },
          { type: 'rare' },
        );
        pages.push(page.items.map(({ event }) => event.id));
        cursor = page.nextCursor;
        if (cursor === null) break;
      }
      expect(pages).toEqual([[], [], ['e0']]);
    });

    test('a page has a bound in bytes, and whole lists have none', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const eventTypes = Array.from({ length: 200 }, (_, n) => `type.${n}.${'x'.repeat(100)}`);
      const made: string[] = [];
      for (let n = 0; n < 60; n++) made.unshift((await world.endpoint(tenant, { eventTypes })).id);
      const reads = world.openReads();
      const query = { limit: 200, offset: 0 };
      const whole = await reads.endpoints.list(live(tenant), { ...query, cursor: null, isWhole: true });
      expect(whole.items.map(({ id }) => id)).toEqual(made);
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page: typeof whole = await reads.endpoints.list(live(tenant), { ...query, cursor });
        expect(page.items.length).toBeGreaterThan(0);
        expect(JSON.stringify(page.items).length).toBeLessThan(1.2 * 1024 * 1024);
        found.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(found).toEqual(made);
      // A log has the payload of each attempt.
      const text = 'y'.repeat(200_000);
      for (let n = 0; n < 12; n++) {
        const { claims } = await world.publish(
          [world.draft(tenant, { type: eventTypes[0] ?? '', text })],
          start + n,
          1,
        );
        await world.record(
          claims.slice(0, 1).map((claim) => result(claim)),
          start + n,
        );
      }
      const log = await reads.deliveries.listAttempts(live(tenant), null, { limit: 100, cursor: null });
      expect(log.items).toHaveLength(5);
      expect(log.nextCursor).not.toBeNull();
      const listed = await reads.events.list(live(tenant), firstPage);
      expect(listed.items).toHaveLength(12);
    });

    test('stops after its time', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await fill(world, tenant);
      let ms = 0;
      const slow = world.openReads({ now: () => (ms += 1000) });
      const whole = await listAll(
        world.openReads({ msMax: 60_000 }),
        tenant,
        { state: 'pending', eventType: 'rare' },
        50,
      );
      const { ids, sizes } = await listAll(slow, tenant, { state: 'pending', eventType: 'rare' }, 2);
      expect(ids).toEqual(whole.ids);
      expect(sizes.length).toBeGreaterThan(3);
    });
  });
}
