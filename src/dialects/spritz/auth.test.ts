import type { WireRequest } from '#dialects/dialect.ts';
import { systemRandom } from '#lib/random.ts';
import * as fc from 'fast-check';
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { exampleRequest } from '../../../test/support/examples.ts';
import { authenticate, checkSignature, issueCredential } from './auth.ts';

const now = 1_700_000_000_000;
const secret = 'test-integrator-secret';

/** Client 0.18.1, as its source has it: parsed, sorted by name, apostrophes encoded. */
function canonicalQuery(query: URLSearchParams): string {
  const encode = (text: string): string => encodeURIComponent(text).replaceAll("'", '%27');
  const pairs = [...query].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

function signAsClient(request: WireRequest): WireRequest {
  const { method, path, query, rawBody } = request;
  const search = canonicalQuery(query);
  const target = search === '' ? path : `${path}?${search}`;
  const bodyHash = rawBody.length === 0 ? '' : createHash('sha256').update(rawBody).digest('hex');
  const text = `${now}.${method}.${target}.${bodyHash}`;
  const headers = {
    'x-integrator-key': 'int_test',
    'x-signature': `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`,
    'x-timestamp': String(now),
    authorization: 'Bearer undefined',
  };
  return { ...request, headers };
}

function check(request: WireRequest, at = now): string | null {
  const proof = authenticate(request);
  if (proof.kind !== 'signed') throw new Error('the request should have been taken as signed');
  return checkSignature(proof.evidence, { secret }, at)?.code ?? null;
}

const pair = fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }));
const request = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
    path: fc.webPath(),
    pairs: fc.array(pair),
    rawBody: fc.uint8Array(),
  })
  .map(({ method, path, pairs, rawBody }) =>
    exampleRequest({
      method,
      path,
      // As it arrives: lone surrogates have become what UTF-8 has for them.
      query: new URLSearchParams(new URLSearchParams(pairs).toString()),
      rawBody,
    }),
  );

describe('what the official client signs', () => {
  test('is accepted for any request', () => {
    fc.assert(
      fc.property(request, (plain) => {
        expect(check(signAsClient(plain))).toBeNull();
      }),
    );
  });

  test('is refused with another body, method, path or query', () => {
    const byte = fc.uint8Array({ minLength: 1 });
    fc.assert(
      fc.property(request, byte, (plain, more) => {
        const signed = signAsClient(plain);
        const query = new URLSearchParams([...signed.query, ['more', 'of it']]);
        const forged = [
          { ...signed, rawBody: Buffer.concat([signed.rawBody, more]) },
          { ...signed, method: 'HEAD' },
          { ...signed, path: `${signed.path}/` },
          { ...signed, query },
        ];
        for (const each of forged) expect(check(each)).toBe('signature_invalid');
      }),
    );
  });

  test.each([
    [-300_001, 'timestamp_invalid'],
    [-300_000, null],
    [300_000, null],
    [300_001, 'timestamp_invalid'],
  ])('counts for five minutes: %i ms later', (ms, problem) => {
    const [plain] = fc.sample(request, { numRuns: 1, seed: 7 });
    if (plain === undefined) throw new Error('no sample');
    expect(check(signAsClient(plain), now + ms)).toBe(problem);
  });
});

test('credentials have the prefixes of the platform', () => {
  for (const mode of ['live', 'test'] as const) {
    expect(issueCredential(mode, systemRandom, 'key-pair')).toEqual({
      kind: 'key-pair',
      key: expect.stringMatching(/^int_[A-Za-z0-9_-]{24}$/),
      secret: expect.stringMatching(new RegExp(`^sk_${mode}_[A-Za-z0-9_-]{43}$`)),
    });
    const bearer = issueCredential(mode, systemRandom, 'bearer');
    if (bearer.kind !== 'bearer') throw new Error('a bearer token was asked for');
    expect(bearer.token).toMatch(new RegExp(`^sk_${mode}_`));
    const [{ rawBody, ...plain } = { rawBody: new Uint8Array() }] = fc.sample(request, 1);
    const headers = { authorization: `Bearer ${bearer.token}` };
    expect(authenticate({ ...(plain as WireRequest), rawBody, headers })).toEqual(bearer);
  }
});
