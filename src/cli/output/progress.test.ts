import { expect, test } from 'vitest';
import { createProgress } from './progress.ts';
import { createTerminal } from './terminal.ts';

function start(total: number | null) {
  let now = 0;
  let line = '';
  const error = { isTTY: true, write: (text: string) => (line = text) };
  const terminal = createTerminal({ write: () => {} }, error, () => false);
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const progress = createProgress({ terminal, clock }, 'events', total);
  const at = (ms: number, done: number, more?: string): string => {
    now = ms;
    line = '';
    progress.show(done, more);
    return line;
  };
  return { at, progress };
}

test('with a total: a bar, the rate and the time that is left', () => {
  const { at } = start(100_000);
  expect(at(499, 1000)).toBe('');
  expect(at(10_000, 50_000, '7 deliveries')).toBe(
    '[############            ] 50000 of 100000 events, 5000 per s, 10 s left, 7 deliveries',
  );
  expect(at(10_400, 60_000)).toBe('');
  expect(at(20_000, 100_000)).toBe(
    '[########################] 100000 of 100000 events, 5000 per s, 0 s left',
  );
});

test('before anything is done, no time is guessed', () => {
  expect(start(10).at(1000, 0)).toBe('[                        ] 0 of 10 events, 0 per s');
});

test('without a total: the count and the rate', () => {
  expect(start(null).at(2000, 3000)).toBe('3000 events, 1500 per s');
});
