import { MessageChannel } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import type { EveryCallIsCloneable, Uncloneable } from '#core/backend.ts';
import type { CommandHandlers } from '#core/commands.ts';
import { Fault } from '#core/fault.ts';
import type { TenantId } from '#core/tenant.ts';
import { answer, connect as connectLine, engineCalls, type Line, type RemoteEngine } from './line.ts';
import { StartError } from './start-error.ts';

const connect = (line: Line) => connectLine<RemoteEngine>(line, engineCalls);
let channel = new MessageChannel();
afterEach(() => {
  channel.port1.close();
  channel = new MessageChannel();
});

/** The other end of a line to an engine that answers `run` by these handlers; every message is cloned on the way. */
function connectTo(
  handlers: Partial<CommandHandlers>,
  others: Partial<RemoteEngine> = {},
): Promise<RemoteEngine> {
  const unused = () => Promise.reject(new Error('not a part of this test'));
  const engine: RemoteEngine = {
    run: (command, input) => (handlers[command] as (input: unknown) => Promise<never>)(input),
    runAs: unused,
    publish: unused,
    published: unused,
    accessChanged: unused,
    news: unused,
    placement: unused,
    check: async () => ({ troubles: [], isPaused: false }),
    metricsText: unused,
    pause: unused,
    flushStats: unused,
    stop: unused,
    ...others,
  };
  answer(channel.port2, Promise.resolve(engine));
  return connect(channel.port1);
}

const acme = { tenant: 'acme' as TenantId };
const tenant = {
  id: acme.tenant,
  name: 'Acme',
  dialect: 'standard',
  metadata: {},
  contact: null,
  createdAt: 1,
};

test('a command is carried out at the other end, with a copy of its input and its result', async () => {
  const seen: unknown[] = [];
  const engine = await connectTo({
    getTenant: async (input) => {
      seen.push(input);
      return tenant;
    },
  });
  const result = await engine.run('getTenant', acme);
  expect(result).toEqual(tenant);
  expect(result).not.toBe(tenant);
  expect(seen).toEqual([acme]);
  expect(seen[0]).not.toBe(acme);
});

test('a request is one message, and calls of one turn share it; each gets its own answer whenever it ends', async () => {
  const gates = { first: Promise.withResolvers<void>(), second: Promise.withResolvers<void>() };
  const engine = await connectTo({
    getReplay: async ({ id }) => {
      await (id === 'first' ? gates.first : gates.second).promise;
      return { id } as never;
    },
  });
  let messages = 0;
  channel.port2.on('message', () => messages++);
  const first = engine.run('getReplay', { ...acme, id: 'first' });
  const second = engine.run('getReplay', { ...acme, id: 'second' });
  gates.second.resolve();
  expect(await second).toEqual({ id: 'second' });
  gates.first.resolve();
  expect(await first).toEqual({ id: 'first' });
  expect(messages).toBe(1);
});

test('a refusal arrives as the refusal that it is', async () => {
  const fields = [{ field: 'url', message: 'is not one' }];
  const fault = new Fault('field_invalid', 'url: is not one', { fields, resourceId: 'ep_1' });
  const engine = await connectTo({ getTenant: () => Promise.reject(fault) });
  const got = await engine.run('getTenant', acme).catch((error: unknown) => error);
  expect(got).toBeInstanceOf(Fault);
  expect(got).toMatchObject({ code: 'field_invalid', message: 'url: is not one', fields });
  expect(got).toMatchObject({ resourceId: 'ep_1', retryAfterSeconds: null });
});

test('an error arrives with its message and stack', async () => {
  const error = new RangeError('too far');
  const engine = await connectTo({ getTenant: () => Promise.reject(error) });
  const got = await engine.run('getTenant', acme).catch((thrown: unknown) => thrown);
  expect(got).toMatchObject({ message: 'too far', stack: error.stack });
});

test('what cannot be cloned is refused to its caller alone, in either direction', async () => {
  const engine = await connectTo({
    getTenant: async () => ({ ...tenant, name: () => 'Acme' }) as never,
    removeTenant: async () => null,
  });
  const input = { tenant: () => 'acme' } as never;
  const [sent, answered, fine] = await Promise.allSettled([
    engine.run('removeTenant', input),
    engine.run('getTenant', acme),
    engine.run('removeTenant', acme),
  ]);
  expect(sent).toMatchObject({ reason: { message: expect.stringContaining('could not be cloned') } });
  expect(answered).toMatchObject({ reason: { message: expect.stringContaining('could not be cloned') } });
  expect(fine).toEqual({ status: 'fulfilled', value: null });
});

test('a function does not compile on the way through the boundary', async () => {
  const engine = await connectTo({ removeTenant: async () => null }, { publish: async () => [] });
  const send = (): unknown => [
    // @ts-expect-error -- an id is a text
    engine.run('removeTenant', { tenant: () => 'acme' }),
    // @ts-expect-error -- there is no second argument that could be a function
    engine.publish([], { places: () => 0 }),
    // @ts-expect-error -- only commands can be asked
    engine.run('counters', {}),
  ];
  expect(send).toBeTypeOf('function');
  const none: EveryCallIsCloneable[] = [];
  expect(none).toEqual([]);
  // A command that takes or gives a function is named, and so `core/backend.ts` does not compile.
  const named: Uncloneable<{
    asks: { input: { readonly patch: (current: string) => string }; result: null };
    gives: { input: null; result: { readonly deep: readonly { readonly call: () => void }[] } };
    fine: { input: { readonly bytes: Uint8Array; readonly id: TenantId }; result: readonly number[] };
  }>[] = ['asks', 'gives'];
  expect(named).toHaveLength(2);
});

test('an engine that could not start is not connected to', async () => {
  const failed = Promise.reject<RemoteEngine>(new StartError('the file is locked', 78));
  answer(channel.port2, failed);
  const got = await connect(channel.port1).catch((error: unknown) => error);
  expect(got).toBeInstanceOf(StartError);
  expect(got).toMatchObject({ message: 'the file is locked', exitCode: 78 });
});
