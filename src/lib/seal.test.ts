import { expect, test } from 'vitest';
import { equalsConstantTime, hmac } from './hmac.ts';
import { systemRandom } from './random.ts';
import { createSeal } from './seal.ts';

const seal = createSeal(new Uint8Array(32).fill(7), systemRandom);

test('a sealed secret opens with the same key and context only', () => {
  const sealed = seal.close('whsec_ünïcode', 'endpoint:ep_1');
  expect(sealed).not.toContain('whsec');
  expect(seal.open(sealed, 'endpoint:ep_1')).toBe('whsec_ünïcode');
  expect(() => seal.open(sealed, 'endpoint:ep_2')).toThrow();
  expect(() => createSeal(new Uint8Array(32), systemRandom).open(sealed, 'endpoint:ep_1')).toThrow();
});

test('sealing twice never gives the same text', () => {
  expect(seal.close('x', 'c')).not.toBe(seal.close('x', 'c'));
});

test('a changed byte does not open', () => {
  const sealed = seal.close('secret', 'c');
  const at = 20;
  const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
  expect(() => seal.open(changed, 'c')).toThrow();
});

test('hmac takes its message in parts', () => {
  expect(hmac('sha256', 'key', 'hex', 'a', Buffer.from('b'))).toBe(hmac('sha256', 'key', 'hex', 'ab'));
});

test('constant-time comparison takes texts of any length', () => {
  expect(equalsConstantTime('abc', 'abc')).toBe(true);
  expect(equalsConstantTime('abc', 'abcd')).toBe(false);
  expect(equalsConstantTime('', 'x')).toBe(false);
});
