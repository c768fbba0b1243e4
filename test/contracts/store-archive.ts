// The archive on a store: what retention deletes is in the files before, each row once, whatever is interrupted.
import { describe, expect, test } from 'vitest';
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import { readArchiveFiles } from '../support/archive-files.ts';
import { afterLeaseMs, createArchiveWorld, retentionMs } from '../support/archive-world.ts';
import {
  canceled,
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

const day = 86_400_000;
const hour = 3_600_000;
/** Of a published text, everything: spacing, line breaks, and digits that a number would lose. */
const oddPayload = '{ "amount" : 1.10,\n\t"id":12345678901234567890, "name":"Zoë \\u0041" }';

interface Owner {
  readonly tenant: TenantId;
  readonly mode: Mode;
}

/** Events of three days: delivered, delivered a day later, given up, canceled, waiting, and to nobody. */
async function live3Days(world: World): Promise<readonly Owner[]> {
  const [first, second, third] = [
    await world.tenant('ten_a'),
    await world.tenant('ten_b'),
    await world.tenant('ten_c'),
  ];
  await world.endpoint(first);
  await world.endpoint(first);
  await world.endpoint(second);
  await world.endpoint(second, { mode: 'test' });
  const owners: readonly Owner[] = [
    { tenant: first, mode: 'live' },
    { tenant: second, mode: 'live' },
    { tenant: second, mode: 'test' },
    { tenant: third, mode: 'live' },
  ];
  const late: Late[] = [];
  for (let at = start + hour; at < start + 4 * day; at += 5 * hour) {
    while (late[0] !== undefined && late[0].dueAt <= at) await deliverLate(world, late.shift());
    if (at >= start + 3 * day) continue;
    const drafts = owners.map(({ tenant, mode }, index) =>
      world.draft(tenant, { mode, ...(index === 0 ? { payload: Buffer.from(oddPayload) } : {}) }),
    );
    const { claims } = await world.publish(drafts, at, 99);
    late.push(...(await settle(world, claims, at)));
  }
  return owners;
}

interface Late {
  readonly endpoint: EndpointId;
  readonly dueAt: number;
}

async function deliverLate(world: World, late: Late | undefined): Promise<void> {
  if (late === undefined) return;
  for (const claim of await world.claim(late.endpoint, late.dueAt)) {
    if (claim.attempts === 1) await world.record([result(claim, 'accepted', late.dueAt)], late.dueAt);
    else await world.store.deliveries.release([claim], late.dueAt + 9 * day);
  }
}

/** Each in another way. Returns those that are delivered a day later. */
async function settle(world: World, claims: readonly Claim[], at: number): Promise<readonly Late[]> {
  const late: Late[] = [];
  for (const [index, claim] of claims.entries()) {
    const kind = (Math.floor((at - start) / hour) + index) % 5;
    if (kind === 0)
      await world.record([result(claim, 'refused', at, { settlement: { state: 'exhausted' } })], at);
    else if (kind === 1) await world.record([canceled(claim, at)], at);
    else if (kind === 2) {
      await world.record([result(claim, 'refused', at, { settlement: { dueAt: at + day } })], at);
      late.push({ endpoint: claim.endpoint, dueAt: at + day });
    } else if (kind === 3 && index > 1) continue;
    else await world.record([result(claim, 'accepted', at)], at);
  }
  return late;
}

interface Stored {
  readonly events: string[];
  readonly deliveries: string[];
  readonly attempts: string[];
}

/** What can be read of the store, as lines. */
async function readAll(world: World, owners: readonly Owner[]): Promise<Stored> {
  const stored: Stored = { events: [], deliveries: [], attempts: [] };
  for (const { tenant, mode } of owners) {
    const scope = inMode(tenant, mode);
    for (let cursor: string | null = null; ;) {
      const page = await world.store.events.list(scope, { limit: 50, cursor });
      for (const { event } of page.items) {
        const whole = await world.store.events.get(scope, event.id);
        stored.events.push(`${event.id} ${Buffer.from(whole?.event.payload ?? []).toString('utf8')}`);
      }
      if ((cursor = page.nextCursor) === null) break;
    }
    for (let cursor: string | null = null; ;) {
      const page = await world.store.deliveries.list(scope, {}, { limit: 50, cursor });
      for (const { id, state } of page.items) {
        if (state !== 'pending') stored.deliveries.push(`${id} ${state}`);
        const detail = await world.store.deliveries.get(scope, id);
        for (const attempt of detail?.attempts ?? []) {
          if (state !== 'pending') stored.attempts.push(`${attempt.id} ${attempt.outcome}`);
        }
      }
      if ((cursor = page.nextCursor) === null) break;
    }
  }
  return stored;
}

function readFiles(root: string): Stored {
  const { events, deliveries, attempts } = readArchiveFiles(root);
  return {
    events: events.map((row) => `${row.id} ${String(row['payload'])}`),
    deliveries: deliveries.map((row) => `${row.id} ${String(row['state'])}`),
    attempts: attempts.map((row) => `${row.id} ${String(row['outcome'])}`),
  };
}

/** What is gone from the store is in the archive, once; what is in the archive was there before. */
function expectWhole(before: Stored, left: Stored, archived: Stored): void {
  for (const kind of ['events', 'deliveries', 'attempts'] as const) {
    const there = new Set(left[kind]);
    const gone = before[kind].filter((line) => !there.has(line));
    expect(archived[kind].length, kind).toBe(new Set(archived[kind]).size);
    // An event that is still owed is in both.
    const dropped = archived[kind].filter((line) => kind !== 'events' || !there.has(line));
    expect(dropped.toSorted(), kind).toEqual(gone.toSorted());
  }
}

export function archiveContract(open: OpenStore): void {
  describe('the archive', () => {
    test('has what retention deletes: each event, delivery and attempt once, with its text', async () => {
      const world = await openWorld(open);
      const owners = await live3Days(world);
      const before = await readAll(world, owners);
      const { root, expire } = createArchiveWorld(world);
      for (let now = start; now < start + 8 * day; now += 31 * hour) {
        await expire(now);
        expectWhole(before, await readAll(world, owners), readFiles(root));
      }
      const { days, events } = readArchiveFiles(root);
      expect(days).toEqual(['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04', '2026-01-05']);
      expect(events.filter((row) => row['payload'] === oddPayload)).toHaveLength(15);
      const left = await readAll(world, owners);
      expect(left.deliveries).toEqual([]);
      // Those that are owed.
      expect(left.events.length).toBeGreaterThan(0);
      expect(JSON.stringify(readArchiveFiles(root))).not.toContain('sealed');
    });

    test.each([
      ['before', false],
      ['after', true],
    ])('goes on wherever its process died, just %s a step', async (_, isAfter) => {
      const world = await openWorld(open);
      const owners = await live3Days(world);
      const before = await readAll(world, owners);
      const { root, archive, expire } = createArchiveWorld(world);
      let now = start + day + retentionMs;
      let deaths = 0;
      for (let dieAt = 1; ; dieAt++, deaths++, now += afterLeaseMs) {
        if ((await archive(now, { dieAt, isAfter, made: 0 })) !== 'died') break;
      }
      expect(deaths).toBeGreaterThan(20);
      await expire(now);
      expectWhole(before, await readAll(world, owners), readFiles(root));
      await expire(start + 8 * day);
      expectWhole(before, await readAll(world, owners), readFiles(root));
    });

    test('a delivery that is in it, or on its way there, is not redelivered; a later one is filed when it ends again', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id: endpoint } = await world.endpoint(tenant);
      const deliver = async (at: number): Promise<Claim> => {
        const claim = only((await world.publish([world.draft(tenant)], at, 1)).claims);
        await world.record([result(claim, 'accepted', at)], at);
        return claim;
      };
      const [sealed, later] = [await deliver(start + hour), await deliver(start + day + hour)];
      const now = start + day + retentionMs;
      const { root, archive, expire } = createArchiveWorld(world);
      // The day is sealed, and nothing of it is written.
      expect(await archive(now, { dieAt: 1, isAfter: true, made: 0 })).toBe('died');
      expect(await world.store.deliveries.redeliver(live(tenant), sealed.id, now)).toBeNull();
      expect(await world.store.deliveries.redeliver(live(tenant), later.id, now)).not.toBeNull();
      await world.record([result(only(await world.claim(endpoint, now)), 'accepted', now)], now);
      for (const at of [now + afterLeaseMs, now + 4 * day]) await expire(at);
      const { deliveries, attempts } = readArchiveFiles(root);
      expect(deliveries.map((row) => [row.id, row['day'], row['attemptCount']])).toEqual([
        [sealed.id, '2026-01-01', 1],
        [later.id, '2026-01-04', 2],
      ]);
      expect(attempts).toHaveLength(3);
    });

    test('what waits for an endpoint that was removed on a sealed day ends after that day', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      await world.publish([world.draft(tenant)], start + hour);
      await world.store.endpoints.remove(live(tenant), { id }, start + 2 * hour);
      const now = start + day + retentionMs;
      const { root, expire } = createArchiveWorld(world);
      await expire(now);
      await expire(now + 3 * day);
      const { deliveries } = readArchiveFiles(root);
      expect(deliveries).toMatchObject([
        { state: 'canceled', endedAt: '2026-01-02T00:00:00.000Z', day: '2026-01-02' },
      ]);
      expect((await world.store.deliveries.list(live(tenant), {}, firstPage)).items).toEqual([]);
    });

    test('of two processes one writes a day, until its lease ends', async () => {
      const world = await openWorld(open);
      await live3Days(world);
      const terms = { now: start + 9 * day, expiredBefore: start + 7 * day, leaseMs: 1000 };
      const mine = await world.store.archive.begin(terms);
      expect(await world.store.archive.begin(terms)).toBeNull();
      const theirs = await world.store.archive.begin({ ...terms, now: terms.now + 1001 });
      if (mine === null || theirs === null) throw new Error('there is a day');
      expect({ ...theirs, lease: mine.lease }).toEqual(mine);
      expect(await world.store.archive.note(mine.lease, [], terms.now + 2000)).toBe(false);
      expect(await world.store.archive.finish(mine.lease)).toBe(false);
      expect(await world.store.archive.finish(theirs.lease)).toBe(true);
      expect(await world.store.archive.progress()).toMatchObject({
        until: start + day,
        sealedUntil: start + day,
      });
    });

    test('nothing is archived before its day has expired, and an empty store has nothing', async () => {
      const world = await openWorld(open);
      const terms = { now: start + 9 * day, expiredBefore: start + 7 * day, leaseMs: 1000 };
      expect(await world.store.archive.begin(terms)).toBeNull();
      expect(await world.store.archive.progress()).toBeNull();
      await live3Days(world);
      expect(await world.store.archive.begin({ ...terms, expiredBefore: start + day - 1 })).toBeNull();
      expect(await world.store.archive.begin({ ...terms, expiredBefore: start + day })).toMatchObject({
        from: 0,
        until: start + day,
      });
    });
  });
}
