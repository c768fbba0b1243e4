import { expect, test } from 'vitest';
import { equalsConstantTime, hmac } from './hmac.ts';
import { systemRandom } from './random.ts';
import { createSeal, keyIdOf, reseal, sealingKeys } from './seal.ts';

const seal = createSeal([new Uint8Array(32).fill(7)], systemRandom);

test('a sealed secret opens with the same key and context only', () => {
  const sealed = seal.close('whsec_ünïcode', 'endpoint:ep_1');
  expect(sealed).not.toContain('whsec');
  expect(seal.open(sealed, 'endpoint:ep_1')).toBe('whsec_ünïcode');
  expect(() => seal.open(sealed, 'endpoint:ep_2')).toThrow();
  expect(() => createSeal([new Uint8Array(32)], systemRandom).open(sealed, 'endpoint:ep_1')).toThrow();
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

test('the newest key seals, each opens what names it, and a text that names none is tried with all', () => {
  const [one, two, three] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const before = createSeal([one], systemRandom);
  const after = createSeal([two, three, one], systemRandom);
  const sealed = before.close('secret', 'c');
  const unnamed = sealed.replace(/^v2\.[0-9a-f]{8}/, 'v1');
  expect([after.open(sealed, 'c'), after.open(unnamed, 'c')]).toEqual(['secret', 'secret']);
  expect(sealingKeys(`[{"sealed":"${sealed}"},{"sealed":"${unnamed}"}]`)).toEqual([keyIdOf(one), null]);
  expect(sealingKeys(after.close('', 'c'))).toEqual([keyIdOf(two)]);
  expect(() => before.open(after.close('secret', 'c'), 'c')).toThrow(
    `the encryption key ${keyIdOf(two)} is not among those that are given`,
  );
  expect(() => createSeal([two, three], systemRandom).open(unnamed, 'c')).toThrow();
});

test('sealing anew changes what other keys have sealed, and nothing else', () => {
  const before = createSeal([new Uint8Array(32)], systemRandom);
  const newest = new Uint8Array(32).fill(9);
  const after = createSeal([newest, new Uint8Array(32)], systemRandom);
  const own = after.close('b', 'c');
  const value = JSON.stringify({ a: before.close('a', 'c'), b: own, c: 'v1.example', d: ['v2.0.x', null] });
  const anew = reseal(after, keyIdOf(newest), value, 'c');
  const { a, ...others } = JSON.parse(anew);
  expect(after.open(a, 'c')).toBe('a');
  expect(others).toEqual({ b: own, c: 'v1.example', d: ['v2.0.x', null] });
  expect(reseal(after, keyIdOf(newest), anew, 'c')).toBe(anew);
  expect(() => reseal(after, keyIdOf(newest), value, 'another')).toThrow();
});
