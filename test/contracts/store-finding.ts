import { describe, expect, test } from 'vitest';
import type { AttemptFilter, DeliveryFilter, EndpointFilter, EventFilter } from '#core/commands.ts';
import { goodHealth } from '#core/endpoint.ts';
import { idToUuid } from '#lib/ids.ts';
import type { WideScope } from '#core/tenant.ts';
import {
  exhausted,
  firstPage,
  live,
  only,
  openWorld,
  type OpenStore,
  result,
  start,
  type World,
} from './store-world.ts';

const everything: WideScope = { tenant: null, mode: null };

/** Every page, each of at most `limit`. */
async function readAll<T>(
  limit: number,
  read: (page: {
    limit: number;
    cursor: string | null;
  }) => Promise<{ items: readonly T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page = await read({ limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

async function find(world: World, filter: DeliveryFilter, scope = everything, limit = 3): Promise<string[]> {
  const all = await readAll(limit, (page) => world.store.deliveries.list(scope, filter, page));
  return all.map(({ id }) => id);
}

/** Two tenants in two modes, with deliveries that ended in every way, newest first. */
async function openLog(open: OpenStore) {
  const world = await openWorld(open);
  const tenants = [await world.tenant(), await world.tenant()];
  for (const tenant of tenants) {
    await world.endpoint(tenant);
    await world.endpoint(tenant, { mode: 'test' });
  }
  const endings = [
    { outcome: 'accepted', status: 200 },
    { outcome: 'refused', status: 503, more: exhausted },
    { outcome: 'refused', status: 404 },
    { outcome: 'unreachable', status: null, more: exhausted },
    null,
  ] as const;
  const ids: string[] = [];
  for (const [index, ending] of [...endings, ...endings].entries()) {
    for (const tenant of tenants) {
      const mode = index % 2 === 0 ? 'live' : 'test';
      const draft = world.draft(tenant, { id: `e${index}`, mode, type: index < 5 ? 'a' : 'b' });
      const claim = only((await world.publish([draft], start + index, 1)).claims);
      ids.unshift(claim.id);
      if (ending === null) continue;
      const { outcome, status, more } = { more: {}, ...ending };
      const error = status === null ? { code: 'timeout' as const, message: 'late' } : null;
      await world.record(
        [result(claim, outcome, start + index, { ...more, attempt: { status, error } })],
        start + index,
      );
    }
  }
  const details = await Promise.all(
    ids.map(async (id) =>
      only((await world.store.deliveries.list(everything, { wireId: id }, firstPage)).items),
    ),
  );
  return { world, tenants, ids, details };
}

export function findingContract(open: OpenStore): void {
  describe('finding over all tenants', () => {
    test('lists all deliveries newest first, whole, and the same however they are paged', async () => {
      const { world, ids, details } = await openLog(open);
      expect(details.map(({ id }) => id)).toEqual(ids);
      for (const limit of [1, 3, 50]) expect(await find(world, {}, everything, limit)).toEqual(ids);
    });

    test('filters by tenant, mode, state, endpoint, type, time and how the last attempt ended', async () => {
      const { world, tenants, details } = await openLog(open);
      const where = (test: (row: (typeof details)[number]) => boolean) =>
        details.filter(test).map((row) => row.id);
      for (const state of ['pending', 'held', 'delivered', 'exhausted', 'canceled'] as const) {
        expect(await find(world, { state })).toEqual(where((row) => row.state === state));
        for (const tenant of tenants) {
          const own = where((row) => row.state === state && row.tenant === tenant);
          expect(await find(world, { state }, { tenant, mode: null })).toEqual(own);
        }
      }
      const inTest = where((row) => row.mode === 'test');
      expect(inTest).toHaveLength(10);
      expect(await find(world, {}, { tenant: null, mode: 'test' })).toEqual(inTest);
      const { endpoint } = details[0] ?? { endpoint: undefined };
      if (endpoint === undefined) throw new Error('there are deliveries');
      const ofEndpoint = where((row) => row.endpoint === endpoint);
      expect(await find(world, { endpoint })).toEqual(ofEndpoint);
      expect(await find(world, { endpoint, state: 'exhausted' })).toEqual(
        where((row) => row.endpoint === endpoint && row.state === 'exhausted'),
      );
      expect(await find(world, { eventType: 'a' })).toEqual(where((row) => row.eventType === 'a'));
      const [since, until] = [start + 2, start + 7];
      const within = where((row) => row.createdAt >= since && row.createdAt < until);
      expect(within).toHaveLength(10);
      expect(await find(world, { since, until })).toEqual(within);
      for (const scope of [everything, { tenant: tenants[0] ?? null, mode: null }]) {
        const isOwn = (row: (typeof details)[number]) => scope.tenant === null || row.tenant === scope.tenant;
        for (const status of [
          { from: 200, to: 299 },
          { from: 503, to: 503 },
          { from: 400, to: 499 },
          { from: 500, to: 599 },
        ]) {
          const expected = where(
            (row) =>
              isOwn(row) &&
              (row.lastAttempt?.status ?? 0) >= status.from &&
              (row.lastAttempt?.status ?? 0) <= status.to,
          );
          expect(expected.length).toBeGreaterThan(0);
          expect(await find(world, { status }, scope)).toEqual(expected);
        }
        const late = where((row) => isOwn(row) && row.lastAttempt?.error === 'timeout');
        expect(late.length).toBeGreaterThan(0);
        expect(await find(world, { error: 'timeout' }, scope)).toEqual(late);
        expect(await find(world, { error: 'tls_failed' }, scope)).toEqual([]);
      }
    });

    test('shows the last attempt of each delivery, and filters by that one alone', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id: endpoint } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 1);
      const { id } = only(claims);
      await world.record([result(only(claims), 'refused', start, { attempt: { status: 500 } })], start);
      const retry = only(await world.claim(endpoint, start + 60_000));
      const late = { status: null, error: { code: 'timeout' as const, message: 'late' }, durationMs: 7 };
      await world.record([result(retry, 'unreachable', start + 60_000, { attempt: late })], start + 60_000);
      const lastAttempt = { status: null, error: 'timeout', durationMs: 7 };
      expect(only((await world.store.deliveries.list(live(tenant), {}, firstPage)).items)).toMatchObject({
        lastAttempt,
      });
      expect((await world.store.deliveries.get(live(tenant), id))?.delivery).toMatchObject({ lastAttempt });
      expect(await find(world, { error: 'timeout' })).toEqual([id]);
      expect(await find(world, { status: { from: 500, to: 500 } })).toEqual([]);
    });

    test('finds held and canceled deliveries of disabled and removed endpoints', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const kept = await world.endpoint(tenant);
      const off = await world.endpoint(tenant, { enabled: false, disabledReason: 'gone', disabledAt: start });
      const gone = await world.endpoint(tenant);
      await world.publish([world.draft(tenant)]);
      await world.store.endpoints.remove(live(tenant), { id: gone.id }, start + 1);
      const of = async (state: 'pending' | 'held' | 'canceled') =>
        (await world.store.deliveries.list(everything, { state }, firstPage)).items.map(
          (row) => row.endpoint,
        );
      expect([await of('pending'), await of('held'), await of('canceled')]).toEqual([
        [kept.id],
        [off.id],
        [gone.id],
      ]);
    });

    test('finds a delivery by every id that a receiver is shown', async () => {
      const world = await openWorld(open);
      const [one, other] = [await world.tenant(), await world.tenant()];
      // Takes the first sequence number, so that no other event has the number that is looked for.
      await world.publish([world.draft(one)]);
      for (const tenant of [one, other]) await world.endpoint(tenant);
      const { claims } = await world.publish(
        [
          world.draft(one, { id: 'same' }),
          world.draft(other, { id: 'same' }),
          world.draft(one, { id: 'else', isNumbered: true }),
        ],
        start,
        9,
      );
      const [first, second, third] = [
        ['same', one],
        ['same', other],
        ['else', one],
      ].map(([id, tenant]) => claims.find(({ event }) => event.id === id && event.tenant === tenant));
      if (first === undefined || second === undefined || third === undefined)
        throw new Error('three were published');
      await world.record([result(first)], start);
      expect((await find(world, { wireId: 'same' })).toSorted()).toEqual([first.id, second.id].toSorted());
      expect(await find(world, { wireId: 'same' }, { tenant: other, mode: null })).toEqual([second.id]);
      for (const { id, event } of [first, third]) {
        for (const wireId of [id, idToUuid(id), String(event.number ?? event.seq)]) {
          expect(await find(world, { wireId })).toEqual([id]);
          expect(await find(world, { wireId }, live(one))).toEqual([id]);
          expect(await find(world, { wireId }, live(other))).toEqual([]);
        }
      }
      for (const wireId of ['nothing', '0', '99999999999999999999', 'dlv_nothing']) {
        expect(await find(world, { wireId })).toEqual([]);
      }
    });

    test('finds attempts by how they ended, newest first', async () => {
      const { world, tenants } = await openLog(open);
      const read = (filter: AttemptFilter, scope = everything, limit = 3) =>
        readAll(limit, (page) => world.store.deliveries.findAttempts(scope, filter, page));
      const all = await read({});
      expect(all).toHaveLength(16);
      expect(all.map(({ startedAt }) => startedAt)).toEqual(
        all.map(({ startedAt }) => startedAt).toSorted((a, b) => b - a),
      );
      expect(all[0]).toMatchObject({
        event: 'e8',
        eventType: 'b',
        mode: 'live',
        error: { code: 'timeout' },
        number: 1,
      });
      const same = async (
        filter: AttemptFilter,
        test: (row: (typeof all)[number]) => boolean,
        scope = everything,
      ) => {
        const expected = all.filter(test);
        expect(expected.length).toBeGreaterThan(0);
        expect(await read(filter, scope)).toEqual(expected);
      };
      await same({ outcome: 'refused' }, (row) => row.outcome === 'refused');
      await same({ status: { from: 500, to: 599 } }, (row) => row.status === 503);
      await same({ error: 'timeout' }, (row) => row.error !== null);
      await same({ eventType: 'a' }, (row) => row.eventType === 'a');
      await same({ since: start - 15 }, (row) => row.startedAt >= start - 15);
      await same({ until: start - 15 }, (row) => row.startedAt < start - 15);
      await same({}, (row) => row.mode === 'test', { tenant: null, mode: 'test' });
      const [tenant = null] = tenants;
      await same({ outcome: 'accepted' }, (row) => row.tenant === tenant && row.outcome === 'accepted', {
        tenant,
        mode: null,
      });
      const endpoint = all[0]?.endpoint;
      if (endpoint !== undefined) await same({ endpoint }, (row) => row.endpoint === endpoint);
      expect(await read({ error: 'tls_failed' })).toEqual([]);
    });

    test('lists the endpoints that need a person, and why', async () => {
      const world = await openWorld(open);
      const [one, other] = [await world.tenant(), await world.tenant()];
      const health = { failureCount: 4, firstFailureAt: start, lastFailureAt: start + 1 };
      const failing = await world.endpoint(one, { health: { ...goodHealth, ...health } });
      await world.endpoint(one, { health: { ...goodHealth, failureCount: 2 } });
      const off = { enabled: false, disabledAt: start };
      const gone = await world.endpoint(other, { ...off, disabledReason: 'gone' });
      await world.endpoint(other, { ...off, disabledReason: 'requested' });
      const busy = await world.endpoint(other, { eventTypes: ['busy'] });
      const removed = await world.endpoint(other, { ...off, disabledReason: 'failing' });
      await world.store.endpoints.remove(live(other), { id: removed.id }, start);
      const both = await world.endpoint(one, {
        eventTypes: ['busy'],
        health: { ...goodHealth, ...health, failureCount: 3 },
      });
      await world.publish(
        [world.draft(one), world.draft(other), world.draft(other, { type: 'busy' })],
        start,
      );
      await world.publish([world.draft(one, { type: 'busy' })], start + 10);
      const list = (failuresMin: number, dueBefore: number, limit = 50) =>
        readAll(limit, (page) => world.store.endpoints.listAttention({ failuresMin, dueBefore }, page));
      const facts = (all: Awaited<ReturnType<typeof list>>) =>
        all.map(({ endpoint, troubles, waiting, oldestDueAt }) => [
          endpoint.id,
          troubles,
          waiting,
          oldestDueAt,
        ]);
      const calm = [
        [failing.id, ['failing'], 2, null],
        [gone.id, ['disabled'], 2, null],
        [both.id, ['failing'], 1, null],
      ];
      expect(facts(await list(3, start))).toEqual(calm);
      const late = await list(4, start + 1);
      expect(facts(late).filter(([id]) => id === failing.id || id === busy.id)).toEqual([
        [failing.id, ['failing', 'backlog'], 2, start],
        [busy.id, ['backlog'], 1, start],
      ]);
      expect(facts(late).some(([id]) => id === both.id || id === removed.id)).toBe(false);
      const all = facts(await list(3, start + 11));
      expect(all.find(([id]) => id === both.id)).toEqual([both.id, ['failing', 'backlog'], 1, start + 10]);
      for (const limit of [1, 2]) expect(facts(await list(3, start + 11, limit))).toEqual(all);
    });

    test('looks for a bounded time at endpoints with something waiting, and goes on from there', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      // More than one answer looks at: several databases give an answer of up to four searches, of 100 endpoints each.
      const types = Array.from({ length: 8 }, (_, index) => `usual.${index}`);
      for (const type of types) {
        await Promise.all(Array.from({ length: 60 }, () => world.endpoint(tenant, { eventTypes: [type] })));
      }
      const { id } = await world.endpoint(tenant, { eventTypes: ['early'] });
      await world.publish([world.draft(tenant, { type: 'early' })], start);
      for (const type of types) await world.publish([world.draft(tenant, { type })], start + 10);
      const hurried = world.openReads({ msMax: 0 });
      const terms = { failuresMin: 3, dueBefore: start + 1 };
      const first = await hurried.endpoints.listAttention(terms, firstPage);
      expect(first.items).toEqual([]);
      expect(first.nextCursor).not.toBeNull();
      const all = await readAll(50, (page) => hurried.endpoints.listAttention(terms, page));
      expect(all.map(({ endpoint }) => endpoint.id)).toEqual([id]);
    });

    test('counts what a list has, up to a bound', async () => {
      const { world, tenants } = await openLog(open);
      const [tenant = null] = tenants;
      const count = (filter: DeliveryFilter, max = 100, scope: WideScope = { tenant, mode: null }) =>
        world.store.deliveries.count(scope, filter, max);
      expect(await count({})).toBe(10);
      expect(await count({}, 3)).toBe(3);
      expect(await count({ state: 'exhausted' })).toBe(4);
      expect(await count({ state: 'exhausted', since: start + 4 })).toBe(2);
      expect(await count({}, 100, everything)).toBe(20);
      expect(await count({}, 7, everything)).toBe(7);
    });

    test('finds events by type, time, ordering key, or because no endpoint received them', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const drafts = (hour: number) => [
        world.draft(tenant, { id: `paid ${hour}`, type: 'paid', orderingKey: `key ${hour % 2}` }),
        world.draft(tenant, { id: `test ${hour}`, type: 'paid', mode: 'test' }),
        world.draft(tenant, { id: `void ${hour}`, type: 'void', text: 'x'.repeat(5000) }),
      ];
      await world.endpoint(tenant, { eventTypes: ['paid'] });
      const hourMs = 3_600_000;
      for (let hour = 0; hour < 30; hour++) await world.publish(drafts(hour), start + hour * hourMs);
      const read = async (filter: EventFilter, mode: 'live' | null = 'live') => {
        const all = await readAll(4, (page) => world.store.events.list({ tenant, mode }, page, filter));
        return all.map(({ event }) => event.id);
      };
      const hours = Array.from({ length: 30 }, (_, hour) => 29 - hour);
      expect(await read({ type: 'paid' })).toEqual(hours.map((hour) => `paid ${hour}`));
      expect(await read({ orderingKey: 'key 1' })).toEqual(
        hours.filter((hour) => hour % 2 === 1).map((hour) => `paid ${hour}`),
      );
      expect(await read({ isWithoutDeliveries: true })).toEqual(hours.map((hour) => `void ${hour}`));
      expect(await read({ isWithoutDeliveries: false })).toEqual(hours.map((hour) => `paid ${hour}`));
      const day = { since: start + 3 * hourMs, until: start + 6 * hourMs };
      expect(await read(day)).toEqual([5, 4, 3].flatMap((hour) => [`void ${hour}`, `paid ${hour}`]));
      expect(await read({ ...day, type: 'paid' }, null)).toEqual(
        [5, 4, 3].flatMap((hour) => [`test ${hour}`, `paid ${hour}`]),
      );
      expect(await read({ since: start + 28 * hourMs, type: 'void' })).toEqual(['void 29', 'void 28']);
      expect(await read({ until: start })).toEqual([]);
      expect(await read({ since: start + 90 * hourMs })).toEqual([]);
      expect(await read({ type: 'other' })).toEqual([]);
    });

    test('finds endpoints by what their owner knows of them, and by their URL', async () => {
      const world = await openWorld(open);
      const [one, other] = [await world.tenant(), await world.tenant()];
      const uuid = '0b8f5a60-93f8-4d3e-8d5f-1c2f3a4b5c6d';
      const long = `https://shop.example/${'p'.repeat(600)}`;
      const first = await world.endpoint(one, { url: `${long}/a`, alias: uuid });
      const second = await world.endpoint(other, { url: `${long}/b`, mode: 'test', alias: 'mine' });
      const third = await world.endpoint(other, { url: 'https://other.example/', enabled: false });
      const gone = await world.endpoint(other, { url: `${long}/c`, alias: 'gone' });
      await world.store.endpoints.remove(live(other), { id: gone.id }, start);
      const find = async (filter: EndpointFilter, scope: WideScope = everything, limit = 1) => {
        const all = await readAll(limit, (page) => world.store.endpoints.find(scope, filter, page));
        return all.map(({ id }) => id);
      };
      expect(await find({})).toEqual([third.id, second.id, first.id]);
      expect(await find({ enabled: false })).toEqual([third.id]);
      expect(await find({ enabled: true }, { tenant: other, mode: null })).toEqual([second.id]);
      expect(await find({}, { tenant: null, mode: 'test' })).toEqual([second.id]);
      for (const knownAs of [
        first.id,
        idToUuid(first.id),
        idToUuid(first.id).toUpperCase(),
        uuid,
        uuid.toUpperCase(),
      ]) {
        expect(await find({ knownAs })).toEqual([first.id]);
        expect(await find({ knownAs }, { tenant: other, mode: null })).toEqual([]);
        const listed = await world.store.endpoints.list(live(one), { ...firstPage, offset: 0, knownAs });
        expect(listed.items.map(({ id }) => id)).toEqual([first.id]);
      }
      expect(await find({ knownAs: 'mine' })).toEqual([second.id]);
      for (const knownAs of ['gone', 'nothing', 'a\0b']) expect(await find({ knownAs })).toEqual([]);
      expect(await find({ url: 'https://shop.example/' })).toEqual([second.id, first.id]);
      expect(await find({ url: `${long}/` })).toEqual([second.id, first.id]);
      expect(await find({ url: `${long}/b` })).toEqual([second.id]);
      for (const url of ['https://shop.example/P', '%', `${long}/c`, 'a\0b'])
        expect(await find({ url })).toEqual([]);
      const listed = await world.store.endpoints.list(live(one), { ...firstPage, offset: 0, url: long });
      expect(listed).toMatchObject({ items: [{ id: first.id }], total: 1 });
    });

    test('a publication says why nothing of it is sent', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const publish = async (more: Parameters<World['draft']>[1] = {}) => {
        const { results } = await world.publish([world.draft(tenant, more)]);
        const result = only(results);
        return result.kind === 'published' ? only(result.events).unsent : result.kind;
      };
      expect(await publish()).toBe('no_endpoint');
      await world.endpoint(tenant, { mode: 'test', eventTypes: ['paid'] });
      expect(await publish()).toBe('no_endpoint');
      expect(await publish({ type: 'paid' })).toBe('other_mode');
      const { id } = await world.endpoint(tenant, { eventTypes: ['other'] });
      expect(await publish()).toBe('no_subscriber');
      expect(await publish({ type: 'paid' })).toBe('other_mode');
      expect(await publish({ type: 'paid', mode: 'test' })).toBeNull();
      expect(await publish({ type: 'other', id: 'once' })).toBeNull();
      await world.store.endpoints.change(live(tenant), { id }, () => ({
        now: start,
        isUrlUnique: false,
        enabled: { value: false, reason: 'requested' },
      }));
      expect(await publish({ type: 'other' })).toBe('disabled');
      expect(await publish({ type: 'other', onlyEndpoint: id })).toBe('disabled');
      expect(await publish({ id: 'again' })).toBe('no_subscriber');
      const again = { id: 'again', text: 'same' };
      await publish({ ...again, id: 'twice' });
      expect(await publish({ ...again, id: 'twice' })).toBeNull();
    });
  });
}
