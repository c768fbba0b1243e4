import { expect, test } from 'vitest';
import { Fault } from '#core/fault.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createFailureLog } from './failure-log.ts';

test('a failure is logged at once, and then once a minute with how many there were', () => {
  const clock = createFakeClock();
  const lines: unknown[] = [];
  const failed = createFailureLog({
    clock,
    log: { error: (facts: object, event: string) => void lines.push([event, facts]) },
  });
  const down = new Fault('unavailable', 'the database does not answer now');
  failed('replay.step_failed', down);
  for (let second = 0; second < 59; second++) {
    clock.advance(1_000);
    failed('replay.step_failed', new Fault('unavailable', 'in other words'));
  }
  expect(lines).toEqual([['replay.step_failed', { err: down }]]);
  // Another loop, and another reason, are others.
  failed('check.step_failed', down, { check: 'chk_1' });
  const wrong = new TypeError('a is undefined');
  failed('replay.step_failed', wrong);
  expect(lines.slice(1)).toEqual([
    ['check.step_failed', { check: 'chk_1', err: down }],
    ['replay.step_failed', { err: wrong }],
  ]);
  clock.advance(1_000);
  failed('replay.step_failed', down);
  expect(lines.slice(3)).toEqual([['replay.step_failed', { err: down, repeated: 59 }]]);
  // After a quiet time there is nothing to count.
  clock.advance(60_000);
  failed('replay.step_failed', down);
  expect(lines.slice(4)).toEqual([['replay.step_failed', { err: down }]]);
});
