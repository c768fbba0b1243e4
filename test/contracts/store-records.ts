// What every store promises of its records: concurrent changes are all kept, and any text is data.
import { describe, expect, test } from 'vitest';
import type { DeliveryId } from '#core/delivery.ts';
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import type { CredentialId, TenantId } from '#core/tenant.ts';
import type { Store } from '#store/store.ts';
import {
  firstPage,
  inMode,
  live,
  loadOne,
  makeEndpoint,
  only,
  openWorld,
  type OpenStore,
  result,
  start,
} from './store-world.ts';

/** Texts that would end a literal, name a parameter or be another statement, if they became part of the SQL. */
const hostileTexts = [
  `'; drop table endpoints; --`,
  `"quoted" and 'quoted'`,
  '?',
  '$1',
  '${id}',
  ':id @id',
  '\\',
  '%_',
  '{"a":1}',
  '{1,2}',
  'null',
  '',
  ' ',
  '\u0001\u00010',
  '😀 á \u2028',
];

/** Texts that no key or id has: looking them up finds nothing, and is no error. */
const unknownTexts = [...hostileTexts, '\0', 'a\0b', '\ud800'];

/**
 * In each round three clients change another field of one endpoint at the same time. Each decides from what it reads, so
 * that a lost change would be missing in what the next ones read.
 */
export async function changeConcurrently(
  stores: readonly Store[],
  tenant: TenantId,
  id: EndpointId,
  rounds: number,
): Promise<void> {
  const change = async (client: number, decide: (current: Endpoint) => object): Promise<void> => {
    const store = stores[client % stores.length];
    const changed = await store?.endpoints.change(live(tenant), { id }, (current) => {
      return { now: start, isUrlUnique: true, ...decide(current) };
    });
    expect(changed).toMatchObject({ after: { id } });
  };
  for (let round = 0; round < rounds; round++) {
    await Promise.all([
      change(round, ({ attributes }) => ({ attributes: { count: Number(attributes['count'] ?? 0) + 1 } })),
      change(round + 1, ({ secrets }) => ({
        secrets: [{ sealed: `secret ${round}`, expiresAt: null }, ...secrets.slice(0, 3)],
      })),
      change(round + 2, ({ eventTypes }) => ({ eventTypes: [...eventTypes.slice(-3), `type.${round}`] })),
    ]);
  }
  const last = await stores[0]?.endpoints.get(live(tenant), { id });
  const newest = [1, 2, 3, 4].map((back) => rounds - back);
  expect(last).toMatchObject({
    attributes: { count: rounds },
    secrets: newest.map((round) => ({ sealed: `secret ${round}` })),
    eventTypes: newest.toReversed().map((round) => `type.${round}`),
    revision: 1 + 3 * rounds,
  });
}

export function recordsContract(open: OpenStore): void {
  describe('records', () => {
    test('keep every answered change of an endpoint, of three at a time in 200 rounds', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      await changeConcurrently([world.store], tenant, id, 200);
    });

    test('change nothing when the decision throws', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const made = await world.endpoint(tenant);
      const refuse = (): never => {
        throw new Error('refused');
      };
      await expect(world.store.endpoints.change(live(tenant), { id: made.id }, refuse)).rejects.toThrow(
        'refused',
      );
      await changeConcurrently([world.store], tenant, made.id, 5);
    });

    test('take any text as data', async () => {
      const world = await openWorld(open);
      const { store } = world;
      for (const [index, text] of hostileTexts.entries()) {
        const tenant = `ten ${text}` as TenantId;
        expect(
          await store.tenants.create({
            id: tenant,
            name: text,
            dialect: text,
            metadata: {},
            contact: null,
            createdAt: start,
          }),
        ).toBe(true);
        expect(await store.tenants.get(tenant)).toMatchObject({ id: tenant, name: text, dialect: text });
        expect(await store.tenants.change(tenant, { name: `${text}!` })).toMatchObject({ name: `${text}!` });

        const id = `crd ${text}` as CredentialId;
        const credential = { id, tenant, mode: 'live', kind: 'key-pair', createdAt: start } as const;
        await store.credentials.create({ ...credential, lookup: text, sealedSecret: text });
        expect(await store.credentials.find(text, text)).toMatchObject({
          id,
          lookup: text,
          sealedSecret: text,
        });
        expect((await store.credentials.list(tenant, firstPage)).items).toHaveLength(1);
        expect(await store.credentials.remove(tenant, id)).toBe(true);

        const secret = { sealed: text, attributes: { [text]: text } };
        await store.tenantSecrets.set(tenant, 'live', secret);
        expect(await store.tenantSecrets.putIfAbsent(tenant, 'live', { sealed: '', attributes: {} })).toEqual(
          secret,
        );
        expect(await store.metadata.putIfAbsent(`name ${text}`, text)).toBe(text);
        expect(await store.metadata.putIfAbsent(`name ${text}`, 'another')).toBe(text);

        const made = {
          ...makeEndpoint(world.ids, tenant, index),
          url: `https://receiver.example/${text}`,
          eventTypes: [text, `other ${text}`],
          description: text,
          alias: text,
          attributes: { [text]: [text] },
          secrets: [{ sealed: text, expiresAt: null }],
        };
        const rules = { isUrlUnique: true, endpointsMax: 9 };
        expect(await store.endpoints.create(made, rules)).toBe('created');
        expect(
          await store.endpoints.create({ ...made, id: world.ids.next('ep', start) as EndpointId }, rules),
        ).toBe('url_taken');
        expect(await store.endpoints.get(live(tenant), { alias: text })).toEqual(made);
        const listed = await store.endpoints.list(live(tenant), { ...firstPage, offset: 0, eventType: text });
        expect(listed).toMatchObject({ total: 1, items: [made] });
        const changed = await store.endpoints.change(live(tenant), { alias: text }, () => ({
          now: start,
          isUrlUnique: true,
          url: `${made.url}?${text}`,
          description: `${text}${text}`,
        }));
        expect(changed).toMatchObject({
          after: { url: `${made.url}?${text}`, description: `${text}${text}` },
        });
        expect(await loadOne(store, made.id)).toMatchObject({ dialect: text, tenantSecret: text });

        const draft = world.draft(tenant, {
          id: text,
          type: text,
          orderingKey: text,
          traceparent: text,
          metadata: { [text]: text },
        });
        const claim = only((await world.publish([draft], start, 1)).claims);
        expect(claim.event).toMatchObject({ id: text, type: text, metadata: { [text]: text } });
        expect(await store.events.get(live(tenant), text)).toMatchObject({
          event: { id: text, orderingKey: text, traceparent: text, metadata: { [text]: text } },
        });
        const error = { code: 'timeout', message: text } as const;
        const attempt = { error, url: text, requestHeaders: { [text]: text } };
        await world.record([result(claim, 'unreachable', start, { attempt })], start);
        const filter = { event: text, eventType: text, state: 'pending' } as const;
        const found = only((await store.deliveries.list(live(tenant), filter, firstPage)).items);
        expect(found).toMatchObject({ id: claim.id, event: text, eventType: text, orderingKey: text });
        expect((await store.deliveries.get(live(tenant), found.id))?.attempts).toMatchObject([attempt]);
        expect((await store.deliveries.listAttempts(live(tenant), made.id, firstPage)).items).toMatchObject([
          { attempt },
        ]);

        const terms = {
          tenant,
          mode: null,
          endpoint: null,
          states: ['pending'],
          eventTypes: [text],
        } as const;
        const range = { since: 0, until: start * 2, ratePerSecond: 1, includeDisabled: true };
        expect(await store.replays.count({ ...terms, ...range })).toBe(1);
        const replay = {
          ...terms,
          ...range,
          id: `rpl ${text}`,
          total: 1,
          done: 0,
          delivered: 0,
          failed: 0,
          createdAt: start,
        };
        await store.replays.create({ ...replay, kind: 'replay', state: 'running' });
        expect(await store.replays.get(tenant, replay.id)).toMatchObject({ eventTypes: [text] });
        expect(await store.replays.step(replay.id, 9, start)).toMatchObject({ redelivered: 1 });
        expect(await store.replays.stop(tenant, replay.id)).toBe(false);
        expect(await store.deliveries.redeliver(live(tenant), found.id, start)).toMatchObject({
          event: text,
        });

        const counts = {
          minute: start,
          accepted: 1,
          refused: 0,
          unreachable: 0,
          durations: [1],
          codes: { a200: 1 },
        };
        const stats = { tenant, endpoint: text as EndpointId, ...counts };
        await store.stats.add([stats, stats]);
        expect(
          await store.stats.read({
            tenant,
            endpoints: [text as EndpointId],
            since: 0,
            until: start + 600_000,
          }),
        ).toEqual([{ ...stats, accepted: 2, durations: [2], codes: { a200: 2 } }]);
        expect(await store.endpoints.remove(live(tenant), { alias: text }, start)).toMatchObject({
          alias: text,
        });
        expect(await store.tenants.remove(tenant, start)).toBe(true);
      }
      expect((await store.tenants.list(firstPage)).items).toEqual([]);
    });

    test('find nothing under texts that are no keys', async () => {
      const world = await openWorld(open);
      const { store } = world;
      const tenant = await world.tenant();
      await world.endpoint(tenant, { eventTypes: ['a'] });
      for (const text of unknownTexts) {
        const none = text as TenantId;
        expect(await store.tenants.get(none)).toBeNull();
        expect(await store.tenants.change(none, { name: 'x' })).toBeNull();
        expect(await store.tenants.remove(none, start)).toBe(false);
        expect(await store.credentials.find('standard', text)).toBeNull();
        expect(await store.credentials.remove(tenant, text as CredentialId)).toBe(false);
        for (const key of [{ id: text as EndpointId }, { alias: text }]) {
          expect(await store.endpoints.get(inMode(tenant, null), key)).toBeNull();
          expect(await store.endpoints.remove(live(tenant), key, start)).toBeNull();
        }
        const query = { ...firstPage, offset: 0, eventType: text };
        expect(await store.endpoints.list(live(tenant), query)).toMatchObject({ total: 0 });
        expect(await store.events.get(inMode(tenant, null), text)).toBeNull();
        expect(await store.deliveries.get(inMode(tenant, null), text as DeliveryId)).toBeNull();
        expect(await store.deliveries.redeliver(live(tenant), text as DeliveryId, start)).toBeNull();
        expect(await store.replays.get(tenant, text)).toBeNull();
        expect(await store.replays.stop(tenant, text)).toBe(false);
      }
    });
  });
}
