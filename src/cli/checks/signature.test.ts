import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { checkSignature, formatSeconds, type SignedRequest } from './signature.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const timestamp = '1614265330';
const now = 1_614_265_330_000;
const payload = Buffer.from('{"test": 2432232314}');
/** The example of the specification. */
const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const request: SignedRequest = { secret, id, timestamp, signature, payload };

function problemOf(change: Partial<SignedRequest>, at = now, tolerance = 300): string | null {
  const verdict = checkSignature({ ...request, ...change }, at, tolerance);
  return verdict.valid ? null : verdict.problem;
}

const sign = (text: string, key = secret): string => new Webhook(key).sign(id, new Date(now), text);

test('accepts the example of the specification', () => {
  expect(checkSignature(request, now, 300)).toEqual({ valid: true, signedAt: now });
});

test('accepts a signature of the official library', () => {
  expect(problemOf({ payload: Buffer.from('é€'), signature: sign('é€') })).toBeNull();
});

test('accepts one valid signature among several', () => {
  expect(problemOf({ signature: `v1a,xxxx v1,${'A'.repeat(43)}=  ${signature}` })).toBeNull();
});

test('accepts a secret without its prefix', () => {
  expect(problemOf({ secret: secret.slice('whsec_'.length) })).toBeNull();
});

describe('explains', () => {
  test.each<[string, Partial<SignedRequest>, RegExp]>([
    ['a secret that is not base64', { secret: 'whsec_?' }, /secret is not base64/],
    ['a short secret', { secret: 'whsec_MfKQ' }, /secret has 3 bytes/],
    ['a public key', { secret: 'whpk_MfKQ' }, /v1a/],
    ['no id', { id: '' }, /id is empty/],
    ['another id', { id: 'msg_other' }, /does not match this secret, id, timestamp and payload/],
    ['a timestamp that is a date', { timestamp: '2026-01-02' }, /timestamp is not a number/],
    ['a timestamp in milliseconds', { timestamp: '1614265330000' }, /milliseconds/],
    ['no signature', { signature: ' ' }, /signature is empty/],
    ['a signature without its version', { signature: signature.slice(3) }, /does not start with a version/],
    ['a signature of another version', { signature: 'v1a,xyz' }, /only v1a/],
    ['a cut signature', { signature: signature.slice(0, -5) }, /does not match this secret/],
    ['another secret', { secret: `whsec_${'A'.repeat(32)}` }, /does not match this secret/],
    ['another payload', { payload: Buffer.from('{"test": 1}') }, /does not match this secret/],
    ['a line end too many', { payload: Buffer.from('{"test": 2432232314}\n') }, /ends with a line end/],
    [
      'a reformatted payload',
      { payload: Buffer.from('{ "a": 1 }'), signature: sign('{"a":1}') },
      /was reformatted/,
    ],
    [
      'a missing line end',
      { payload: Buffer.from('a'), signature: sign('a\n') },
      /a line end that was signed is missing/,
    ],
    [
      'the text of the secret as the key',
      { signature: sign(payload.toString(), Buffer.from(secret.slice(6)).toString('base64')) },
      /text of the secret/,
    ],
  ])('%s', (_, change, problem) => {
    expect(problemOf(change)).toMatch(problem);
  });
});

describe('the time', () => {
  test.each([
    [300, null],
    [-300, null],
    [301, 'the signature matches, but is 5 min 1 s old; the limit is 5 min'],
    [-301, 'the signature matches, but its time is 5 min 1 s ahead; the limit is 5 min'],
  ])('%d s after', (seconds, problem) => {
    expect(problemOf({}, now + seconds * 1000)).toBe(problem);
  });

  test('reports a wrong signature before a wrong time', () => {
    expect(problemOf({ id: 'x' }, now + 1e9)).toMatch(/does not match this secret/);
  });
});

test.each([
  [0, '0 s'],
  [59, '59 s'],
  [3600, '1 h'],
  [90_061, '1 d 1 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});
