// What deliveries send in place of the published payload, and those that are not to be sent.
import { describe, expect, test } from 'vitest';
import type { Content } from '#core/transform.ts';
import {
  canceled,
  firstPage,
  live,
  only,
  openWorld,
  type OpenStore,
  result,
  start,
  stateOf,
} from './store-world.ts';

const content: Content = {
  payload: Buffer.from('{"amount": 1.50,\n"text":"ü"}'),
  headers: { 'X-Kind': 'a\nb' },
  path: '/other?a=b',
};

export function contentsContract(open: OpenStore): void {
  describe('contents', () => {
    test('what a transform made is kept with its attempt, byte for byte', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id: endpoint } = await world.endpoint(tenant);
      const claim = only((await world.publish([world.draft(tenant)], start, 1)).claims);
      expect(claim.sent).toBe('nothing');
      expect(await world.store.deliveries.content(claim.id)).toBeNull();
      await world.record([result(claim, 'refused', start, { sent: 'transformed', content })], start + 1);

      await world.reopen(start + 2);
      const again = only(await world.claim(endpoint, start + 60_000));
      expect(again).toMatchObject({ sent: 'transformed', attempts: 1 });
      expect(await world.store.deliveries.content(claim.id)).toEqual(content);

      await world.record([result(again, 'accepted', start, { sent: 'transformed' })], start + 60_001);
      expect(await world.store.deliveries.content(claim.id)).toEqual(content);
      await world.store.deliveries.redeliver(live(tenant), claim.id, start + 60_002);
      const redelivered = only(await world.claim(endpoint, start + 60_002));
      expect(redelivered).toMatchObject({ trigger: 'redelivery', attempts: 2 });
      const newer = { ...content, path: null, headers: {} };
      await world.record([result(redelivered, 'accepted', start, { content: newer })], start + 60_003);
      expect(await world.store.deliveries.content(claim.id)).toEqual(newer);
    });

    test('a claim tells whether a request has carried anything', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id: endpoint } = await world.endpoint(tenant);
      const drafts = [world.draft(tenant), world.draft(tenant), world.draft(tenant)];
      const { claims } = await world.publish(drafts, start, 3);
      const results = (['nothing', 'published', 'transformed'] as const).map((sent, index) => {
        const claim = claims[index];
        if (claim === undefined) throw new Error('three expected');
        return result(claim, 'unreachable', start, { sent });
      });
      await world.record(results, start + 1);
      const again = await world.claim(endpoint, start + 60_000);
      expect(again.map(({ sent }) => sent)).toEqual(['nothing', 'published', 'transformed']);
      await world.store.deliveries.release(again, start + 60_001);
      const released = await world.claim(endpoint, start + 60_002);
      expect(released.map(({ sent }) => sent)).toEqual(['nothing', 'published', 'transformed']);
    });

    test('what is not to be sent is canceled without an attempt, and frees its ordering key', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id: endpoint } = await world.endpoint(tenant);
      const drafts = [1, 2].map(() => world.draft(tenant, { orderingKey: 'key' }));
      const claim = only((await world.publish(drafts, start, 2)).claims);
      const ended = canceled(claim, start + 1);
      const recorded = await world.record([ended], start + 1);
      expect(recorded).toEqual({ stale: 0, kept: new Set([ended]), disabled: [], due: [endpoint] });
      const detail = await world.store.deliveries.get(live(tenant), claim.id);
      expect(detail).toMatchObject({
        delivery: { state: 'canceled', note: 'transform_null', attempts: 0, endedAt: start + 1 },
        attempts: [],
      });
      const listed = await world.store.deliveries.list(live(tenant), { state: 'canceled' }, firstPage);
      expect(only(listed.items).note).toBe('transform_null');
      const next = only(await world.claim(endpoint, start + 2));
      expect(next.id).not.toBe(claim.id);
      expect((await world.store.endpoints.get(live(tenant), { id: endpoint }))?.health.failureCount).toBe(0);
    });

    test('a late cancellation changes nothing', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await world.endpoint(tenant);
      const claim = only((await world.publish([world.draft(tenant)], start, 1)).claims);
      await world.store.deliveries.release([claim], start + 1);
      expect((await world.record([canceled(claim)], start + 2)).stale).toBe(1);
      expect(await stateOf(world, tenant, claim.id)).toBe('pending');
    });

    test('together with attempts, each has its own ending', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant), world.draft(tenant)], start, 2);
      const [first, second] = claims;
      if (first === undefined || second === undefined) throw new Error('two expected');
      await world.record([canceled(first), result(second)], start + 1);
      expect(await stateOf(world, tenant, first.id)).toBe('canceled');
      expect(await stateOf(world, tenant, second.id)).toBe('delivered');
    });
  });
}
