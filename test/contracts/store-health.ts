import { describe, expect, test } from 'vitest';
import { goodHealth } from '#core/endpoint.ts';
import type { EventDraft } from '#core/event.ts';
import { operatorTenant, type TenantId } from '#core/tenant.ts';
import type { HealthTurn } from '#store/store.ts';
import {
  exhausted,
  firstPage,
  live,
  only,
  openWorld,
  type OpenStore,
  result,
  start,
  stateOf,
} from './store-world.ts';

const day = 86_400_000;
const rule = { disabling: { kind: 'failing-for' as const, ms: 5 * day } };

export function healthContract(open: OpenStore): void {
  describe('health', () => {
    test('counts failures in a row, and one success clears it', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id, health } = await world.endpoint(tenant);
      const read = async () => (await world.store.endpoints.get(live(tenant), { id }))?.health;
      const { claims } = await world.publish(
        [1, 2, 3, 4].map(() => world.draft(tenant)),
        start,
        9,
      );
      const [a, b, c, d] = claims;
      if (a === undefined || b === undefined || c === undefined || d === undefined)
        throw new Error('four expected');
      await world.record([result(a, 'refused', start), result(b, 'unreachable', start)], start + 5);
      expect(await read()).toEqual({
        failureCount: 2,
        firstFailureAt: start + 5,
        lastFailureAt: start + 5,
        windowFailures: 2,
        windowStartedAt: start + 5,
      });
      await world.reopen(start + 6);
      const [again] = await world.claim(id, start + 6);
      if (again === undefined) throw new Error('one was expected');
      await world.record([result(again)], start + 6);
      expect(await read()).toEqual(health);
      expect(await read()).toEqual(goodHealth);
    });

    test('disables an endpoint that has failed for too long, and not again', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims } = await world.publish(
        [1, 2, 3].map(() => world.draft(tenant)),
        start,
        9,
      );
      const [a, b, c] = claims.map((claim) => result(claim, 'refused', start, rule));
      if (a === undefined || b === undefined || c === undefined) throw new Error('three were expected');
      expect(await world.record([a], start)).toMatchObject({ disabled: [] });
      expect(await world.record([b], start + 5 * day)).toMatchObject({ disabled: [id] });
      expect(await world.record([c], start + 6 * day)).toMatchObject({ disabled: [] });
      expect(await world.store.endpoints.get(live(tenant), { id })).toMatchObject({
        enabled: false,
        disabledReason: 'failing',
        disabledAt: start + 5 * day,
        revision: 2,
        health: { failureCount: 3, firstFailureAt: start },
      });
      const { claims: none, due } = await world.publish([world.draft(tenant)], start + 6 * day, 9);
      expect([none, due]).toEqual([[], []]);
    });

    test('disables an endpoint that is gone', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 9);
      const gone = result(only(claims), 'refused', start, { settlement: { isGone: true } });
      expect(await world.record([gone], start)).toMatchObject({ disabled: [id] });
      expect(await world.store.endpoints.get(live(tenant), { id })).toMatchObject({ disabledReason: 'gone' });
      expect(await stateOf(world, tenant, only(claims).id)).toBe('held');
    });

    test('is no business of late results', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 9);
      await world.store.deliveries.release(claims, start);
      const late = result(only(claims), 'refused', start, { settlement: { isGone: true } });
      expect(await world.record([late], start)).toEqual({ stale: 1, kept: new Set(), disabled: [], due: [] });
      expect(await world.store.endpoints.get(live(tenant), { id })).toMatchObject({
        enabled: true,
        health: goodHealth,
      });
    });
  });

  describe('a notice to the tenant', () => {
    test('goes to its other endpoints that name the type or a prefix of it, in the same transaction', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const named = await world.endpoint(tenant, { eventTypes: ['endpoint.disabled', '*'] });
      const prefixed = await world.endpoint(tenant, { eventTypes: ['endpoint.*'] });
      const others = [
        await world.endpoint(tenant, { eventTypes: ['*'] }),
        await world.endpoint(tenant, { eventTypes: ['endpoint.*'], mode: 'test' }),
      ];
      const { id } = await world.endpoint(tenant, { eventTypes: ['a', 'endpoint.*'] });
      const noticeHealth = ({ endpoint }: HealthTurn): EventDraft[] => [
        { ...world.draft(tenant, { type: 'endpoint.disabled', text: endpoint.id }), noticeOf: endpoint.id },
      ];
      const draft = { ...world.draft(tenant, { type: 'a' }), onlyEndpoint: id };
      const { claims } = await world.publish([draft], start, 9);
      const gone = result(only(claims), 'refused', start, { settlement: { isGone: true } });
      const recorded = await world.record([gone], start, { noticeHealth });
      expect(recorded.due.toSorted()).toEqual([named.id, prefixed.id].toSorted());
      for (const listener of [named, prefixed]) {
        const told = await world.claim(listener.id, start);
        expect(told.map(({ event }) => [event.type, text(event)])).toEqual([['endpoint.disabled', id]]);
      }
      for (const other of others) expect(await world.claim(other.id, start)).toEqual([]);
    });

    test('is not written where no endpoint names it', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant, { eventTypes: ['*', 'endpoint.*'] });
      await world.endpoint(tenant, { eventTypes: ['*'] });
      const draft = { ...world.draft(tenant), onlyEndpoint: id };
      const { claims } = await world.publish([draft], start, 9);
      const gone = result(only(claims), 'refused', start, { settlement: { isGone: true } });
      const noticeHealth = ({ endpoint }: HealthTurn): EventDraft[] => [
        { ...world.draft(tenant, { type: 'endpoint.disabled' }), noticeOf: endpoint.id },
      ];
      expect(await world.record([gone], start, { noticeHealth })).toEqual({
        stale: 0,
        kept: new Set([gone]),
        disabled: [id],
        due: [],
      });
      expect((await world.store.events.list(live(tenant), firstPage)).items).toHaveLength(1);
    });
  });

  describe('the operator', () => {
    test('receives its notices in the same transaction, as events to its own endpoints', async () => {
      const world = await openWorld(open);
      await world.tenant(operatorTenant);
      const listener = await world.endpoint(operatorTenant);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 9);
      const fatal = result(only(claims), 'refused', start, {
        settlement: { state: 'exhausted', isGone: true },
      });
      const recorded = await world.record([fatal], start, {
        noticeHealth: ({ kind, endpoint }) => [
          world.draft(operatorTenant, {
            type: `endpoint.${kind}`,
            text: `${endpoint.id} ${endpoint.disabledReason} ${endpoint.revision}`,
          }),
        ],
        noticeExhausted: ({ claim }) =>
          world.draft(operatorTenant, { type: 'delivery.exhausted', text: claim.id }),
      });
      expect(recorded).toEqual({ stale: 0, kept: new Set([fatal]), disabled: [id], due: [listener.id] });
      const told = await world.claim(listener.id, start);
      expect(told.map(({ event }) => [event.type, text(event)])).toEqual([
        ['endpoint.disabled', `${id} gone 2`],
        ['delivery.exhausted', only(claims).id],
      ]);
    });

    test('is told once when an endpoint is half way to being disabled, and when it has recovered', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims } = await world.publish(
        Array.from({ length: 7 }, () => world.draft(tenant)),
        start,
        9,
      );
      const told: [string, number][] = [];
      const disabling = { kind: 'failures-in-row' as const, failures: 4 };
      const record = async (outcomes: readonly ('refused' | 'accepted')[], at: number) => {
        const results = outcomes.map((outcome) => {
          const claim = claims[next++];
          if (claim === undefined) throw new Error('no claim is left');
          return result(claim, outcome, at, { disabling });
        });
        return world.record(results, at, {
          noticeHealth({ kind, run }) {
            told.push([kind, run.failureCount]);
            return [];
          },
        });
      };
      let next = 0;
      await record(['refused'], start);
      expect(told).toEqual([]);
      await record(['refused'], start + 1);
      await record(['refused'], start + 2);
      expect(told).toEqual([['failing', 2]]);
      await record(['accepted'], start + 4);
      expect(told.slice(1)).toEqual([['recovered', 3]]);
      await record(['refused', 'refused'], start + 5);
      expect(told.slice(2)).toEqual([['failing', 2]]);
      expect((await world.store.endpoints.get(live(tenant), { id }))?.enabled).toBe(true);
      await record(['refused'], start + 6);
      expect(told.slice(3)).toEqual([]);
    });

    test('that does not exist receives nothing, and nothing fails', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 9);
      const nobody = (): EventDraft => world.draft('nobody' as TenantId);
      const last = result(only(claims), 'refused', start, exhausted);
      const recorded = await world.record([last], start, { noticeExhausted: nobody });
      expect(recorded).toEqual({ stale: 0, kept: new Set([last]), disabled: [], due: [] });
      expect(await stateOf(world, tenant, only(claims).id)).toBe('exhausted');
    });

    test('a transaction that fails changes nothing at all', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 9);
      const results = [result(only(claims), 'refused', start, { settlement: { isGone: true } })];
      await expect(world.record(results, start, { noticeHealth: fail })).rejects.toThrow(
        'can not be written',
      );
      expect(await world.store.endpoints.get(live(tenant), { id })).toMatchObject({
        enabled: true,
        health: goodHealth,
      });
      const detail = await world.store.deliveries.get(live(tenant), only(claims).id);
      expect(detail).toMatchObject({ delivery: { state: 'pending', attempts: 0 }, attempts: [] });
      expect((await world.store.deliveries.listAttempts(live(tenant), null, firstPage)).items).toEqual([]);
      expect(await world.record(results, start)).toEqual({
        stale: 0,
        kept: new Set(results),
        disabled: [id],
        due: [],
      });
    });
  });
}

function text(event: { payload: Uint8Array }): string {
  const payload = JSON.parse(Buffer.from(event.payload).toString()) as { text: string };
  return payload.text;
}

function fail(): never {
  throw new Error('the notice can not be written');
}
