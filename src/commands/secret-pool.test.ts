import { expect, test } from 'vitest';
import type { TenantId } from '#core/tenant.ts';
import type { Dialect } from '#dialects/dialect.ts';
import { systemRandom } from '#lib/random.ts';
import { createSeal, type Seal } from '#lib/seal.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { SecretPool } from './secret-pool.ts';

const [a, b] = ['a' as TenantId, 'b' as TenantId];
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A pool, and a dialect whose secrets are `secret-1`, `secret-2`, …, each made when the test says so. */
function createScene(secretsAhead?: number) {
  const clock = createFakeClock();
  const real = createSeal([new Uint8Array(32)], systemRandom);
  const sealed: string[] = [];
  const seal: Seal = {
    ...real,
    close(text, context) {
      sealed.push(text);
      return real.close(text, context);
    },
  };
  const pool = new SecretPool({ clock, random: systemRandom, seal });
  const making: (() => void)[] = [];
  const dialect = {
    name: 'slow',
    createSecret: async () => {
      const nth = making.length + 1;
      await new Promise<void>((resolve) => making.push(resolve));
      return { secret: `secret-${nth}`, attributes: { nth } };
    },
    ...(secretsAhead === undefined ? {} : { secretsAhead }),
  } as unknown as Dialect;
  /** Lets the pause of a refill end, and then finishes everything that is being made. */
  const turn = async (): Promise<void> => {
    clock.advance(1000);
    await settle();
    making.forEach((finish) => finish());
    await settle();
  };
  return { pool, dialect, making, sealed, turn };
}

test('secrets are made ahead one at a time, sealed, up to the number of the dialect, and taken in their order', async () => {
  const { pool, dialect, making, sealed, turn } = createScene(2);
  pool.fill(dialect);
  expect(making).toHaveLength(0);
  for (let round = 1; round <= 4; round++) {
    await turn();
    expect(making).toHaveLength(Math.min(round, 2));
  }
  expect(sealed).toEqual(['secret-1', 'secret-2']);
  expect(await pool.take(dialect, a)).toEqual({ secret: 'secret-1', attributes: { nth: 1 } });
  expect(await pool.take(dialect, b)).toEqual({ secret: 'secret-2', attributes: { nth: 2 } });
  await turn();
  expect(making).toHaveLength(3);
});

test('with an empty pool each tenant has one secret made at a time, and the refill waits for both', async () => {
  const { pool, dialect, making, turn } = createScene(1);
  const taken = [pool.take(dialect, a), pool.take(dialect, a), pool.take(dialect, b)];
  await settle();
  expect(making).toHaveLength(2);
  await turn();
  expect(making).toHaveLength(3);
  await turn();
  const secrets = (await Promise.all(taken)).map(({ secret }) => secret);
  expect(secrets.toSorted()).toEqual(['secret-1', 'secret-2', 'secret-3']);
  await turn();
  expect(making).toHaveLength(4);
});

test('a dialect without a number has no pool', async () => {
  const { pool, dialect, making, turn } = createScene();
  pool.fill(dialect);
  await turn();
  expect(making).toHaveLength(0);
  const taken = pool.take(dialect, a);
  await turn();
  expect(await taken).toMatchObject({ secret: 'secret-1' });
});

test('nothing is made ahead after the pool is closed', async () => {
  const { pool, dialect, making, turn } = createScene(2);
  pool.fill(dialect);
  pool.close();
  await turn();
  pool.fill(dialect);
  await turn();
  expect(making).toHaveLength(0);
});
