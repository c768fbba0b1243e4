// The engine's part of the store against a model of a few lines: after any sequence of steps no
// delivery is lost, doubled, sent by two at once, or sent before an earlier one of its key.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Claim, DeliveryId } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import type { AttemptResult } from '#store/store.ts';
import {
  canceled,
  leaseMs,
  live,
  openWorld,
  type OpenStore,
  result,
  start,
  type World,
} from './store-world.ts';

type Step =
  | { readonly do: 'publish'; readonly keys: readonly (string | null)[]; readonly capacity: number }
  | { readonly do: 'claim'; readonly endpoint: number; readonly count: number }
  | {
      readonly do: 'record';
      readonly picks: readonly number[];
      readonly end: 'accepted' | 'retry' | 'exhausted' | 'canceled';
    }
  | { readonly do: 'release'; readonly picks: readonly number[] }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'switch'; readonly endpoint: number; readonly enabled: boolean }
  | { readonly do: 'redeliver'; readonly pick: number }
  | { readonly do: 'reopen' };

const picks = fc.array(fc.nat(1000), { minLength: 1, maxLength: 4 });
const endpoint = fc.nat(1);

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      keys: fc.array(fc.constantFrom(null, 'k', 'l'), { minLength: 1, maxLength: 4 }),
      capacity: fc.nat(2),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('claim' as const), endpoint, count: fc.nat(3) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('record' as const),
      picks,
      end: fc.constantFrom('accepted' as const, 'retry' as const, 'exhausted' as const, 'canceled' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), picks }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, leaseMs, 60_000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('switch' as const), endpoint, enabled: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('redeliver' as const), pick: fc.nat(1000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
);

interface Known {
  readonly id: DeliveryId;
  readonly endpoint: EndpointId;
  readonly key: string | null;
  state: 'waiting' | 'delivered' | 'exhausted' | 'canceled';
  attempts: number;
  isOrdered: boolean;
  /** The claim whose result counts, if any. */
  claim: Claim | null;
}

interface Model {
  readonly world: World;
  readonly tenant: TenantId;
  readonly endpoints: readonly EndpointId[];
  readonly enabled: Map<EndpointId, boolean>;
  readonly deliveries: Map<DeliveryId, Known>;
  /** Waiting deliveries per endpoint and key, first to be sent first. */
  readonly queues: Map<string, DeliveryId[]>;
  /** Every claim there has ever been, the lost ones too. */
  readonly claims: Claim[];
  now: number;
}

export function modelContract(open: OpenStore): void {
  describe('the store and its model', () => {
    test('agree after any sequence of steps, and everything ends at last', async () => {
      const property = fc.asyncProperty(
        fc.array(steps, { minLength: 5, maxLength: 40 }),
        async (sequence) => {
          const model = await makeModel(open);
          for (const step of sequence) await take(model, step);
          await compare(model);
          await drain(model);
          await compare(model);
          await model.world.store.close();
        },
      );
      await fc.assert(property, { numRuns: 60 });
    });
  });
}

async function makeModel(open: OpenStore): Promise<Model> {
  const world = await openWorld(open);
  const tenant = await world.tenant();
  const endpoints = [(await world.endpoint(tenant)).id, (await world.endpoint(tenant)).id];
  const enabled = new Map(endpoints.map((id) => [id, true]));
  return {
    world,
    tenant,
    endpoints,
    enabled,
    deliveries: new Map(),
    queues: new Map(),
    claims: [],
    now: start,
  };
}

async function take(model: Model, step: Step): Promise<void> {
  const { world, tenant } = model;
  const endpointOf = (index: number) => model.endpoints[index] as EndpointId;
  const claimsOf = (chosen: readonly number[]) => [
    ...new Set(chosen.flatMap((pick) => model.claims[pick % Math.max(1, model.claims.length)] ?? [])),
  ];
  switch (step.do) {
    case 'publish':
      return publish(model, step.keys, step.capacity);
    case 'claim':
      return claimed(model, await world.claim(endpointOf(step.endpoint), model.now, step.count));
    case 'record':
      return record(model, claimsOf(step.picks), step.end);
    case 'release':
      return release(model, claimsOf(step.picks));
    case 'wait':
      model.now += step.ms;
      return;
    case 'switch': {
      const enabled = { value: step.enabled, reason: 'requested' as const };
      await world.store.endpoints.change(live(tenant), { id: endpointOf(step.endpoint) }, () => ({
        now: model.now,
        isUrlUnique: false,
        enabled,
      }));
      model.enabled.set(endpointOf(step.endpoint), step.enabled);
      return;
    }
    case 'redeliver':
      return redeliver(model, step.pick);
    default:
      await world.reopen(model.now);
      for (const delivery of model.deliveries.values()) delivery.claim = null;
  }
}

async function publish(model: Model, keys: readonly (string | null)[], capacity: number): Promise<void> {
  const { world, tenant } = model;
  const drafts = keys.map((orderingKey) => world.draft(tenant, { orderingKey }));
  const { results, claims } = await world.publish(drafts, model.now, capacity);
  for (const [index, one] of results.entries()) {
    const event = one.kind === 'published' ? one.events[0] : undefined;
    if (event === undefined) throw new Error(`not published: ${one.kind}`);
    const { items } = await world.store.deliveries.list(
      live(tenant),
      { event: event.id },
      { limit: 9, cursor: null },
    );
    expect(items.map((item) => item.endpoint).toSorted()).toEqual(model.endpoints.toSorted());
    for (const { id, endpoint } of items) {
      const delivery: Known = {
        id,
        endpoint,
        key: keys[index] ?? null,
        state: 'waiting',
        attempts: 0,
        isOrdered: false,
        claim: null,
      };
      model.deliveries.set(id, delivery);
      queueOf(model, delivery)?.push(id);
    }
  }
  claimed(model, claims);
}

function queueOf(model: Model, { endpoint, key }: Known): DeliveryId[] | null {
  if (key === null) return null;
  const name = `${endpoint} ${key}`;
  const queue = model.queues.get(name) ?? [];
  model.queues.set(name, queue);
  return queue;
}

/** Each claim must be of a waiting delivery that is not claimed, and the first of its key. */
function claimed(model: Model, claims: readonly Claim[]): void {
  for (const claim of claims) {
    const delivery = known(model, claim.id);
    expect(delivery.state).toBe('waiting');
    expect(delivery.claim === null || delivery.claim.leaseUntil <= model.now).toBe(true);
    expect(claim).toMatchObject({
      attempts: delivery.attempts,
      trigger: delivery.isOrdered ? 'redelivery' : 'schedule',
      endpoint: delivery.endpoint,
    });
    expect(model.enabled.get(delivery.endpoint) === true || delivery.isOrdered).toBe(true);
    expect(queueOf(model, delivery)?.[0] ?? delivery.id).toBe(delivery.id);
    delivery.claim = claim;
    model.claims.push(claim);
  }
}

async function record(
  model: Model,
  claims: readonly Claim[],
  end: 'accepted' | 'retry' | 'exhausted' | 'canceled',
): Promise<void> {
  const results: AttemptResult[] = claims.map((claim) =>
    end === 'canceled'
      ? canceled(claim, model.now)
      : end === 'exhausted'
        ? result(claim, 'refused', model.now, {
            settlement: { state: claim.wasDelivered ? 'delivered' : 'exhausted' },
          })
        : result(claim, end === 'accepted' ? 'accepted' : 'refused', model.now),
  );
  const { stale } = await model.world.record(results, model.now);
  let expected = 0;
  for (const { claim, attempt, settlement } of results) {
    const delivery = known(model, claim.id);
    if (delivery.claim !== claim) {
      expected++;
      continue;
    }
    delivery.claim = null;
    if (attempt !== null) delivery.attempts++;
    delivery.isOrdered = false;
    if (settlement.state === 'pending') continue;
    delivery.state = settlement.state;
    expect(queueOf(model, delivery)?.shift() ?? delivery.id).toBe(delivery.id);
  }
  expect(stale).toBe(expected);
}

async function release(model: Model, claims: readonly Claim[]): Promise<void> {
  await model.world.store.deliveries.release(claims, model.now);
  for (const claim of claims) {
    const delivery = known(model, claim.id);
    if (delivery.claim === claim) delivery.claim = null;
  }
}

async function redeliver(model: Model, pick: number): Promise<void> {
  const delivery = [...model.deliveries.values()][pick % Math.max(1, model.deliveries.size)];
  if (delivery === undefined) return;
  await model.world.store.deliveries.redeliver(live(model.tenant), delivery.id, model.now);
  if (delivery.claim !== null && delivery.claim.leaseUntil > model.now) return;
  if (delivery.state !== 'waiting') queueOf(model, delivery)?.push(delivery.id);
  delivery.state = 'waiting';
  delivery.isOrdered = true;
}

/** What the store says of every delivery is what the model says. */
async function compare(model: Model): Promise<void> {
  const { deliveries } = model.world.store;
  const page = await deliveries.list(live(model.tenant), {}, { limit: 10_000, cursor: null });
  const said = page.items.map(({ id, state, attempts }) => `${id} ${state} ${attempts}`);
  const expected = [...model.deliveries.values()].map(({ id, state, attempts, endpoint, isOrdered }) => {
    const waiting = model.enabled.get(endpoint) === true || isOrdered ? 'pending' : 'held';
    return `${id} ${state === 'waiting' ? waiting : state} ${attempts}`;
  });
  expect(new Set(said)).toEqual(new Set(expected));
  expect(said).toHaveLength(expected.length);
  const waiting = [...model.deliveries.values()].filter((delivery) => delivery.state === 'waiting');
  expect(await deliveries.countWaiting()).toBe(waiting.length);
  for (const { id, attempts } of model.deliveries.values()) {
    expect((await deliveries.get(live(model.tenant), id))?.attempts).toHaveLength(attempts);
  }
}

/** With every endpoint enabled and time passing, all that waits comes to be delivered. */
async function drain(model: Model): Promise<void> {
  for (const index of model.endpoints.keys())
    await take(model, { do: 'switch', endpoint: index, enabled: true });
  model.now += Math.max(leaseMs, 60_000);
  for (let turn = 0; turn <= model.deliveries.size; turn++) {
    const { due } = await model.world.store.deliveries.agenda(null, 10);
    if (due.length === 0) break;
    for (const { endpoint, dueAt } of due) {
      expect(dueAt).toBeLessThanOrEqual(model.now);
      const claims = await model.world.claim(endpoint, model.now, 100);
      expect(claims.length).toBeGreaterThan(0);
      claimed(model, claims);
      await record(model, claims, 'accepted');
    }
  }
  expect([...model.deliveries.values()].filter((delivery) => delivery.state === 'waiting')).toEqual([]);
}

function known(model: Model, id: DeliveryId): Known {
  const delivery = model.deliveries.get(id);
  if (delivery === undefined) throw new Error(`${id} was never published`);
  return delivery;
}
