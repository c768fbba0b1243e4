import { MessageChannel } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { Fault } from '#core/fault.ts';
import { answer, connect } from './line.ts';
import { StartError } from './world.ts';

let channel = new MessageChannel();
afterEach(() => {
  channel.port1.close();
  channel = new MessageChannel();
});

/** What stands here for `target`, with every message between them copied as between threads. */
function standInFor<Target extends object>(target: Target | Promise<Target>): Promise<Target> {
  answer(channel.port2, Promise.resolve(target));
  return connect<Target>(channel.port1);
}

test('methods are called where they are, however deep, with copies of what is passed', async () => {
  const target = {
    sum: (a: number, b: number) => Promise.resolve(a + b),
    rooms: {
      size: 3,
      async grow(this: { size: number }, by: { readonly rooms: number; readonly note: Uint8Array }) {
        this.size += by.rooms;
        return { size: this.size, note: by.note };
      },
    },
  };
  const there = await standInFor(target);
  expect(await there.sum(2, 3)).toBe(5);
  const note = new Uint8Array([1, 2]);
  expect(await there.rooms.grow({ rooms: 4, note })).toEqual({ size: 7, note });
  expect(target.rooms.size).toBe(7);
});

test('calls of one turn travel together, and each gets its own answer in whatever order they end', async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const there = await standInFor({
    async wait(index: number) {
      await gates[index]?.promise;
      return index;
    },
  });
  let messages = 0;
  channel.port2.on('message', () => messages++);
  const [first, second] = [there.wait(0), there.wait(1)];
  gates[1]?.resolve();
  expect(await second).toBe(1);
  gates[0]?.resolve();
  expect(await first).toBe(0);
  expect(messages).toBe(1);
});

test('a refusal arrives as the refusal that it is', async () => {
  const fields = [{ field: 'url', message: 'is not one' }];
  const fault = new Fault('field_invalid', 'url: is not one', { fields, resourceId: 'ep_1' });
  const there = await standInFor({ ask: () => Promise.reject(fault) });
  const got = await there.ask().catch((error: unknown) => error);
  expect(got).toBeInstanceOf(Fault);
  expect(got).toMatchObject({ code: 'field_invalid', message: 'url: is not one', fields });
  expect(got).toMatchObject({ resourceId: 'ep_1', retryAfterSeconds: null });
});

test('what went wrong arrives with its message', async () => {
  const there = await standInFor({
    fail: () => Promise.reject(new RangeError('too far')),
    known: 1,
  });
  await expect(there.fail()).rejects.toThrow('too far');
  const missing = there as unknown as Record<string, () => Promise<void>>;
  await expect(missing['nothing']?.()).rejects.toThrow('there is nothing to call at nothing');
});

test('who cannot be made is not connected to', async () => {
  const made = Promise.reject<object>(new StartError('the file is locked', 78));
  const got = await standInFor(made).catch((error: unknown) => error);
  expect(got).toBeInstanceOf(StartError);
  expect(got).toMatchObject({ message: 'the file is locked', exitCode: 78 });
});
