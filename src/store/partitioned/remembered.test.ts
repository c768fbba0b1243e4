import { expect, test } from 'vitest';
import { Fault } from '#core/fault.ts';
import { Remembered } from './remembered.ts';

const down = () => Promise.reject(new Fault('unavailable', 'down'));

test('an answer is given again while the directory is down, and not after something was changed', async () => {
  const remembered = new Remembered();
  expect(await remembered.ask('key', async () => 'known')).toBe('known');
  expect(await remembered.ask('key', down)).toBe('known');
  await expect(remembered.ask('other', down)).rejects.toThrow('down');
  remembered.forget();
  await expect(remembered.ask('key', down)).rejects.toThrow('down');
});

test('what was not found, or is there no longer, is not remembered; other errors are told', async () => {
  const remembered = new Remembered();
  await remembered.ask('key', async () => 'known');
  expect(await remembered.ask('key', async () => null)).toBeNull();
  await expect(remembered.ask('key', down)).rejects.toThrow('down');
  await remembered.ask('key', async () => 'known');
  await expect(remembered.ask('key', () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
});
