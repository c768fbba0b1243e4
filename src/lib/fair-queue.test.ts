import { expect, test } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { FairQueue } from './fair-queue.ts';

const settle = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

function createQueue({ slots = 1, perKeyMax = 100, shareMax = 0.25 } = {}) {
  const clock = createFakeClock();
  const queue = new FairQueue({ clock, slots, perKeyMax, shareMax, overflow: () => new Error('full') });
  const done: string[] = [];
  /** Work that ends when the test says so. */
  const add = (key: string, name: string, ms = 0): Promise<void> =>
    queue.run(key, async () => {
      clock.advance(ms);
      done.push(name);
    });
  return { clock, queue, done, add };
}

test('keys take turns, whatever each has waiting', async () => {
  const { done, add } = createQueue();
  const all = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1'].map((name) => add(name.charAt(0), name));
  await Promise.all(all);
  expect(done).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
});

test('a key whose work takes long waits three times as long, and delays no other', async () => {
  const { clock, done, add } = createQueue();
  const slow = [add('a', 'a1', 20), add('a', 'a2', 20)];
  await slow[0];
  await add('b', 'b1');
  await settle();
  expect(done).toEqual(['a1', 'b1']);
  clock.advance(59);
  await settle();
  expect(done).toEqual(['a1', 'b1']);
  clock.advance(1);
  await Promise.all(slow);
  expect(done).toEqual(['a1', 'b1', 'a2']);
});

test('a key with too much waiting is refused at once, and may ask again later', async () => {
  const { queue, add } = createQueue({ perKeyMax: 2 });
  const gate = Promise.withResolvers<void>();
  const first = queue.run('a', () => gate.promise);
  const second = add('a', 'a2');
  await expect(add('a', 'a3')).rejects.toThrow('full');
  await expect(Promise.race([add('b', 'b1'), Promise.resolve('waits')])).resolves.toBe('waits');
  gate.resolve();
  await Promise.all([first, second]);
  await add('a', 'a4');
});

test('work that fails frees its slot, and slots run at once', async () => {
  const { queue, add } = createQueue({ slots: 2 });
  const gate = Promise.withResolvers<void>();
  const held = queue.run('a', () => gate.promise);
  await expect(queue.run('b', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await add('b', 'b2');
  gate.resolve();
  await held;
});
