// Several processes on one database: each test opens a store for each of them.
import * as fc from 'fast-check';
import pg from 'pg';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import type { AlertId } from '#core/alert.ts';
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import { changeConcurrently } from '../../../test/contracts/store-records.ts';
import {
  exhausted,
  firstPage,
  live,
  only,
  result,
  start,
  type World,
} from '../../../test/contracts/store-world.ts';
import { openProcess, shareDatabase } from '../../../test/support/postgres-stores.ts';
import { runSql, startPostgres } from '../../../test/support/postgres.ts';
import { sql } from '../sql.ts';
import type { Store } from '../store.ts';
import { lockClass } from './context.ts';
import { Database } from './database.ts';
import { migratePostgres, openPostgresReads } from './index.ts';

const server = inject('postgresUrl');

interface Pair {
  readonly url: string;
  readonly worlds: readonly [World, World];
  readonly tenant: TenantId;
  readonly endpoint: EndpointId;
}

/** Two processes with one tenant that has one endpoint. */
async function openPair(): Promise<Pair> {
  const shared = await shareDatabase(server);
  const [a, b] = [await shared.world(), await shared.world()];
  const tenant = await a.tenant();
  const { id } = await a.endpoint(tenant);
  return { url: shared.url, worlds: [a, b], tenant, endpoint: id };
}

test('the living processes are listed by the names of their connections, and a closed one is not', async () => {
  const { url } = await shareDatabase(server);
  const names = ['carillon 0.1.0 worker 1 here', 'carillon 0.1.0 api 2 there'];
  const stores: Store[] = [];
  for (const name of names) stores.push(await openProcess(url, undefined, start, name));
  const listed = async (): Promise<unknown> => (await stores[1]?.server.describe())?.processes;
  expect(await listed()).toEqual(names.map((name) => ({ name, startedAt: start })));
  const reads = openPostgresReads({ url, poolMax: 4 });
  expect((await reads.server.describe()).processes).toHaveLength(2);
  await reads.close();
  await stores[0]?.close();
  // The server lets go of the lock when it has noticed that the connection is closed.
  await vi.waitFor(async () => expect(await listed()).toEqual([{ name: names[1], startedAt: start }]), {
    timeout: 20_000,
  });
  await stores[1]?.close();
});

describe('two processes', () => {
  test('that publish the same id at the same time: one publishes, the other gets the same result', async () => {
    const { worlds, tenant } = await openPair();
    for (let round = 0; round < 20; round++) {
      const ids = ['x', 'y', 'z'].map((id) => `${id}${round}`);
      const drafts = ids.map((id) => worlds[0].draft(tenant, { id, text: 'same' }));
      const outcomes = await Promise.all(
        // In opposite orders, which would deadlock if each waited for the other.
        [drafts, drafts.toReversed()].map((batch, i) => (worlds[i] ?? worlds[0]).publish(batch)),
      );
      const rows = outcomes.flatMap(({ results }) =>
        results.flatMap((one) => (one.kind === 'published' ? one.events : [])),
      );
      expect(rows).toHaveLength(6);
      for (const id of ids) {
        expect(
          rows
            .filter((row) => row.id === id)
            .map((row) => row.isReplayed)
            .toSorted((a, b) => Number(a) - Number(b)),
        ).toEqual([false, true]);
      }
    }
    expect(await worlds[0].store.deliveries.countWaiting()).toBe(60);
  });

  test('never claim the same delivery', async () => {
    const { worlds, tenant, endpoint } = await openPair();
    await worlds[0].publish(Array.from({ length: 200 }, () => worlds[0].draft(tenant)));
    const taken: Claim[] = [];
    const work = async (world: World): Promise<void> => {
      for (;;) {
        const claims = await world.claim(endpoint, start, 7);
        if (claims.length === 0) return;
        taken.push(...claims);
        const { stale } = await world.record(
          claims.map((claim) => result(claim)),
          start,
        );
        expect(stale).toBe(0);
      }
    };
    await Promise.all([...worlds, ...worlds].map(work));
    expect(new Set(taken.map((claim) => claim.id)).size).toBe(200);
    expect(taken).toHaveLength(200);
  });

  test('keep the order per key under any interleaving of publishing, claiming and recording', async () => {
    const property = fc.asyncProperty(
      fc.array(
        fc.array(
          fc.record({ who: fc.nat(1), what: fc.constantFrom('publish', 'turn', 'turn', 'redeliver') }),
          {
            minLength: 2,
            maxLength: 5,
          },
        ),
        { minLength: 3, maxLength: 10 },
      ),
      async (rounds) => {
        const pair = await openPair();
        const story = createStory(pair);
        for (const round of rounds) {
          await Promise.all(round.map(({ who, what }) => story.take(who, what)));
          await story.check();
        }
        await story.drain();
      },
    );
    await fc.assert(property, { numRuns: 15 });
  });

  test('count every failure of an endpoint once', async () => {
    const { worlds, tenant, endpoint } = await openPair();
    const { claims } = await worlds[0].publish(
      Array.from({ length: 40 }, () => worlds[0].draft(tenant)),
      start,
      99,
    );
    await Promise.all(
      claims.map((claim, i) => (worlds[i % 2] ?? worlds[0]).record([result(claim, 'refused')], start)),
    );
    const read = await worlds[1].store.endpoints.get(live(tenant), { id: endpoint });
    expect(read?.health.failureCount).toBe(40);
  });

  test('keep every answered change of an endpoint, of three at a time in 200 rounds', async () => {
    const { worlds, tenant, endpoint } = await openPair();
    await changeConcurrently(
      worlds.map(({ store }) => store),
      tenant,
      endpoint,
      200,
    );
  });

  test('see each change of the other at the next publish, and are notified of it', async () => {
    const { worlds, tenant, endpoint } = await openPair();
    const [a, b] = worlds;
    const heard = {
      due: vi.fn(),
      changed: vi.fn(),
      leasesLost: vi.fn(),
      accessChanged: vi.fn(),
      noticed: vi.fn(),
    };
    b.store.listen?.(heard);
    expect((await b.publish([b.draft(tenant)], start, 1)).claims).toHaveLength(1);
    await a.publish([a.draft(tenant)]);
    await vi.waitFor(() => expect(heard.due).toHaveBeenCalledWith([endpoint]), { timeout: 20_000 });
    const change = { now: start, isUrlUnique: false, eventTypes: ['other'] };
    await a.store.endpoints.change(live(tenant), { id: endpoint }, () => change);
    await vi.waitFor(() => expect(heard.changed).toHaveBeenCalledWith([endpoint]), { timeout: 20_000 });
    expect((await b.publish([b.draft(tenant)], start, 1)).claims).toEqual([]);
    expect(only((await b.claim(endpoint, start)).slice(0, 1)).revision).toBe(2);
  });

  test('that backfill an endpoint while events are published create one delivery of each event', async () => {
    const { worlds, tenant, endpoint: first } = await openPair();
    const [a, b] = worlds;
    const drafts = Array.from({ length: 60 }, (_, nth) => a.draft(tenant, { id: `old-${nth}` }));
    await a.publish(drafts);
    const { id: endpoint } = await a.endpoint(tenant);
    const terms = { tenant, mode: 'live' as const, endpoint, states: [], eventTypes: null };
    const range = { since: start, until: start + 1000, ratePerSecond: 1, includeDisabled: true };
    const progress = { total: 0, done: 0, delivered: 0, failed: 0, state: 'running' as const };
    for (const id of ['rpl_1', 'rpl_2'])
      await a.store.replays.create({
        ...terms,
        ...range,
        ...progress,
        id,
        kind: 'backfill',
        createdAt: start,
      });
    for (let round = 0; round < 10; round++) {
      const own = [
        a.draft(tenant, { id: `new-${round}` }),
        b.draft(tenant, { id: `new-${round}`, text: 'b' }),
      ];
      const [fromA, fromB] = await Promise.all([
        a.store.replays.step('rpl_1', 10, start + 10_000),
        b.store.replays.step('rpl_2', 10, start + 10_000),
        a.publish(own.slice(0, 1), start + round),
        b.publish(own.slice(1), start + round),
      ]);
      expect(fromA.redelivered + fromB.redelivered).toBeLessThanOrEqual(20);
    }
    const rows = await a.store.deliveries.list(live(tenant), { endpoint }, { limit: 200, cursor: null });
    const events = rows.items.map(({ event }) => event);
    expect(new Set(events).size).toBe(events.length);
    expect(events.filter((id) => id.startsWith('old-'))).toHaveLength(60);
    expect(events.filter((id) => id.startsWith('new-'))).toHaveLength(10);
    const [one, two] = [
      await a.store.replays.get(tenant, 'rpl_1'),
      await b.store.replays.get(tenant, 'rpl_2'),
    ];
    expect((one?.done ?? 0) + (two?.done ?? 0)).toBe(60);
    expect(await a.store.events.get(live(tenant), 'old-7')).toMatchObject({ deliveries: 2 });
    expect(await a.store.deliveries.count(live(tenant), { endpoint: first }, 999)).toBe(70);
  });

  test('of which one backfills and the other deletes what has expired: no event is lost that is owed', async () => {
    const { worlds, tenant, endpoint } = await openPair();
    const [a, b] = worlds;
    const drafts = Array.from({ length: 20 }, (_, nth) => a.draft(tenant, { id: `e${nth}` }));
    const { claims } = await a.publish(drafts, start, 99);
    await a.record(
      claims.map((claim) => result(claim)),
      start,
    );
    await a.store.endpoints.remove(live(tenant), { id: endpoint }, start);
    await a.publish(Array.from({ length: 20 }, (_, nth) => a.draft(tenant, { id: `alone-${nth}` })));
    const late = await a.endpoint(tenant);
    const terms = { tenant, mode: 'live' as const, endpoint: late.id, states: [], eventTypes: null };
    const range = { since: start, until: start + 1000, ratePerSecond: 1, includeDisabled: true };
    const progress = { total: 0, done: 0, delivered: 0, failed: 0, state: 'running' as const };
    await a.store.replays.create({
      ...terms,
      ...range,
      ...progress,
      id: 'rpl_1',
      kind: 'backfill',
      createdAt: start,
    });
    let owed = 0;
    for (let round = 0; round < 20; round++) {
      const [step] = await Promise.all([
        a.store.replays.step('rpl_1', 4, start + 10_000),
        b.store.deleteExpired(start + 1, start + 10_000, 7),
      ]);
      owed += step.redelivered;
    }
    const { items } = await a.store.deliveries.list(live(tenant), { endpoint: late.id }, firstPage);
    expect(items).toHaveLength(owed);
    for (const { event } of items) expect(await a.store.events.get(live(tenant), event)).not.toBeNull();
    expect(await a.claim(late.id, start + 10_000)).toHaveLength(owed);
  });

  test('share replays: one runs each, and the other takes over when it has ended', async () => {
    const { worlds, tenant } = await openPair();
    const [a, b] = worlds;
    const terms = { tenant, mode: null, endpoint: null, states: ['held' as const], eventTypes: null };
    const range = { since: 0, until: start, ratePerSecond: 1, includeDisabled: true };
    const progress = { total: 0, done: 0, delivered: 0, failed: 0 };
    await a.store.replays.create({
      kind: 'replay',
      ...terms,
      ...range,
      ...progress,
      id: 'rpl_1',
      state: 'running',
      createdAt: start,
    });
    expect(await a.store.replays.listRunning()).toHaveLength(1);
    expect(await b.store.replays.listRunning()).toEqual([]);
    await a.store.close();
    await b.store.deleteExpired(0, start, 1);
    expect(await b.store.replays.listRunning()).toHaveLength(1);
  });
});

test('what a dead process had claimed is released by another', async () => {
  const { worlds, tenant, endpoint } = await openPair();
  const [a, b] = worlds;
  const { claims } = await a.publish([a.draft(tenant), a.draft(tenant)], start, 9);
  await b.store.deleteExpired(0, start + 1, 10);
  expect(await b.claim(endpoint, start + 1)).toEqual([]);
  await a.store.close();
  await b.store.deleteExpired(0, start + 2, 10);
  const again = await b.claim(endpoint, start + 2);
  expect(again.map((claim) => claim.id).toSorted()).toEqual(claims.map((claim) => claim.id).toSorted());
  expect(await b.record([result(only(claims.slice(0, 1)))], start + 2)).toMatchObject({ stale: 1 });
});

test('a process that was declared dead is notified, and one that was only disconnected is not', async () => {
  const { url, worlds, tenant, endpoint } = await openPair();
  const [a, b] = worlds;
  const heard = {
    due: vi.fn(),
    changed: vi.fn(),
    leasesLost: vi.fn(),
    accessChanged: vi.fn(),
    noticed: vi.fn(),
  };
  const other = {
    due: vi.fn(),
    changed: vi.fn(),
    leasesLost: vi.fn(),
    accessChanged: vi.fn(),
    noticed: vi.fn(),
  };
  a.store.listen?.(heard);
  b.store.listen?.(other);
  const { claims } = await a.publish([a.draft(tenant)], start, 1);
  const cut = (whose: string): Promise<unknown> =>
    runSql(
      url,
      `select pg_terminate_backend(l.pid) from pg_locks l where locktype = 'advisory' and classid = ${lockClass.process}
       and l.database = (select oid from pg_database where datname = current_database()) and objid ${whose}`,
    );
  const isBack = (): Promise<unknown> =>
    vi.waitFor(
      async () => {
        const rows = await runSql(
          url,
          `select 1 from pg_locks l where locktype = 'advisory' and classid = ${lockClass.process}
           and l.database = (select oid from pg_database where datname = current_database())`,
        );
        expect(rows).toHaveLength(2);
      },
      { timeout: 10_000, interval: 100 },
    );
  const first = '= (select min(id) from processes)::oid';
  await cut(first);
  await isBack();
  await cut(first);
  // Until it is back it claims nothing, because another may declare it dead.
  await vi.waitFor(() => expect(a.claim(endpoint, start)).rejects.toMatchObject({ code: 'unavailable' }), {
    timeout: 20_000,
  });
  const { claims: none, due } = await a.publish([a.draft(tenant)], start, 1);
  expect([none, due]).toEqual([[], [endpoint]]);
  await b.store.deleteExpired(0, start + 1, 10);
  expect(await b.claim(endpoint, start + 1)).toHaveLength(claims.length + 1);
  await vi.waitFor(() => expect(heard.leasesLost).toHaveBeenCalledTimes(1), { timeout: 10_000 });
  expect(other.leasesLost).not.toHaveBeenCalled();
});

test('a lost connection fails the request at once, and the next one works', async () => {
  const { url, worlds, tenant, endpoint } = await openPair();
  const [a, b] = worlds;
  const heard = {
    due: vi.fn(),
    changed: vi.fn(),
    leasesLost: vi.fn(),
    accessChanged: vi.fn(),
    noticed: vi.fn(),
  };
  b.store.listen?.(heard);
  const cut = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
  for (let round = 0; round < 5; round++) {
    const asked = Array.from({ length: 10 }, () =>
      a.publish([a.draft(tenant)]).then(
        () => 'published',
        (error: { code?: string }) => error.code,
      ),
    );
    await runSql(url, cut);
    for (const answer of await Promise.all(asked)) expect(['published', 'unavailable']).toContain(answer);
  }
  const published = await vi.waitFor(() => a.publish([a.draft(tenant)]), { timeout: 10_000 });
  expect(published.results).toHaveLength(1);
  await vi.waitFor(
    async () => {
      await a.publish([a.draft(tenant)]);
      expect(heard.due).toHaveBeenCalledWith([endpoint]);
    },
    { timeout: 10_000, interval: 100 },
  );
});

test('a process that is suspended within a transaction blocks the others for seconds, not for its lease', async () => {
  const { url, worlds, tenant } = await openPair();
  const [a] = worlds;
  const stopped = new Database({ url, poolMax: 2 });
  const { promise: goesOn, resolve: goOn } = Promise.withResolvers<void>();
  const { promise: stands, resolve: stand } = Promise.withResolvers<void>();
  const late = stopped.transaction(async (tx) => {
    // All queues, so that the key of the other process is among them.
    await tx.all(
      sql`select pg_advisory_xact_lock(${lockClass.queue}::int, n) from generate_series(0, 511) as n`,
    );
    stand();
    await goesOn;
    return tx.all(sql`select 1`);
  });
  await stands;
  const { results } = await a.publish([a.draft(tenant, { orderingKey: 'k' })]);
  expect(results).toHaveLength(1);
  goOn();
  await expect(late).rejects.toMatchObject({ code: 'unavailable' });
  // The connection that the server ended is not used again.
  await expect(stopped.all(sql`select 1`)).resolves.toHaveLength(1);
  await stopped.close();
});

test('a channel of alerts is claimed by one of many processes that ask at once, and a signal is folded by one', async () => {
  const { worlds, tenant } = await openPair();
  const [a, b] = worlds;
  const alert = { name: 'operations', types: ['backlog.growing'], tenants: null, windowMs: 900_000 } as const;
  const via = { kind: 'email', to: ['ops@shop.example'] } as const;
  const times = { enabled: true, snoozedUntil: null, createdAt: start, updatedAt: start };
  await a.store.alerts.create({ id: 'alr_1' as AlertId, ...alert, via, ...times }, 9);
  const about = {
    subject: 'ep_1',
    tenant,
    mode: 'live',
    endpoint: 'ep_1' as EndpointId,
    code: null,
  } as const;
  const signal = { type: 'backlog.growing', ...about, since: start, at: start, count: 1 } as const;
  await Promise.all([a, b, a, b].map(({ store }) => store.alertQueue.note([signal])));
  const fold = { now: start, newId: () => a.ids.next('alm', start) };
  const folded = await Promise.all([a, b].map(({ store }) => store.alertQueue.fold(fold)));
  expect(folded.reduce((sum, count) => sum + count, 0)).toBe(1);
  const terms = { now: start, leaseMs: 60_000, perHourMax: 9 };
  const claimed = (await Promise.all([a, b, a, b].map(({ store }) => store.alertQueue.claim(terms)))).flat();
  expect(claimed.map(({ channel, messages }) => [channel, messages.map(({ count }) => count)])).toEqual([
    ['alr_1', [4]],
  ]);
});

test('a database server that crashes and restarts loses nothing that was answered', async () => {
  const own = await startPostgres();
  try {
    await migratePostgres(own.url);
    const store = await openProcess(own.url);
    await store.tenants.create({
      id: 't' as TenantId,
      name: 't',
      dialect: 'standard',
      metadata: {},
      contact: null,
      createdAt: start,
    });
    await own.crash();
    await own.start();
    const found = await vi.waitFor(() => store.tenants.list(firstPage), { timeout: 20_000 });
    expect(found.items).toHaveLength(1);
    await expect(store.check()).resolves.toBeUndefined();
    await store.close();
  } finally {
    await own.stop();
  }
});

test('after a restart of the database server, processes have time to reconnect before they are declared dead', async () => {
  const own = await startPostgres();
  try {
    await migratePostgres(own.url);
    const [a, b] = [await openProcess(own.url), await openProcess(own.url)];
    await own.crash();
    await own.start();
    await vi.waitFor(() => b.deleteExpired(0, start, 10), { timeout: 20_000 });
    expect(await runSql(own.url, 'select id from processes')).toHaveLength(2);
    await a.close();
    await b.close();
  } finally {
    await own.stop();
  }
});

interface Story {
  take(who: number, what: string): Promise<void>;
  check(): Promise<void>;
  drain(): Promise<void>;
}

/** Every delivery has one of two keys; at any moment one of each key is due or being sent, and never more. */
function createStory({ url, worlds, tenant, endpoint }: Pair): Story {
  const done: string[] = [];
  const turn = async (world: World): Promise<number> => {
    const claims = await world.claim(endpoint, start, 2);
    for (const claim of claims) {
      const ending = done.length % 3 === 0 ? result(claim, 'refused', start, exhausted) : result(claim);
      const { stale } = await world.record([ending], start);
      expect(stale).toBe(0);
      done.push(claim.id);
    }
    return claims.length;
  };
  const ofKeys = `
    select ordering_key, count(*) filter (where due_at < 9007199254740991)::int as due, count(*)::int as all,
      bool_and(due_at = 9007199254740991 or seq = first) as is_in_order
    from (select *, min(seq) over (partition by ordering_key) as first from deliveries_waiting) as w
    group by ordering_key`;
  return {
    async take(who, what) {
      const world = worlds[who] ?? worlds[0];
      if (what === 'publish') {
        const drafts = ['k', 'l', 'k'].map((orderingKey) => world.draft(tenant, { orderingKey }));
        const { claims } = await world.publish(drafts, start, 1);
        await world.store.deliveries.release(claims, start);
      } else if (what === 'redeliver') {
        const id = done[done.length >> 1];
        if (id !== undefined) await world.store.deliveries.redeliver(live(tenant), id as Claim['id'], start);
      } else await turn(world);
    },
    async check() {
      for (const row of await runSql(url, ofKeys)) {
        expect(row).toMatchObject({ due: 1, is_in_order: true });
      }
    },
    async drain() {
      while ((await turn(worlds[0])) + (await turn(worlds[1])) > 0);
      expect(await worlds[0].store.deliveries.countWaiting()).toBe(0);
    },
  };
}

describe('the feed of two processes', () => {
  const bounds = { limit: 100, bytesMax: 1_000_000 };
  // Beyond the time for which the events of a new day wait.
  const now = start + 60_000;

  test('does not skip an event whose transaction is open while another one commits higher numbers', async () => {
    const { url, worlds, tenant } = await openPair();
    const [a, b] = worlds;
    const { events } = b.store;
    // Publishing "late" takes its number, and then waits for this transaction at its id.
    const blocker = new pg.Client(url);
    await blocker.connect();
    onTestFinished(() => blocker.end());
    await blocker.query('begin');
    await blocker.query(
      `insert into event_ids (id, tenant, mode, seq) values ('late', '${tenant}', 'live', 0)`,
    );
    const late = a.publish([a.draft(tenant, { id: 'late' })], now);
    await expect
      .poll(async () => (await blocker.query(`select 1 from pg_locks where not granted`)).rows)
      .toHaveLength(1);
    await b.publish([b.draft(tenant, { id: 'early' })], now);
    const meanwhile = await events.feed(live(tenant), null, bounds, now);
    expect(meanwhile.events).toEqual([]);
    await blocker.query('rollback');
    await late;
    const read = await events.feed(live(tenant), meanwhile.position, bounds, now);
    expect(read.events.map(({ id }) => id)).toEqual(['late', 'early']);
    expect((await events.feed(live(tenant), read.position, bounds, now)).events).toEqual([]);
  });

  test('has every event once, in the order of its positions, while both publish', async () => {
    const { worlds, tenant } = await openPair();
    const [a, b] = worlds;
    let isPublishing = true;
    const publish = async (world: World, name: string): Promise<void> => {
      for (let n = 0; n < 60; n++) {
        await world.publish(
          [1, 2, 3].map((k) => world.draft(tenant, { id: `${name}${n}.${k}` })),
          now,
        );
      }
    };
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      let after: number | null = null;
      for (let isLast = false; ; isLast = !isPublishing) {
        const page = await b.store.events.feed(live(tenant), after, bounds, now);
        seen.push(...page.events.map(({ id }) => id));
        after = page.isMore ? (page.events.at(-1)?.seq ?? after) : Number(page.position);
        if (isLast && page.events.length === 0) return;
      }
    };
    const reading = read();
    await Promise.all([publish(a, 'a'), publish(b, 'b')]);
    isPublishing = false;
    await reading;
    expect(seen).toHaveLength(360);
    expect(new Set(seen).size).toBe(360);
  });

  test('withholds the first moments of a new day, for clocks that are behind', async () => {
    const { worlds, tenant } = await openPair();
    const [a] = worlds;
    await a.publish([a.draft(tenant, { id: 'new' })], start);
    expect((await a.store.events.feed(live(tenant), null, bounds, start + 9_999)).events).toEqual([]);
    const { events } = await a.store.events.feed(live(tenant), null, bounds, start + 10_000);
    expect(events.map(({ id }) => id)).toEqual(['new']);
  });
});
