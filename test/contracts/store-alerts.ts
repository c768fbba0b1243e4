// What a store promises of alerts: signals are noted with what they tell of, and each channel is owed its messages until they
// are sent.
import { describe, expect, test } from 'vitest';
import { type Alert, type AlertId, channelRetryMs, sendsMax } from '#core/alert.ts';
import type { Endpoint } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import type { ClaimedAlerts, ClaimTerms } from '#store/store.ts';
import {
  exhausted,
  firstPage,
  only,
  type OpenStore,
  openWorld,
  result,
  start,
  type World,
} from './store-world.ts';

const windowMs = 900_000;
const perHourMax = 9;
const rule = { kind: 'failures-in-row', failures: 4 } as const;

function makeAlert(world: World, more: Partial<Alert> = {}): Alert {
  return {
    id: world.ids.next('alr', start) as AlertId,
    name: 'operations',
    types: [
      'endpoint.failing',
      'endpoint.disabled',
      'endpoint.recovered',
      'delivery.exhausted',
      'replay.finished',
    ],
    tenants: null,
    via: { kind: 'email', to: ['ops@shop.example'] },
    windowMs,
    enabled: true,
    snoozedUntil: null,
    createdAt: start,
    updatedAt: start,
    ...more,
  };
}

async function addAlert(world: World, more: Partial<Alert> = {}): Promise<Alert> {
  const alert = makeAlert(world, more);
  expect(await world.store.alerts.create(alert, 99)).toBe(true);
  return alert;
}

/** Makes one attempt at the endpoint for each outcome, and records them together. */
async function attempt(
  world: World,
  endpoint: Endpoint,
  outcomes: readonly ('accepted' | 'refused' | 'unreachable')[],
  now = start,
  more: Parameters<typeof result>[3] = {},
): Promise<void> {
  const drafts = outcomes.map(() => world.draft(endpoint.tenant));
  const { claims } = await world.publish(drafts, now, outcomes.length);
  const own = claims.filter((claim) => claim.endpoint === endpoint.id);
  const results = own.map((claim, index) => {
    return result(claim, outcomes[index], now, { disabling: rule, ...more });
  });
  await world.record(results, now);
}

/** Folds all signals, and claims what is due. */
async function claim(
  world: World,
  now = start,
  more: Partial<ClaimTerms> = {},
): Promise<readonly ClaimedAlerts[]> {
  const { alertQueue } = world.store;
  const newId = (): string => world.ids.next('alm', now);
  while ((await alertQueue.fold({ now, newId })) > 0);
  return alertQueue.claim({ now, leaseMs: 60_000, perHourMax, ...more });
}

/** What is told, by type and count, and is settled as sent. */
async function told(world: World, now = start): Promise<[string, number][]> {
  const claimed = await claim(world, now);
  for (const one of claimed) await world.store.alertQueue.settle(one, null, now);
  return claimed.flatMap(({ messages }) =>
    messages.map(({ type, count }): [string, number] => [type, count]),
  );
}

async function openShop(open: OpenStore) {
  const world = await openWorld(open);
  const tenant = await world.tenant();
  return { world, tenant, endpoint: await world.endpoint(tenant) };
}

export function alertsContract(open: OpenStore): void {
  describe('alerts', () => {
    test('are listed newest first, changed, and removed, up to a limit', async () => {
      const world = await openWorld(open);
      const [first, second] = [
        await addAlert(world),
        makeAlert(world, { via: chat, tenants: ['a' as TenantId] }),
      ];
      const { alerts } = world.store;
      expect(await alerts.create(second, 1)).toBe(false);
      expect(await alerts.create(second, 2)).toBe(true);
      const view = { endpoint: null, lastSentAt: null, lastError: null, lastErrorAt: null };
      for (const reads of [world.store, world.openReads()]) {
        const page = await reads.alerts.list({ limit: 1, cursor: null });
        expect(page.items).toEqual([{ alert: second, ...view }]);
        const rest = await reads.alerts.list({ limit: 1, cursor: page.nextCursor });
        expect(rest.items.map(({ alert }) => alert)).toEqual([first]);
        expect(await reads.alerts.get(first.id)).toEqual({ alert: first, ...view });
      }
      const change = { updatedAt: start + 1, types: ['replay.finished'], enabled: false } as const;
      expect(await alerts.change(first.id, change)).toEqual({ ...first, ...change });
      expect((await alerts.get(first.id))?.alert).toEqual({ ...first, ...change });
      expect(await alerts.remove(first.id)).toEqual({ ...first, ...change });
      for (const none of [first.id, 'a\0b' as AlertId]) {
        expect([
          await alerts.get(none),
          await alerts.remove(none),
          await alerts.change(none, change),
        ]).toEqual([null, null, null]);
      }
    });

    test('lose a tenant that is removed', async () => {
      const { world, tenant } = await openShop(open);
      const alert = await addAlert(world, { tenants: [tenant, 'other' as TenantId] });
      await world.store.tenants.remove(tenant, start);
      expect((await world.store.alerts.get(alert.id))?.alert.tenants).toEqual(['other']);
    });

    test('have nothing to tell where there are none', async () => {
      const { world, endpoint } = await openShop(open);
      await attempt(world, endpoint, ['refused', 'refused']);
      expect(await world.store.alertQueue.hasWork(start)).toBe(false);
      await addAlert(world);
      expect(await claim(world)).toEqual([]);
    });

    test('tell what failed, since when, and how, once in a window, and the recovery once', async () => {
      const { world, tenant, endpoint } = await openShop(open);
      const alert = await addAlert(world);
      await attempt(world, endpoint, ['refused', 'unreachable']);
      expect(await world.store.alertQueue.hasWork(start)).toBe(true);
      const { messages, ...claimed } = only(await claim(world));
      expect(claimed).toMatchObject({
        channel: alert.id,
        alert: alert.id,
        name: 'operations',
        via: alert.via,
      });
      const about = {
        subject: endpoint.id,
        tenant,
        mode: 'live',
        endpoint: endpoint.id,
        host: 'receiver.example',
      };
      expect(messages).toEqual([
        expect.objectContaining({
          type: 'endpoint.failing',
          ...about,
          code: 'timeout',
          since: start,
          count: 1,
        }),
      ]);
      await world.store.alertQueue.settle({ ...claimed, messages }, null, start);
      // It recovers and fails again within the window: the recovery is told at once, the second failure at its end.
      await attempt(world, endpoint, ['accepted'], start + 1000);
      expect(await told(world, start + 1000)).toEqual([['endpoint.recovered', 1]]);
      await attempt(world, endpoint, ['refused', 'refused'], start + 2000);
      expect(await told(world, start + 2000)).toEqual([]);
      expect(await told(world, start + windowMs - 1)).toEqual([]);
      expect(await told(world, start + windowMs)).toEqual([['endpoint.failing', 1]]);
      expect(await world.store.alertQueue.hasWork(start + 2 * windowMs)).toBe(false);
    });

    test('do not tell a failure that is over before it is told, nor its recovery', async () => {
      const { world, endpoint } = await openShop(open);
      await addAlert(world);
      await attempt(world, endpoint, ['refused', 'refused']);
      await told(world);
      await attempt(world, endpoint, ['accepted'], start + 1);
      await told(world, start + 1);
      for (const at of [start + 10, start + 20]) {
        await attempt(world, endpoint, ['refused', 'refused'], at);
        await attempt(world, endpoint, ['accepted'], at + 1);
      }
      expect(await told(world, start + 2 * windowMs)).toEqual([]);
    });

    test('tell of an endpoint that fails and is disabled at once that it is disabled', async () => {
      const { world, endpoint } = await openShop(open);
      await addAlert(world);
      await attempt(world, endpoint, ['refused', 'refused']);
      await attempt(world, endpoint, ['refused', 'refused']);
      expect(await told(world)).toEqual([['endpoint.disabled', 1]]);
    });

    test('count exhausted deliveries, one message for an endpoint and a window', async () => {
      const { world, tenant, endpoint } = await openShop(open);
      await addAlert(world, { types: ['delivery.exhausted'] });
      const more = { ...exhausted, disabling: { kind: 'never' } } as const;
      for (const at of [0, 10, 20]) await attempt(world, endpoint, ['refused', 'refused'], start + at, more);
      expect(await told(world, start + 30)).toEqual([]);
      expect(await told(world, start + 61_000)).toEqual([['delivery.exhausted', 6]]);
      const other = await world.endpoint(tenant);
      await attempt(world, other, ['refused'], start + 62_000, more);
      const end = start + 61_000 + windowMs;
      expect(await told(world, end - 1)).toEqual([['delivery.exhausted', 1]]);
    });

    test('are about their types and tenants alone, and nothing while they are disabled', async () => {
      const { world, tenant, endpoint } = await openShop(open);
      const others = { tenants: [await world.tenant()] };
      const mine = await addAlert(world, { tenants: [tenant] });
      await addAlert(world, others);
      await addAlert(world, { types: ['endpoint.disabled'] });
      await addAlert(world, { enabled: false });
      await attempt(world, endpoint, ['refused', 'refused']);
      expect((await claim(world)).map(({ channel }) => channel)).toEqual([mine.id]);
      await world.store.alerts.change(mine.id, { updatedAt: start, enabled: false });
      expect(await claim(world, start + 60_000)).toEqual([]);
      expect(await world.store.alertQueue.hasWork(start + windowMs)).toBe(false);
    });

    test('wait while they are snoozed', async () => {
      const { world, endpoint } = await openShop(open);
      const { id } = await addAlert(world, { snoozedUntil: start + 5000 });
      await attempt(world, endpoint, ['refused', 'refused']);
      expect(await told(world, start + 4999)).toEqual([]);
      expect(await told(world, start + 5000)).toEqual([['endpoint.failing', 1]]);
      expect((await world.store.alerts.get(id))?.lastSentAt).toBe(start + 5000);
    });

    test('are claimed by one process, until its claim ends', async () => {
      const { world, endpoint } = await openShop(open);
      await addAlert(world);
      await attempt(world, endpoint, ['refused', 'refused']);
      const first = only(await claim(world));
      expect(await claim(world, start + 59_999)).toEqual([]);
      const second = only(await claim(world, start + 60_000));
      expect(second.messages.map(({ id }) => id)).toEqual(first.messages.map(({ id }) => id));
      // The first one comes too late: the message is still the second one's to send.
      await world.store.alertQueue.settle(first, null, start + 60_001);
      expect(only(await claim(world, start + 120_000)).messages).toHaveLength(1);
    });

    test('are owed after a restart', async () => {
      const { world, endpoint } = await openShop(open);
      await addAlert(world);
      await attempt(world, endpoint, ['refused', 'refused']);
      await world.reopen(start + 1);
      const claimed = only(await claim(world, start + 1));
      await world.reopen(start + 2);
      expect(only(await claim(world, start + 60_001)).messages).toEqual(claimed.messages);
    });

    test('what happens while a message is sent is told at the end of the window', async () => {
      const { world, endpoint } = await openShop(open);
      await addAlert(world, { types: ['delivery.exhausted'] });
      const more = { ...exhausted, disabling: { kind: 'never' } } as const;
      await attempt(world, endpoint, ['refused', 'refused'], start, more);
      await claim(world, start);
      const sending = only(await claim(world, start + 60_000));
      await attempt(world, endpoint, ['refused', 'refused', 'refused'], start + 60_001, more);
      await claim(world, start + 60_001);
      await world.store.alertQueue.settle(sending, null, start + 60_002);
      expect(await told(world, start + 60_003)).toEqual([]);
      expect(await told(world, start + 60_002 + windowMs)).toEqual([['delivery.exhausted', 3]]);
    });

    test('that fail say why, are tried again ever later, delay no others, and are dropped in the end', async () => {
      const { world, endpoint } = await openShop(open);
      const { id } = await addAlert(world);
      await attempt(world, endpoint, ['refused', 'refused']);
      let now = start;
      for (let failures = 1; failures <= sendsMax; failures++) {
        const claimed = only(await claim(world, now));
        const dropped = await world.store.alertQueue.settle(claimed, `reason ${failures}`, now);
        expect(dropped).toBe(failures === sendsMax ? 1 : 0);
        expect(await world.store.alerts.get(id)).toMatchObject({
          lastError: `reason ${failures}`,
          lastErrorAt: now,
        });
        now += channelRetryMs(failures);
        expect(await claim(world, now - 1)).toEqual([]);
        if (failures === 1) await addAlert(world, { types: ['endpoint.disabled'] });
      }
      expect(await world.store.alertQueue.hasWork(now)).toBe(false);
      // The other alert is told of another trouble of the same endpoint, whatever the first one's channel does.
      await attempt(world, endpoint, ['refused', 'refused', 'refused'], now);
      const channels = (await claim(world, now)).map(({ channel }) => channel);
      expect(channels).toHaveLength(2);
      await world.store.alerts.change(id, { updatedAt: now });
      await world.store.alerts.remove(id);
      expect(await claim(world, now + 60_000)).toHaveLength(1);
    });

    test('send no more than so often in an hour, and the rest together', async () => {
      const { world, tenant } = await openShop(open);
      await addAlert(world);
      for (let count = 0; count < 4; count++) {
        await attempt(world, await world.endpoint(tenant), ['refused', 'refused'], start + count);
        const claimed = await claim(world, start + count, { perHourMax: 2 });
        expect(claimed).toHaveLength(count < 2 ? 1 : 0);
        for (const one of claimed) await world.store.alertQueue.settle(one, null, start + count);
      }
      expect(await claim(world, start + 3_599_999, { perHourMax: 2 })).toEqual([]);
      const rest = only(await claim(world, start + 3_600_000, { perHourMax: 2 }));
      expect(rest.messages).toHaveLength(2);
    });

    test('tell of a replay that has finished, with what it has redelivered', async () => {
      const { world, tenant, endpoint } = await openShop(open);
      await addAlert(world, { types: ['replay.finished'] });
      await attempt(world, endpoint, ['accepted', 'accepted']);
      const id = world.ids.next('rpl', start);
      const terms = {
        kind: 'replay',
        tenant,
        mode: null,
        endpoint: null,
        states: ['delivered'],
        eventTypes: null,
      } as const;
      const counts = { total: 2, done: 0, delivered: 0, failed: 0 };
      const range = { since: start - 1, until: start + 1, ratePerSecond: 9, includeDisabled: false };
      await world.store.replays.create({
        id,
        ...terms,
        ...range,
        ...counts,
        state: 'running',
        createdAt: start,
      });
      for (let steps = 0; steps < 3; steps++) await world.store.replays.step(id, 9, start + 5);
      const { messages } = only(await claim(world, start + 5));
      expect(messages).toEqual([
        expect.objectContaining({
          type: 'replay.finished',
          subject: id,
          mode: null,
          endpoint: null,
          count: 2,
        }),
      ]);
    });
  });

  describe('the contact of a tenant', () => {
    const contact = { emails: ['ops@shop.example'] };

    test('is kept, changed and taken away', async () => {
      const { world, tenant } = await openShop(open);
      const { tenants } = world.store;
      expect((await tenants.get(tenant))?.contact).toBeNull();
      expect((await tenants.change(tenant, { contact }))?.contact).toEqual(contact);
      expect((await tenants.change(tenant, { name: 'x' }))?.contact).toEqual(contact);
      expect((await tenants.list(firstPage)).items.find(({ id }) => id === tenant)?.contact).toEqual(contact);
      expect((await tenants.change(tenant, { contact: null }))?.contact).toBeNull();
    });

    test('is told of the endpoints of the tenant alone, and of nothing but their health', async () => {
      const { world, tenant, endpoint } = await openShop(open);
      await world.store.tenants.change(tenant, { contact });
      const other = await world.endpoint(await world.tenant());
      await attempt(world, other, ['refused', 'refused']);
      await attempt(world, endpoint, ['refused', 'refused'], start, exhausted);
      const claimed = only(await claim(world, start + 60_000));
      expect(claimed).toMatchObject({
        channel: `contact:${tenant}`,
        alert: null,
        via: { kind: 'email', to: contact.emails },
      });
      expect(claimed.messages.map(({ type, subject }) => [type, subject])).toEqual([
        ['endpoint.failing', endpoint.id],
      ]);
      await world.store.alertQueue.settle(claimed, 'no', start + 60_000);
      await world.store.tenants.remove(tenant, start);
      expect(await claim(world, start + 7_200_000)).toEqual([]);
    });
  });

  test('nothing is told of the operator’s own endpoints', async () => {
    const world = await openWorld(open);
    await addAlert(world);
    const endpoint = await world.endpoint(await world.tenant('operator'));
    await attempt(world, endpoint, ['refused', 'refused']);
    expect(await claim(world, start + 60_000)).toEqual([]);
  });

  test('a signal that is noted beside is told, and two of the same are one', async () => {
    const { world, tenant, endpoint } = await openShop(open);
    await addAlert(world, { types: ['backlog.growing'] });
    expect(await world.store.alertQueue.isAskedFor('backlog.growing')).toBe(true);
    expect(await world.store.alertQueue.isAskedFor('endpoint.failing')).toBe(false);
    const about = {
      subject: endpoint.id,
      tenant,
      mode: 'live',
      endpoint: endpoint.id,
    } as const;
    const signal = {
      type: 'backlog.growing',
      ...about,
      code: null,
      since: start - 9,
      at: start,
      count: 1,
    } as const;
    await world.store.alertQueue.note([signal]);
    await world.store.alertQueue.note([{ ...signal, at: start + 1 }]);
    const { messages } = only(await claim(world, start + 1));
    expect(messages).toEqual([expect.objectContaining({ since: start - 9, at: start + 1, count: 2 })]);
  });
}

const chat = { kind: 'chat', host: 'hooks.example', sealedUrl: 'sealed' } as const;
