import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { checkSignature } from '../../../src/cli/checks/signature.ts';
import { createVerifier, type Dialect, rawBytes, VerificationError, type VerifierOptions } from './verify.ts';

const now = 1_767_323_045_678;
const timestamp = String(Math.floor(now / 1000));
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const otherSecret = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

type Headers = Record<string, string>;

/** Signs with `node:crypto`, as each platform documents it. */
const signers: Readonly<Record<Dialect, { secret: string; sign: (body: Buffer) => Headers }>> = {
  standard: { secret, sign: (body) => signStandard(secret, body) },
  diddo: { secret, sign: (body) => signStandard(secret, body) },
  calypso: {
    secret: 'a secret',
    sign: (body) => ({ Key: 'k', Sign: createHmac('sha512', 'a secret').update(body).digest('hex') }),
  },
  chip: {
    secret: publicKey,
    sign: (body) => ({ 'X-Signature': sign('RSA-SHA256', body, privateKey).toString('base64') }),
  },
  spritz: {
    secret: 'whsec_text',
    sign: (body) => ({ Signature: createHmac('sha256', 'whsec_text').update(body).digest('hex') }),
  },
};
const dialects = Object.keys(signers) as readonly Dialect[];

function signStandard(secret: string, body: Buffer): Headers {
  const mac = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'));
  const signature = mac.update(`evt_1.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': 'evt_1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

function verifierOf(dialect: Dialect, options: Partial<VerifierOptions> = {}) {
  return createVerifier({ dialect, secret: signers[dialect].secret, now: () => now, ...options });
}

const reasonOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'none',
    (error: unknown) => (error instanceof VerificationError ? error.reason : error),
  );

describe('the fixtures of the dialects', () => {
  const files = globSync('test/fixtures/*/delivery*.json').toSorted();
  const fixtures = files.map((path) => {
    const [, , dialect = ''] = path.split('/');
    const fixture = JSON.parse(readFileSync(path, 'utf8')) as {
      endpoint: { attributes?: { public_key?: string } };
      secrets: string[];
      now: number;
      expect: { headers: Headers; payload: string };
    };
    return { path, dialect: dialect as Dialect, ...fixture };
  });

  test('are many, of every dialect', () => {
    expect(fixtures.length).toBeGreaterThan(80);
    expect(new Set(fixtures.map(({ dialect }) => dialect))).toEqual(new Set(dialects));
  });

  test.each(fixtures.filter(({ secrets }) => secrets.length > 0))('$path', async (fixture) => {
    const { dialect, secrets } = fixture;
    const { headers, payload: body } = fixture.expect;
    const secret = dialect === 'chip' ? publicKeyOf(secrets[0] ?? '') : (secrets[0] ?? '');
    const verifier = createVerifier({ dialect, secret, now: () => fixture.now });
    const delivery = await verifier.verify({ headers, body });
    expect(delivery.text()).toBe(body);
    expect(await reasonOf(verifier.verify({ headers, body: `${body} ` }))).toBe('signature_mismatch');
    // What the command line says of the same request.
    const map = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const request = { headers: map, payload: Buffer.from(body), secret };
    expect(checkSignature(request, fixture.now, 300)).toMatchObject({ valid: true });
  });

  test('a delivery without a signature is refused', async () => {
    const unsigned = fixtures.filter(({ secrets }) => secrets.length === 0);
    expect(unsigned.length).toBeGreaterThan(0);
    for (const { dialect, expect: sent } of unsigned) {
      const request = { headers: sent.headers, body: sent.payload };
      expect(await reasonOf(verifierOf(dialect).verify(request))).toBe('header_missing');
    }
  });

  test("the platform's own example of a body, a signature and a public key", async () => {
    const read = (file: string): Buffer => readFileSync(`test/fixtures/chip/published-${file}`);
    const verifier = createVerifier({ dialect: 'chip', secret: read('public-key.pem').toString() });
    const headers = { 'X-Signature': read('signature.txt').toString().trim() };
    expect((await verifier.verify({ headers, body: read('body.txt') })).json()).toBeTypeOf('object');
  });
});

describe.each(dialects)('%s', (dialect) => {
  const { sign } = signers[dialect];
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 500 }).map((array) => Buffer.from(array));
  const runs = { numRuns: dialect === 'chip' ? 20 : 60 };

  test('accepts any body, as bytes, as a buffer and as text', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => {
        const { body: given } = await verifierOf(dialect).verify({ headers: sign(body), body });
        expect(Buffer.from(given)).toEqual(body);
      }),
      runs,
    );
    const text = '{"note":"é 😀"}';
    const headers = new Headers(sign(Buffer.from(text)));
    expect((await verifierOf(dialect).verify({ headers, body: text })).json()).toEqual({ note: 'é 😀' });
    const { buffer } = new TextEncoder().encode(text);
    expect((await verifierOf(dialect).verify({ headers, body: buffer })).text()).toBe(text);
  });

  test('refuses a request with any byte of the body or of a signed header flipped', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), async (body, place, mask) => {
        const headers = sign(body);
        const wrong = Buffer.from(body);
        const at = place % body.length;
        wrong.writeUInt8(wrong.readUInt8(at) ^ mask, at);
        expect(await reasonOf(verifierOf(dialect).verify({ headers, body: wrong }))).toBe(
          'signature_mismatch',
        );
        for (const [name, value] of Object.entries(headers)) {
          // The public half of the pair is not signed.
          if (name === 'Key') continue;
          const text = flip(value, place, mask);
          const changed = { ...headers, [name]: text };
          expect(await reasonOf(verifierOf(dialect).verify({ headers: changed, body })), text).not.toBe(
            'none',
          );
        }
      }),
      runs,
    );
  });

  test('refuses another secret, and says which header is missing', async () => {
    const body = Buffer.from('{}');
    const stranger = {
      standard: otherSecret,
      diddo: otherSecret,
      calypso: 'b',
      spritz: 'b',
      chip: otherKey(),
    };
    const other = verifierOf(dialect, { secret: stranger[dialect] });
    expect(await reasonOf(other.verify({ headers: sign(body), body }))).toBe('signature_mismatch');
    for (const name of Object.keys(sign(body))) {
      const { [name]: _, ...headers } = sign(body);
      const error: unknown = await verifierOf(dialect)
        .verify({ headers, body })
        .catch((error: unknown) => error);
      expect(error).toMatchObject({ reason: 'header_missing', status: 400 });
      expect(String(error)).toContain(`the header ${name.toLowerCase()} is missing`);
    }
  });

  test('accepts any of several secrets', async () => {
    const body = Buffer.from('{}');
    const stranger = {
      standard: otherSecret,
      diddo: otherSecret,
      calypso: 'b',
      spritz: 'b',
      chip: otherKey(),
    };
    const both = verifierOf(dialect, { secret: [stranger[dialect], signers[dialect].secret] });
    expect(await reasonOf(both.verify({ headers: sign(body), body }))).toBe('none');
  });

  test('refuses a header of another form', async () => {
    const body = Buffer.from('{}');
    const name = Object.keys(sign(body)).at(-1) ?? '';
    for (const value of ['?', 'v1,?', 'v1a,AAAA', 'ab']) {
      const headers = { ...sign(body), [name]: value };
      expect(await reasonOf(verifierOf(dialect).verify({ headers, body })), value).toMatch(
        /header_invalid|mismatch/,
      );
    }
  });

  test.each(['', 'whsec_', [], [''], undefined, null, 7])('refuses the secret %j', (secret) => {
    if (dialect === 'calypso' && secret === 'whsec_') return;
    if (dialect === 'spritz' && secret === 'whsec_') return;
    expect(() => createVerifier({ dialect, secret: secret as string })).toThrow(TypeError);
  });
});

describe('Standard Webhooks', () => {
  const body = Buffer.from('{"type":"a"}');
  const request = (headers: Headers = {}) => ({
    headers: { ...signStandard(secret, body), ...headers },
    body,
  });
  const verify = (headers: Headers, options: Partial<VerifierOptions> = {}) =>
    verifierOf('standard', options).verify(request(headers));

  test('tells the id and the time', async () => {
    expect(await verify({})).toMatchObject({ id: 'evt_1', signedAt: new Date(Number(timestamp) * 1000) });
  });

  test('accepts one of several signatures, among those of other versions', async () => {
    const { 'webhook-signature': own = '' } = signStandard(secret, body);
    const { 'webhook-signature': other = '' } = signStandard(otherSecret, body);
    expect(await reasonOf(verify({ 'webhook-signature': `v1a,AAAA ${other} ${own}` }))).toBe('none');
    expect(await reasonOf(verify({ 'webhook-signature': other }))).toBe('signature_mismatch');
    const many = Array.from({ length: 11 }, () => own).join(' ');
    expect(await reasonOf(verify({ 'webhook-signature': many }))).toBe('header_invalid');
  });

  test('bounds the time of the signature, once it matches', async () => {
    const at = (ms: number, toleranceSeconds?: number) =>
      reasonOf(
        verify({}, { now: () => now + ms, ...(toleranceSeconds === undefined ? {} : { toleranceSeconds }) }),
      );
    expect(await at(300_000)).toBe('none');
    expect(await at(301_000)).toBe('timestamp_too_old');
    expect(await at(-300_000)).toBe('none');
    expect(await at(-301_000)).toBe('timestamp_too_new');
    expect(await at(59_000, 60)).toBe('none');
    expect(await at(61_000, 60)).toBe('timestamp_too_old');
    const late = { now: () => now + 301_000, secret: otherSecret };
    expect(await reasonOf(verify({}, late))).toBe('signature_mismatch');
  });

  test.each(['', 'x', '1e3', '-1', '1767323045.5', '176732304567800'])(
    'refuses the time %j',
    async (text) => {
      expect(await reasonOf(verify({ 'webhook-timestamp': text }))).toMatch(/header_(invalid|missing)/);
    },
  );

  test('agrees with the public library for any secret and body', async () => {
    const key = fc.uint8Array({ minLength: 24, maxLength: 64 });
    await fc.assert(
      fc.asyncProperty(key, fc.json(), async (bytes, json) => {
        const secret = `whsec_${Buffer.from(bytes).toString('base64')}`;
        const signature = new Webhook(secret).sign('evt_1', new Date(now), json);
        const headers = {
          'webhook-id': 'evt_1',
          'webhook-timestamp': timestamp,
          'webhook-signature': signature,
        };
        const delivery = await verifierOf('standard', { secret }).verify({ headers, body: json });
        expect(delivery.text()).toBe(json);
      }),
      { numRuns: 50 },
    );
  });

  test.each(['whsec_c2hvcnQ=', 'whsec_not base64', `whsec_${'AAAA'.repeat(22)}`, 'a text'])(
    'refuses the secret %j, without printing it',
    (text) => {
      expect(() => verifierOf('standard', { secret: text })).toThrow(/whsec_ and 24 to 64 bytes/);
      expect(() => verifierOf('standard', { secret: text })).not.toThrow(text);
    },
  );
});

describe('the public key of chip', () => {
  const body = Buffer.from('{}');
  const headers = signers.chip.sign(body);

  test('may be on one line, as settings have it', async () => {
    const verifier = verifierOf('chip', { secret: publicKey.replaceAll('\n', '\\n') });
    expect(await reasonOf(verifier.verify({ headers, body }))).toBe('none');
  });

  test('is not a private key', () => {
    expect(() => verifierOf('chip', { secret: privateKey })).toThrow(/must be the public key/);
  });
});

describe('a body', () => {
  test.each([{ a: 1 }, {}, [1], 7])('that was parsed is refused with what to do (%j)', async (body) => {
    const headers = signStandard(secret, Buffer.from('{}'));
    const error: unknown = await verifierOf('standard')
      .verify({ headers, body: body as unknown as string })
      .catch((error: unknown) => error);
    expect(error).toMatchObject({ reason: 'body_parsed', status: 500 });
    expect(String(error)).toMatch(/parsed it before it was verified.*exact bytes.*express\.raw/);
  });

  test.each([undefined, null])('that is missing was read before (%j)', (body) => {
    expect(() => rawBytes(body)).toThrow(/There is no body/);
  });

  test('that is too large is refused', async () => {
    const body = Buffer.alloc(11);
    const headers = signStandard(secret, body);
    expect(await reasonOf(verifierOf('standard', { bodyBytesMax: 10 }).verify({ headers, body }))).toBe(
      'body_too_large',
    );
    expect(await reasonOf(verifierOf('standard', { bodyBytesMax: 11 }).verify({ headers, body }))).toBe(
      'none',
    );
  });
});

test('a dialect that does not exist is refused', () => {
  const dialect = 'stripe' as Dialect;
  expect(() => createVerifier({ dialect, secret })).toThrow(
    'must be one of standard, diddo, calypso, chip, spritz',
  );
});

/** The same text with one character changed. */
function flip(text: string, place: number, mask: number): string {
  const at = place % text.length;
  const character = String.fromCharCode(text.charCodeAt(at) ^ mask);
  return text.slice(0, at) + character + text.slice(at + 1);
}

function publicKeyOf(privatePem: string): string {
  return createPublicKey(privatePem).export({ type: 'spki', format: 'pem' }).toString();
}

function otherKey(): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}
