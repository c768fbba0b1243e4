import { expect, test } from 'vitest';
import { nameProcess, readProcessName } from './server.ts';

test('the name of a process is read back, with a host of any length and any characters', () => {
  const facts = { version: '0.1.0', role: 'worker', pid: 4711, host: 'node-1.example' };
  expect(readProcessName(nameProcess(facts))).toEqual(facts);
  const long = nameProcess({ ...facts, host: 'h'.repeat(200) });
  expect(Buffer.byteLength(long)).toBe(63);
  expect(readProcessName(long)).toMatchObject({ role: 'worker', pid: 4711, host: 'h'.repeat(63 - 27) });
  expect(readProcessName(nameProcess({ ...facts, host: 'a b\u00e9' }))?.host).toBe('a?b?');
});

test('names of other programs, and none, are not read', () => {
  for (const name of [null, '', 'psql', 'carillon', 'carillon outbox'])
    expect(readProcessName(name)).toBeNull();
});
