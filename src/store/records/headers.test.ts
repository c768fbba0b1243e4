import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packHeaders, unpackHeaders } from './headers.ts';

test.each([
  [{}, '{}'],
  [{ 'Content-Type': 'application/json', 'webhook-id': 'evt_1' }, '{":0":0,":1":"evt_1"}'],
  [{ date: 'Thu, 01 Jan 2026 00:00:00 GMT', 'content-length': '0' }, '{":5":1767225600,":6":0}'],
  [{ date: 'Thu, 1 Jan 2026 00:00:00 GMT' }, '{":5":"Thu, 1 Jan 2026 00:00:00 GMT"}'],
  [{ date: 'now', 'content-length': '2' }, '{":5":"now",":6":"2"}'],
  [{ 'content-TYPE': 'application/json', 'x-own': '1' }, '{"content-TYPE":"application/json","x-own":"1"}'],
  [{ ':0': 'x', '::0': 'y' }, '{"::0":"x",":::0":"y"}'],
])('%j is stored as %s', (headers, stored) => {
  expect(packHeaders(headers)).toBe(stored);
  expect(unpackHeaders(stored)).toEqual(headers);
});

test('what an older version stored reads as it is', () => {
  const headers = { 'Content-Type': 'application/json', date: 'Thu, 01 Jan 2026 00:00:00 GMT', '0': '0' };
  expect(unpackHeaders(JSON.stringify(headers))).toEqual(headers);
});

test('any headers are read as they were written, in their order', () => {
  const name = fc.oneof(
    fc.string(),
    fc.constantFrom('date', 'content-length', 'connection', 'webhook-id', '__proto__', ':0', ':z', '5'),
  );
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom('0', 'keep-alive', 'application/json'),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), (entries) => {
      const headers: Record<string, string> = Object.fromEntries(entries);
      expect(Object.entries(unpackHeaders(packHeaders(headers)))).toEqual(Object.entries(headers));
    }),
  );
});
