import type { EventDraft } from '#core/event.ts';
import { describe, expect, test } from 'vitest';
import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import {
  firstPage,
  inMode,
  leaseMs,
  live,
  only,
  openWorld,
  type OpenStore,
  result,
  start,
} from './store-world.ts';

const noPlaces = { now: start, leaseMs, capacity: () => 0 };

export function publishContract(open: OpenStore): void {
  describe('publish', () => {
    test('keeps the metadata of each event, for claims, lists and restarts', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id: endpoint } = await world.endpoint(tenant);
      const metadata = { order: '7', 'with "quotes"': '' };
      const drafts = [world.draft(tenant, { id: 'a', metadata }), world.draft(tenant, { id: 'b' })];
      const { claims } = await world.publish(drafts, start, 1);
      expect(claims.map(({ event }) => event.metadata)).toEqual([metadata]);
      await world.store.deliveries.release(claims, start);
      await world.reopen(start + 1);
      const again = await world.claim(endpoint, start + 1);
      const read = Object.fromEntries(again.map(({ event }) => [event.id, event.metadata]));
      expect(read).toEqual({ a: metadata, b: {} });
      const { items } = await world.store.events.list(live(tenant), firstPage);
      expect(items.map(({ event }) => event.metadata)).toEqual([{}, metadata]);
    });

    test('an endpoint that names a type and takes every type gets it once, in the order of ids', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const listening = [['order.paid'], ['*'], ['*', 'order.paid'], ['x', 'order.paid', 'order.paid']];
      const ids: EndpointId[] = [];
      for (const eventTypes of listening) ids.push((await world.endpoint(tenant, { eventTypes })).id);
      await world.endpoint(tenant, { eventTypes: ['order.paid.late'] });
      const { claims } = await world.publish([world.draft(tenant)], start, 9);
      expect(claims.map(({ endpoint }) => endpoint)).toEqual(ids);
    });

    test('finds endpoints by the prefixes of a type, each once, in the order of ids', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const selecting = [['order.*'], ['order.card.*', 'x'], ['order.card.paid', 'order.*', '*']];
      const others = [
        ['order'],
        ['order.card'],
        ['orders.*'],
        ['order.card.paid.*'],
        ['order.ca.*'],
        ['card.*'],
      ];
      const ids: EndpointId[] = [];
      for (const eventTypes of selecting) ids.push((await world.endpoint(tenant, { eventTypes })).id);
      for (const eventTypes of others) await world.endpoint(tenant, { eventTypes });
      const { claims } = await world.publish([world.draft(tenant, { type: 'order.card.paid' })], start, 9);
      expect(claims.map(({ endpoint }) => endpoint)).toEqual(ids);
      const query = { ...firstPage, offset: 0, eventType: 'order.card.paid' };
      const listed = await world.store.endpoints.list(live(tenant), query);
      expect(listed.items.map(({ id, eventTypes }) => [id, eventTypes])).toEqual(
        ids.map((id, index) => [id, selecting[index]]).toReversed(),
      );
      expect(listed.total).toBe(ids.length);
    });

    test('leaves out endpoints whose filters do not match, and counts them', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const filters = [
        { text: 'yes' },
        { text: 'no' },
        { $type: 'order.paid', $orderingKey: 'k' },
        { $mode: 'test' },
      ];
      const made: EndpointId[] = [];
      for (const filter of filters) made.push((await world.endpoint(tenant, { settings: { filter } })).id);
      const only = await world.endpoint(tenant);
      const draft = world.draft(tenant, { id: 'a', text: 'yes', orderingKey: 'k' });
      const asked = world.draft(tenant, { id: 'b', text: 'x', onlyEndpoint: made[0] ?? null });
      const { claims, results } = await world.publish([draft, asked], start, 9);
      expect(claims.map(({ endpoint, event }) => [event.id, endpoint])).toEqual([
        ['a', made[0]],
        ['a', made[2]],
        ['a', only.id],
        ['b', made[0]],
      ]);
      const counts = results.flatMap((one) => (one.kind === 'published' ? one.events : []));
      expect(counts.map(({ deliveries, filtered }) => [deliveries, filtered])).toEqual([
        [3, 2],
        [1, 0],
      ]);
      const stored = await world.store.events.get(live(tenant), 'a');
      expect(stored).toMatchObject({ deliveries: 3, filtered: 2 });
      const { endpoints } = world.store;
      await endpoints.change(live(tenant), { id: only.id }, () => ({
        now: start,
        isUrlUnique: false,
        settings: { filter: { text: 'other' } },
      }));
      const later = await world.publish([world.draft(tenant, { text: 'yes' })], start, 9);
      expect(later.claims.map(({ endpoint }) => endpoint)).toEqual([made[0]]);
    });

    test('counts an endpoint that several entries select once, whether its filter matches or not', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const several = ['*', 'order.*', 'order.paid'];
      const filters = [{ text: 'yes' }, { text: 'no' }, { text: { $startsWith: 'y' } }];
      const made: EndpointId[] = [];
      for (const filter of filters) {
        made.push((await world.endpoint(tenant, { eventTypes: several, settings: { filter } })).id);
      }
      const { id: whole } = await world.endpoint(tenant, { eventTypes: ['*'] });
      const { claims, results } = await world.publish([world.draft(tenant, { text: 'yes' })], start, 9);
      expect(claims.map(({ endpoint }) => endpoint)).toEqual([made[0], made[2], whole]);
      expect(results).toMatchObject([{ kind: 'published', events: [{ deliveries: 3, filtered: 1 }] }]);
    });

    test('writes the event and one delivery for each subscribed endpoint of its tenant and mode', async () => {
      const world = await openWorld(open);
      const [tenant, other] = [await world.tenant(), await world.tenant()];
      const all = await world.endpoint(tenant);
      const named = await world.endpoint(tenant, { eventTypes: ['x', 'order.paid'] });
      await world.endpoint(tenant, { eventTypes: ['order.pai', 'ORDER.PAID'] });
      await world.endpoint(tenant, { eventTypes: [] });
      await world.endpoint(tenant, { mode: 'test' });
      await world.endpoint(other);
      const draft = world.draft(tenant, {
        orderingKey: 'k',
        occurredAt: start - 9,
        traceparent: '00-ab-cd-01',
      });
      const { results, claims, due } = await world.publish([draft], start);
      const row = only(only(results.map((one) => (one.kind === 'published' ? one.events : []))));
      expect(row).toEqual({
        id: expect.stringMatching(/^evt_/),
        type: 'order.paid',
        mode: 'live',
        deliveries: 2,
        filtered: 0,
        createdAt: start,
        isReplayed: false,
        unsent: null,
      });
      expect(claims).toEqual([]);
      expect(due.toSorted()).toEqual([all.id, named.id].toSorted());
      const stored = await world.store.events.get(live(tenant), row.id);
      expect(stored?.deliveries).toBe(2);
      const { onlyEndpoint: _, isNumbered: __, payload, ...kept } = draft;
      expect(stored?.event).toMatchObject({ ...kept, id: row.id, createdAt: start });
      expect(Buffer.from(stored?.event.payload ?? []).equals(payload)).toBe(true);
      const { items } = await world.store.deliveries.list(live(tenant), { event: row.id }, firstPage);
      expect(items.map((delivery) => delivery.endpoint).toSorted()).toEqual([all.id, named.id].toSorted());
      expect(items[0]).toMatchObject({
        state: 'pending',
        attempts: 0,
        eventType: 'order.paid',
        orderingKey: 'k',
        dueAt: start,
        createdAt: start,
        endedAt: null,
      });
      expect(await world.store.events.get(live(other), row.id)).toBeNull();
      expect(await world.store.events.get(inMode(tenant, 'test'), row.id)).toBeNull();
    });

    test('keeps any bytes as they are', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await world.endpoint(tenant);
      const payload = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 256));
      await world.publish([world.draft(tenant, { id: 'big', payload })]);
      const stored = await world.store.events.get(live(tenant), 'big');
      expect(Buffer.from(stored?.event.payload ?? []).equals(payload)).toBe(true);
    });

    test('claims at once what there are places for, and leaves the rest due', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const endpoint = await world.endpoint(tenant);
      const drafts = [1, 2, 3].map(() => world.draft(tenant));
      let asked = 0;
      const { claims, due } = await world.store.events.publish([drafts], {
        now: start,
        leaseMs,
        capacity: () => (asked++, 2),
      });
      expect(asked).toBe(1);
      expect(claims).toHaveLength(2);
      expect(due).toEqual([endpoint.id]);
      expect(claims[0]).toMatchObject({
        lease: 1,
        leaseUntil: start + leaseMs,
        endpoint: endpoint.id,
        revision: 1,
        attempts: 0,
        step: 0,
        firstDueAt: start,
        trigger: 'schedule',
        scheduledAt: null,
        replay: null,
        wasDelivered: false,
        event: { type: 'order.paid', orderingKey: null },
      });
      expect(await world.claim(endpoint.id, start)).toHaveLength(1);
      expect(
        await world.record(
          claims.map((claim) => result(claim)),
          start,
        ),
      ).toMatchObject({ stale: 0 });
    });

    test('numbers the events of a tenant that ask for it, for claims and restarts', async () => {
      const world = await openWorld(open);
      const [tenant, other] = [await world.tenant(), await world.tenant()];
      const { id: endpoint } = await world.endpoint(tenant);
      const numbered = (id: string, mode: 'live' | 'test' = 'live') =>
        world.draft(tenant, { id, mode, isNumbered: true });
      const foreign = Array.from({ length: 9 }, () => world.draft(other, { isNumbered: true }));
      await world.publish([numbered('a'), ...foreign, world.draft(tenant, { id: 'none' })], start, 0);
      // A repetition and a refused publication take no number.
      await world.publish([numbered('a'), numbered('b', 'test')], start, 0);
      const refused = [numbered('c'), world.draft(tenant, { id: 'a', text: 'other' })];
      const { results } = await world.store.events.publish([refused], noPlaces);
      expect(results).toMatchObject([{ kind: 'id_reused' }]);
      const { claims } = await world.publish([numbered('d')], start, 1);
      expect(claims.map(({ event }) => event.number)).toEqual([3]);
      await world.store.deliveries.release(claims, start);
      await world.reopen(start + 1);
      await world.publish([numbered('e')], start + 1, 0);
      const read = (await world.claim(endpoint, start + 1)).map(({ event }) => [event.id, event.number]);
      expect(Object.fromEntries(read)).toEqual({ a: 1, d: 3, e: 4, none: null });
      const test = await world.store.events.get(inMode(tenant, 'test'), 'b');
      expect(test?.event.number).toBe(2);
    });

    test('shares the event between the deliveries it led to', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await world.endpoint(tenant);
      await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 1);
      expect(claims).toHaveLength(2);
      expect(claims[0]?.event).toBe(claims[1]?.event);
    });

    test('takes the same content in another form for the same event, and names what differs', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const written = {
        id: 'mine',
        payload: Buffer.from('{"a":1.50,"b":[1,2]}'),
        orderingKey: 'k',
        occurredAt: 7,
      };
      const first = world.draft(tenant, written);
      await world.publish([first], start);
      const like = (more: Partial<EventDraft>) => [world.draft(tenant, { ...written, ...more })];
      const { results } = await world.store.events.publish(
        [
          like({ payload: Buffer.from('{ "b":[1, 2], "a":1.50 }') }),
          like({ occurredAt: null }),
          like({ payload: Buffer.from('{"a":1.5,"b":[1,2]}') }),
          like({ orderingKey: null, occurredAt: 8, type: 'order.lost' }),
          [world.draft(tenant), ...like({ orderingKey: 'l' })],
        ],
        { now: start, leaseMs: 60_000, capacity: () => 0 },
      );
      expect(results).toMatchObject([
        { kind: 'published', events: [{ id: 'mine', isReplayed: true }] },
        { kind: 'published', events: [{ id: 'mine', isReplayed: true }] },
        { kind: 'id_reused', index: 0, differs: ['payload'] },
        { kind: 'id_reused', index: 0, differs: ['type', 'orderingKey', 'occurredAt'] },
        { kind: 'id_reused', index: 1, differs: ['orderingKey'] },
      ]);
    });

    test('answers a repetition as the first time, and refuses other content under the same id', async () => {
      const world = await openWorld(open);
      const [tenant, other] = [await world.tenant(), await world.tenant()];
      await world.endpoint(tenant);
      await world.endpoint(tenant, { settings: { filter: { text: 'another' } } });
      const draft = world.draft(tenant, { id: 'mine' });
      await world.publish([draft], start);
      await world.endpoint(tenant);
      const again = await world.publish([draft, world.draft(tenant, { id: 'mine' })], start + 1000);
      expect(again.results).toEqual([
        {
          kind: 'published',
          events: [
            {
              id: 'mine',
              type: 'order.paid',
              mode: 'live',
              deliveries: 1,
              filtered: 1,
              createdAt: start,
              isReplayed: true,
              unsent: null,
            },
          ],
        },
        { kind: 'id_reused', id: 'mine', index: 0, differs: ['payload'] },
      ]);
      expect(again.due).toEqual([]);
      const elsewhere = [
        world.draft(other, { id: 'mine' }),
        world.draft(tenant, { id: 'mine', mode: 'test' }),
      ];
      const { results } = await world.publish(elsewhere, start);
      expect(results).toMatchObject([
        { kind: 'published', events: [{ isReplayed: false }] },
        { kind: 'published', events: [{ isReplayed: false }] },
      ]);
      expect((await world.store.deliveries.list(live(tenant), {}, firstPage)).items).toHaveLength(1);
    });

    test('knows repetitions within one batch and within one publication', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await world.endpoint(tenant);
      const draft = world.draft(tenant, { id: 'mine' });
      const reused = world.draft(tenant, { id: 'mine' });
      const { results } = await world.store.events.publish([[draft, draft], [draft], [reused]], noPlaces);
      expect(results).toMatchObject([
        { kind: 'published', events: [{ isReplayed: false }, { isReplayed: true, deliveries: 1 }] },
        { kind: 'published', events: [{ isReplayed: true }] },
        { kind: 'id_reused', id: 'mine', index: 0, differs: ['payload'] },
      ]);
      expect((await world.store.events.list(live(tenant), firstPage)).items).toHaveLength(1);
      expect(await world.store.deliveries.countWaiting()).toBe(1);
    });

    test('accepts a publication as a whole or not at all, independent of the others', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const endpoint = await world.endpoint(tenant);
      const foreign = await world.endpoint(await world.tenant());
      const gone = 'nobody' as TenantId;
      const { results } = await world.store.events.publish(
        [
          [world.draft(tenant, { id: 'a' }), world.draft(gone)],
          [world.draft(tenant, { id: 'b' }), world.draft(tenant, { id: 'b' })],
          [world.draft(tenant, { id: 'c' }), world.draft(tenant, { onlyEndpoint: foreign.id })],
          [world.draft(tenant, { id: 'd' }), world.draft(tenant, { id: 'e' })],
          [world.draft(tenant, { id: 'a', text: 'now another' })],
        ],
        noPlaces,
      );
      expect(results).toMatchObject([
        { kind: 'tenant_not_found', tenant: gone },
        { kind: 'id_reused', id: 'b' },
        { kind: 'endpoint_not_found', endpoint: foreign.id },
        { kind: 'published', events: [{ id: 'd' }, { id: 'e' }] },
        { kind: 'published', events: [{ id: 'a', isReplayed: false }] },
      ]);
      const { items } = await world.store.events.list(live(tenant), firstPage);
      expect(items.map(({ event }) => event.id)).toEqual(['a', 'e', 'd']);
      expect(await world.claim(endpoint.id, start)).toHaveLength(3);
    });

    test('sends an event for one endpoint to that one only, for any subscription', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const [asked, other] = [await world.endpoint(tenant, { eventTypes: [] }), await world.endpoint(tenant)];
      const { due } = await world.publish([world.draft(tenant, { onlyEndpoint: asked.id })]);
      expect(due).toEqual([asked.id]);
      expect(await world.claim(other.id, start)).toEqual([]);
      const removed = await world.endpoint(tenant);
      await world.store.endpoints.remove(live(tenant), { id: removed.id }, start);
      for (const onlyEndpoint of [removed.id, 'ep_nothing' as EndpointId]) {
        const { results } = await world.publish([world.draft(tenant, { onlyEndpoint })]);
        expect(results).toEqual([{ kind: 'endpoint_not_found', endpoint: onlyEndpoint }]);
      }
    });

    test('sees each change of endpoints at the next publish', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const reached = async () => (await world.publish([world.draft(tenant)], start, 1)).claims.length;
      expect(await reached()).toBe(0);
      const { id } = await world.endpoint(tenant);
      expect(await reached()).toBe(1);
      const change = { now: start, isUrlUnique: false };
      await world.store.endpoints.change(live(tenant), { id }, () => ({ ...change, eventTypes: ['other'] }));
      expect(await reached()).toBe(0);
      await world.store.endpoints.change(live(tenant), { id }, () => ({
        ...change,
        eventTypes: ['order.paid'],
      }));
      const { claims } = await world.publish([world.draft(tenant)], start, 1);
      expect(only(claims).revision).toBe(3);
      await world.store.endpoints.remove(live(tenant), { id }, start);
      expect(await reached()).toBe(0);
    });

    test('tells ids and keys apart by every character, also by those that are no text', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await world.endpoint(tenant);
      const odd = ['a', 'A', 'á', 'a\u0301', 'a ', 'a\u0000', 'a\u0000b', '\ud800', "'", '"\\', '😀'];
      const drafts = odd.map((id) => world.draft(tenant, { id, orderingKey: id }));
      const first = await world.publish(drafts, start, 99);
      expect(first.claims).toHaveLength(odd.length);
      const again = await world.publish(drafts, start, 99);
      const replayed = again.results.map((one) => one.kind === 'published' && one.events[0]?.isReplayed);
      expect(replayed).toEqual(odd.map(() => true));
      const behind = odd.map((orderingKey) => world.draft(tenant, { orderingKey }));
      expect((await world.publish(behind, start, 99)).claims).toEqual([]);
      await world.record(
        first.claims.map((claim) => result(claim)),
        start,
      );
      expect(await world.claim(only(first.claims.slice(0, 1)).endpoint, start)).toHaveLength(odd.length);
    });

    test('of nothing is nothing', async () => {
      const { store } = await openWorld(open);
      expect(await store.events.publish([], noPlaces)).toEqual({
        results: [],
        fanOuts: new Map(),
        claims: [],
        due: [],
      });
    });
  });

  describe('events', () => {
    test('are listed newest first within their tenant and mode', async () => {
      const world = await openWorld(open);
      const [tenant, other] = [await world.tenant(), await world.tenant()];
      for (let i = 0; i < 5; i++) {
        const mode = i === 3 ? 'test' : 'live';
        await world.publish([world.draft(tenant, { id: `e${i}`, mode }), world.draft(other)], start + i);
      }
      const list = async (mode: 'live' | 'test' | null, limit: number, cursor: string | null) => {
        const page = await world.store.events.list(inMode(tenant, mode), { limit, cursor });
        return { ids: page.items.map(({ event }) => event.id), next: page.nextCursor };
      };
      const first = await list('live', 3, null);
      expect(first.ids).toEqual(['e4', 'e2', 'e1']);
      expect(await list('live', 3, first.next)).toEqual({ ids: ['e0'], next: null });
      expect((await list('test', 3, null)).ids).toEqual(['e3']);
      expect((await list(null, 9, null)).ids).toEqual(['e4', 'e3', 'e2', 'e1', 'e0']);
    });

    test('of both modes under one id: the live one is the answer', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await world.publish([world.draft(tenant, { id: 'x', mode: 'test' })]);
      expect((await world.store.events.get(inMode(tenant, null), 'x'))?.event.mode).toBe('test');
      await world.publish([world.draft(tenant, { id: 'x', mode: 'live' })]);
      expect((await world.store.events.get(inMode(tenant, null), 'x'))?.event.mode).toBe('live');
    });
  });
}
