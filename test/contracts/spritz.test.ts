import { spritz } from '#dialects/spritz/index.ts';
import { expect, test } from 'vitest';
import { client } from './clients/spritz.ts';
import { dialectServerContract } from './dialect-server.ts';
import { dialectContract } from './dialect.ts';
import type { TypesAgree } from './spritz-types.ts';

dialectContract(spritz, client, 'test/fixtures/spritz');
dialectServerContract(spritz, client, 'test/fixtures/spritz');

test('what is read and printed has the types that the official client exports', () => {
  const agreed: TypesAgree = true;
  expect(agreed).toBe(true);
});
