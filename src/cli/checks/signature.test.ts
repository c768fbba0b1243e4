import { createHmac, createPublicKey, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { formatSeconds } from '../output/times.ts';
import { checkSignature } from './signature.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const timestamp = '1614265330';
const now = 1_614_265_330_000;
const payload = Buffer.from('{"test": 2432232314}');
/** The example of the specification. */
const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const request = { secret, id, timestamp, signature, payload };

function problemOf(change: Partial<typeof request>, at = now, tolerance = 300): string | null {
  const { id, timestamp, signature, ...rest } = { ...request, ...change };
  const headers = new Map([
    ['webhook-id', id],
    ['webhook-timestamp', timestamp],
    ['webhook-signature', signature],
  ]);
  const verdict = checkSignature({ headers, ...rest }, at, tolerance);
  return verdict.valid ? null : verdict.problem;
}

const sign = (text: string, key = secret): string => new Webhook(key).sign(id, new Date(now), text);

test('accepts the example of the specification', () => {
  expect(problemOf({})).toBeNull();
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
  test.each<[string, Partial<typeof request>, RegExp]>([
    ['a secret that is not base64', { secret: 'whsec_?' }, /secret is not base64/],
    ['a short secret', { secret: 'whsec_MfKQ' }, /secret has 3 bytes/],
    ['a public key', { secret: 'whpk_MfKQ' }, /v1a/],
    ['no id', { id: '' }, /webhook-id is empty/],
    ['another id', { id: 'msg_other' }, /does not match this secret, these headers and this body/],
    ['a timestamp that is a date', { timestamp: '2026-01-02' }, /webhook-timestamp is not a number/],
    ['a timestamp in milliseconds', { timestamp: '1614265330000' }, /milliseconds/],
    ['no signature', { signature: ' ' }, /webhook-signature is empty/],
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

/** Every signed delivery of the dialects' wire examples, as its receiver gets it. */
const fixtures = readdirSync('test/fixtures', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) =>
    readdirSync(`test/fixtures/${name}`)
      .filter((file) => /^delivery-.*[.]json$/.test(file))
      .map((file) => `${name}/${file}`),
  )
  .map((name) => ({ name, ...readExample(name) }))
  .filter(({ secrets }) => secrets.length > 0);

interface Example {
  readonly secrets: readonly string[];
  readonly now: number;
  readonly expect: { readonly headers: Record<string, string>; readonly payload: string };
}

function readExample(name: string): Example {
  return JSON.parse(readFileSync(`test/fixtures/${name}`, 'utf8'));
}

describe('the deliveries of every dialect', () => {
  const check = (
    { secrets: [newest = ''], now: at, expect: { headers, payload } }: Example,
    changed = payload,
  ) =>
    checkSignature(
      {
        headers: new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
        payload: Buffer.from(changed),
        secret: newest.includes('PRIVATE KEY')
          ? createPublicKey(newest).export({ type: 'spki', format: 'pem' }).toString()
          : newest,
      },
      at,
      300,
    );

  test('are signed in four schemes, by five dialects', () => {
    const found = fixtures
      .map((example) => check(example))
      .flatMap((verdict) => (verdict.valid ? verdict.scheme : []));
    expect(new Set(found)).toEqual(
      new Set([
        'HMAC-SHA256 in webhook-signature (Standard Webhooks v1)',
        'HMAC-SHA512 in Sign',
        'RSA-SHA256 in X-Signature',
        'HMAC-SHA256 in Signature',
      ]),
    );
    expect(new Set(fixtures.map(({ name }) => name.split('/')[0])).size).toBe(5);
  });

  test.each(fixtures)('$name', (example) => {
    const { payload } = example.expect;
    expect(check(example)).toMatchObject({ valid: true });
    expect(check(example, `${payload}\n`)).toMatchObject({ problem: expect.stringMatching(/line end/) });
    expect(check(example, `${payload}x`)).toMatchObject({ problem: expect.stringMatching(/does not match/) });
    const [secret = ''] = example.secrets;
    const other = { ...example, secrets: [secret.includes('KEY') ? otherKey : `${secret.slice(0, -4)}AAAA`] };
    expect(check(other)).toMatchObject({ problem: expect.stringMatching(/does not match/) });
  });
});

/** Of the same size as those of the examples. */
const otherKey = generateKeyPairSync('rsa', {
  modulusLength: 3072,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;

describe('explains, of the other schemes,', () => {
  const hex = (key: string | Buffer, text: string): string =>
    createHmac('sha256', key).update(text).digest('hex');
  const keyPair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicKey = keyPair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const privateKey = keyPair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const text = '{"a":1}';
  const signed = signBytes('RSA-SHA256', Buffer.from(text), keyPair.privateKey).toString('base64');

  test.each<[string, Record<string, string>, string, string, RegExp | null]>([
    ['a signature in capitals', { Signature: hex('s', text).toUpperCase() }, 's', text, null],
    [
      'a prefix',
      { Signature: `sha256=${hex('s', text)}` },
      's',
      text,
      /Signature is not 64 hexadecimal digits/,
    ],
    ['a body that was formatted', { Signature: hex('s', text) }, 's', '{ "a": 1 }', /was reformatted/],
    [
      'a decoded secret',
      { Signature: hex(Buffer.from('abcd', 'hex'), text) },
      'abcd',
      text,
      /decoded secret/,
    ],
    ['a line end of the secret', { Signature: hex('s\n', text) }, 's', text, /secret and a line end/],
    ['a public key', { 'X-Signature': signed }, publicKey, text, null],
    ['a public key as JSON', { 'X-Signature': signed }, JSON.stringify(publicKey), text, null],
    ['a private key', { 'X-Signature': signed }, privateKey, text, /holds no RSA public key/],
    ['a secret instead of a key', { 'X-Signature': signed }, 'whsec_x', text, /holds no RSA public key/],
    ['a cut signature', { 'X-Signature': signed.slice(4) }, publicKey, text, /is not 256 bytes in base64/],
    ['half of the headers', { Sign: 'x' }, 's', text, /header key is missing/],
    ['no signature', { 'Content-Type': 'x' }, 's', text, /no header with a signature/],
  ])('%s', (_, headers, secret, body, problem) => {
    const names = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
    const verdict = checkSignature({ headers: new Map(names), payload: Buffer.from(body), secret }, now, 300);
    if (problem === null) expect(verdict).toMatchObject({ valid: true, signedAt: null });
    else expect(verdict).toMatchObject({ valid: false, problem: expect.stringMatching(problem) });
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
