import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createReadinessLog } from './readiness-log.ts';

test('why the server is not ready is told once a minute, and that it is again', () => {
  const clock = createFakeClock();
  const lines: string[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line) => void lines.push(line) });
  const note = createReadinessLog({ clock, log });
  const down = [{ summary: 'the database cannot be used', detail: 'the database does not answer' }];
  note([]);
  for (let second = 0; second < 70; second++) {
    note(down);
    clock.advance(1_000);
  }
  note([]);
  note([]);
  // Trouble that comes and goes within the minute is told once.
  note(down);
  note([]);
  clock.advance(60_000);
  note(down);
  note([]);
  const told = lines.map((line) => JSON.parse(line));
  const reasons = ['the database does not answer'];
  expect(told).toEqual([
    { level: 50, reasons, msg: 'server.not_ready' },
    { level: 50, reasons, msg: 'server.not_ready' },
    { level: 30, afterMs: 70_000, msg: 'server.ready_again' },
    { level: 50, reasons, msg: 'server.not_ready' },
    { level: 30, afterMs: 0, msg: 'server.ready_again' },
  ]);
});
