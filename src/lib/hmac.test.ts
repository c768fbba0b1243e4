import { expect, test } from 'vitest';
import { createKeyCache, equalsConstantTime, hmac, sha256Hex } from './hmac.ts';

test('HMAC-SHA256 by RFC 4231, test case 2, whole and in parts', () => {
  const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
  expect(hmac('sha256', 'Jefe', 'hex', 'what do ya want for nothing?')).toBe(expected);
  expect(hmac('sha256', Buffer.from('Jefe'), 'hex', 'what do ya ', Buffer.from('want for nothing?'))).toBe(
    expected,
  );
});

test('a cached key signs like the key itself, and is decoded once', () => {
  const decoded: string[] = [];
  const keyOf = createKeyCache((secret) => {
    decoded.push(secret);
    return Buffer.from(secret);
  }, 2);
  for (const secret of ['a', 'b', 'a', 'b']) {
    expect(hmac('sha256', keyOf(secret), 'hex', 'x')).toBe(hmac('sha256', secret, 'hex', 'x'));
  }
  expect(decoded).toEqual(['a', 'b']);
});

test('no more keys are kept than asked for: the oldest goes', () => {
  const decoded: string[] = [];
  const keyOf = createKeyCache((secret) => {
    decoded.push(secret);
    return Buffer.from(secret);
  }, 2);
  for (const secret of ['a', 'b', 'c', 'c', 'b', 'a']) keyOf(secret);
  expect(decoded).toEqual(['a', 'b', 'c', 'a']);
});

test('texts are compared whatever their lengths', () => {
  expect(equalsConstantTime('a', 'a')).toBe(true);
  expect(equalsConstantTime('a', 'ab')).toBe(false);
  expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
