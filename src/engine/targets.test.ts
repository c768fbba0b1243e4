// Reading endpoints of the store: few statements for many of a tenant, and no tenant behind another.
import { expect, test } from 'vitest';
import type { EndpointId } from '#core/endpoint.ts';
import { createSecretBox } from '#core/secrets.ts';
import type { TenantId } from '#core/tenant.ts';
import { byName } from '#dialects/dialect.ts';
import { dialects } from '#dialects/index.ts';
import { systemRandom } from '#lib/random.ts';
import { createSeal } from '#lib/seal.ts';
import type { LoadedEndpoint } from '#store/store.ts';
import { exampleEndpoint } from '../../test/support/examples.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { Targets } from './targets.ts';

const [big, small] = ['big', 'small'] as TenantId[] as [TenantId, TenantId];
const idsOf = (tenant: TenantId, count: number): EndpointId[] =>
  Array.from({ length: count }, (_, nth) => `ep_${tenant}_${nth}` as EndpointId);

interface Read {
  readonly ids: readonly EndpointId[];
  readonly answer: (loaded?: ReadonlyMap<EndpointId, LoadedEndpoint>) => void;
  readonly fail: (error: Error) => void;
}

function openTargets() {
  const seal = createSeal([new Uint8Array(32).fill(1)], systemRandom);
  const box = createSecretBox(seal);
  const reads: Read[] = [];
  const load = (ids: readonly EndpointId[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<EndpointId, LoadedEndpoint>>();
    const all = new Map(ids.map((id) => [id, loadedOf(id)]));
    reads.push({ ids, answer: (loaded = all) => resolve(loaded), fail: reject });
    return promise;
  };
  const loadedOf = (id: EndpointId): LoadedEndpoint => {
    const tenant = (id.split('_')[1] ?? '') as TenantId;
    const endpoint = exampleEndpoint({ id, tenant, secrets: [] });
    return { endpoint, dialect: 'standard', tenantSecret: null };
  };
  const targets = new Targets({
    store: { endpoints: { load } } as unknown as ConstructorParameters<typeof Targets>[0]['store'],
    dialects: byName(dialects),
    secrets: box,
    seal,
    clock: createFakeClock(),
  });
  return { targets, reads, loadedOf };
}

/** Some turns of the event loop, in which what can begin has begun. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('a thousand endpoints of a tenant are read by few statements, one at a time, and another tenant beside them', async () => {
  const { targets, reads } = openTargets();
  const asked = idsOf(big, 1000).map(async (id) => targets.get(big, id, 0));
  const other = targets.get(small, 'ep_small_0' as EndpointId, 0);
  await turns();
  expect(reads.map(({ ids }) => ids.length)).toEqual([200, 1]);
  reads[1]?.answer();
  expect(await other).toMatchObject({ endpoint: { tenant: small } });
  for (let nth = 0; nth < 6; nth++) {
    reads[nth]?.answer();
    await turns();
  }
  expect(reads.map(({ ids }) => ids.length)).toEqual([200, 1, 200, 200, 200, 200]);
  expect(await Promise.all(asked)).toHaveLength(1000);
  // From now on without a promise.
  expect(targets.get(big, 'ep_big_999' as EndpointId, 0)).toMatchObject({ endpoint: { tenant: big } });
  expect(reads).toHaveLength(6);
});

test('one that is asked for again before it is read is read once, and after that once more', async () => {
  const { targets, reads } = openTargets();
  const id = 'ep_big_0' as EndpointId;
  const [first, again] = [targets.get(big, id, 0), targets.get(big, id, 0)];
  await turns();
  // It may have changed since it was read.
  const later = targets.get(big, id, 0);
  await turns();
  expect(reads.map(({ ids }) => ids)).toEqual([[id]]);
  reads[0]?.answer();
  expect(await first).toBe(await again);
  await turns();
  expect(reads.map(({ ids }) => ids)).toEqual([[id], [id]]);
  reads[1]?.answer(new Map());
  expect(await later).toBeNull();
});

test('a store that cannot be read is told to all who wait, and the next are read; a damaged endpoint is told of that one', async () => {
  const { targets, reads, loadedOf } = openTargets();
  const [bad, good] = idsOf(big, 2) as [EndpointId, EndpointId];
  const failed = [bad, good].map((id) => targets.get(big, id, 0));
  await turns();
  reads[0]?.fail(new Error('the database does not answer'));
  for (const one of failed) await expect(one).rejects.toThrow(/does not answer/);
  await turns();
  const [damaged, whole] = [targets.get(big, bad, 0), targets.get(big, good, 0)];
  await turns();
  const unreadable = { ...loadedOf(bad), dialect: 'gone' };
  reads[1]?.answer(
    new Map([
      [bad, unreadable],
      [good, loadedOf(good)],
    ]),
  );
  await expect(damaged).rejects.toThrow();
  expect(await whole).toMatchObject({ endpoint: { id: good } });
});
