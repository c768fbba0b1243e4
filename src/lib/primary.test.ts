import { expect, test } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { NoPrimary, Primary } from './primary.ts';

type State = 'primary' | 'standby' | 'silent';

/** Three servers: `states` says what each of them answers, `asked` counts the questions. */
function open(...states: State[]) {
  const hosts = states.map((_, index) => ({ name: `h${index}` }));
  const clock = createFakeClock();
  const moves: string[] = [];
  const aborted: string[] = [];
  const setup = { asked: 0 };
  const [first = { name: '' }, ...others] = hosts;
  const primary = new Primary({
    hosts: [first, ...others],
    isAsked: true,
    clock,
    onMove: ({ name }) => void moves.push(name),
    ask(host, signal) {
      setup.asked++;
      const state = states[hosts.indexOf(host)];
      if (state === 'primary') return Promise.resolve();
      if (state === 'standby') return Promise.reject(new Error('standby'));
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          aborted.push(host.name);
          reject(new Error('late'));
        }),
      );
    },
  });
  return { primary, states, hosts, clock, moves, aborted, setup };
}

test('the server that takes writes is found, beside a standby and one that never answers, which is given up', async () => {
  const { primary, aborted, moves } = open('silent', 'standby', 'primary');
  expect((await primary.find()).name).toBe('h2');
  expect(primary.known.name).toBe('h2');
  expect({ aborted, moves }).toEqual({ aborted: ['h0'], moves: ['h0'] });
});

test('it is remembered until it is in doubt, and callers at the same time ask once', async () => {
  const { primary, setup, states, hosts, moves } = open('primary', 'standby');
  await Promise.all([primary.find(), primary.find(), primary.find()]);
  await primary.find();
  expect(setup.asked).toBe(2);
  states.splice(0, 2, 'standby', 'primary');
  expect((await primary.find()).name).toBe('h0');
  const [, other = { name: '' }] = hosts;
  primary.doubt(other);
  expect((await primary.find()).name).toBe('h0');
  primary.doubt(primary.known);
  expect((await primary.find()).name).toBe('h1');
  expect(setup.asked).toBe(4);
  expect(moves).toEqual(['h0']);
});

test('look asks without a doubt', async () => {
  const { primary, states } = open('primary', 'standby');
  await primary.find();
  states.splice(0, 2, 'silent', 'primary');
  expect((await primary.look()).name).toBe('h1');
  expect((await primary.find()).name).toBe('h1');
});

test('look changes nothing when it finds none: the primary may be slow', async () => {
  const { primary, states } = open('primary', 'standby');
  await primary.find();
  states[0] = 'standby';
  await expect(primary.look()).rejects.toThrow(NoPrimary);
  expect((await primary.find()).name).toBe('h0');
});

test('without a primary the reasons of all are given, and for a moment nobody is asked again', async () => {
  const { primary, setup, states, clock } = open('standby', 'standby');
  const refused = await primary.find().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(NoPrimary);
  expect((refused as NoPrimary).failures.map(({ host, error }) => `${host}: ${String(error)}`)).toEqual([
    'h0: Error: standby',
    'h1: Error: standby',
  ]);
  states[1] = 'primary';
  await expect(primary.find()).rejects.toBe(refused);
  expect(setup.asked).toBe(2);
  clock.advance(250);
  expect((await primary.find()).name).toBe('h1');
});

test('a single server is taken as it is, unless it is to be asked', async () => {
  const never = () => Promise.reject(new Error('asked'));
  const options = { hosts: [{ name: 'only' }] as const, ask: never, clock: createFakeClock(), onMove() {} };
  const primary = new Primary({ ...options, hosts: [{ name: 'only' }], isAsked: false });
  primary.doubt(primary.known);
  expect((await primary.find()).name).toBe('only');
  expect((await primary.look()).name).toBe('only');
  await expect(new Primary({ ...options, hosts: [{ name: 'only' }], isAsked: true }).find()).rejects.toThrow(
    NoPrimary,
  );
});
