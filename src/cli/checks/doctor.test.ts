import { expect, test } from 'vitest';
import { checkAdminApi, checkClock } from './doctor.ts';

const now = Date.UTC(2026, 5, 1, 12);
const header = (seconds: number): string => new Date(now + seconds * 1000).toUTCString();

test.each([
  [0, 'ok', 'agrees with the server'],
  [-5, 'ok', 'agrees with the server'],
  [-6, 'warn', "5 s off the server's"],
  [90, 'warn', "1 min 29 s off the server's"],
  [121, 'fail', "2 min off the server's"],
])('a clock of a server that differs by %d s', (seconds, status, detail) => {
  expect(checkClock(now, header(seconds))).toMatchObject({ status, detail });
});

test('without a server to compare with, the time must be plausible', () => {
  expect(checkClock(now, null)).toMatchObject({ status: 'ok' });
  expect(checkClock(now, 'nonsense')).toMatchObject({ status: 'ok' });
  expect(checkClock(0, null)).toMatchObject({ status: 'fail', advice: expect.stringContaining('NTP') });
});

test('a server that does not run is a failure only if its URL was given', async () => {
  const config = { url: 'http://127.0.0.1:1', adminKey: null };
  expect((await checkAdminApi(config, false, now)).findings).toMatchObject([
    { check: 'server', status: 'warn' },
  ]);
  expect((await checkAdminApi(config, true, now)).findings).toMatchObject([
    { check: 'server', status: 'fail' },
  ]);
});
