import { createHmac } from 'node:crypto';
import { calypso } from '#dialects/calypso/index.ts';
import type { IssuedCredential } from '#core/caller.ts';
import type { WireRequest } from '#dialects/dialect.ts';
import { exampleCaller } from '../support/examples.ts';
import { dialectContract } from './dialect.ts';

dialectContract(calypso, 'test/fixtures/calypso', { authorize });

/** By the published rules: the sign of the body that is sent, which says when. */
function authorize(request: WireRequest, credential: IssuedCredential, now: number): WireRequest {
  if (credential.kind !== 'key-pair') throw new Error('this dialect has key pairs');
  const rawBody = Buffer.from(JSON.stringify({ account: exampleCaller.tenant, timestamp: now }));
  const sign = createHmac('sha512', credential.secret).update(rawBody).digest('hex');
  return { ...request, rawBody, headers: { ...request.headers, key: credential.key, sign } };
}
