import type { IssuedCredential } from '#core/caller.ts';
import type { WireRequest } from '#dialects/dialect.ts';
import { spritz } from '#dialects/spritz/index.ts';
import { hmac, sha256Hex } from '#lib/hmac.ts';
import { expect, test } from 'vitest';
import { dialectContract } from './dialect.ts';
import type { TypesAgree } from './spritz-types.ts';

dialectContract(spritz, 'test/fixtures/spritz', { authorize });

/** Signs a request without a query, as the guide says. */
function authorize(request: WireRequest, credential: IssuedCredential, now: number): WireRequest {
  if (credential.kind === 'bearer') {
    return { ...request, headers: { ...request.headers, authorization: `Bearer ${credential.token}` } };
  }
  const text = `${now}.${request.method}.${request.path}.${sha256Hex(request.rawBody)}`;
  const headers = {
    ...request.headers,
    'x-integrator-key': credential.key,
    'x-signature': `sha256=${hmac('sha256', credential.secret, 'hex', text)}`,
    'x-timestamp': String(now),
  };
  return { ...request, headers };
}

test('what is read and printed has the types that the official client exports', () => {
  const agreed: TypesAgree = true;
  expect(agreed).toBe(true);
});
