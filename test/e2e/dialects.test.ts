// Every dialect keeps one contract on a real server: what `test/contracts/dialect-server.ts` says.
import { dialects } from '#app.ts';
import { expect, test } from 'vitest';
import { dialectClients } from '../contracts/dialect-clients.ts';
import { dialectServerContract } from '../contracts/dialect-server.ts';

test('every dialect has a client that holds it to the contract', () => {
  expect(dialectClients.map(({ name }) => name).toSorted()).toEqual(
    dialects.map(({ name }) => name).toSorted(),
  );
});

for (const client of dialectClients) dialectServerContract(client);
