// Every dialect keeps one contract on a real server: what `test/contracts/dialect-server.ts` says.
import { promisify } from 'node:util';
import { dialects } from '#dialects/index.ts';
import { expect, test, vi } from 'vitest';
import { dialectClients } from '../contracts/dialect-clients.ts';
import { dialectServerContract } from '../contracts/dialect-server.ts';

/**
 * A key pair takes some 300 ms, and hundreds of endpoints here need one. Three real pairs are made, and go
 * round; making one for each endpoint is left to `test/e2e/chip.test.ts`.
 */
vi.mock(import('node:crypto'), async (importOriginal) => {
  const original = await importOriginal();
  const make = promisify(original.generateKeyPair) as (...args: readonly unknown[]) => Promise<unknown>;
  const made: Promise<unknown>[] = [];
  let count = 0;
  const take = (...args: readonly unknown[]): Promise<unknown> => (made[count++ % 3] ??= make(...args));
  const generateKeyPair = Object.assign(() => expect.fail('not by callback'), { [promisify.custom]: take });
  return { ...original, generateKeyPair: generateKeyPair as unknown as typeof original.generateKeyPair };
});

test('every dialect has a client that holds it to the contract', () => {
  expect(dialectClients.map(({ name }) => name).toSorted()).toEqual(
    dialects.map(({ name }) => name).toSorted(),
  );
});

for (const client of dialectClients) dialectServerContract(client);
